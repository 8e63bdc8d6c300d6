"""Real trainers under crossent doctor: are their trainings bit by bit the same, what is found, and what does it cost?

Wants lightning, transformers, skorch, fastai, pytorch-ignite and accelerate; those that are not there are left out.
Prints the table of docs/doctor.md.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

# `PLANTED` are the ids of what is planted, none for a right training. `done` prints what a training came to.
COMMON = """
import hashlib, logging, sys, time, warnings
warnings.simplefilter("ignore"); logging.disable(logging.WARNING)
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

PLANTED = sys.argv[1].split(",")
torch.manual_seed(0)
torch.set_num_threads(1)
x = torch.randn(1024, 20)
y = x[:, :4].argmax(1)
if "unshuffled-classes" in PLANTED:
    order = y.argsort()
    x, y = x[order], y[order]
OUTPUTS = 100 if "unused-outputs" in PLANTED else 4
SHUFFLE = "unshuffled-classes" not in PLANTED


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(20, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.1))
        self.head = nn.Linear(64, OUTPUTS)
        if "parameters-without-gradient" in PLANTED:
            self.forgotten = nn.Linear(64, 64)

    def forward(self, x):
        scores = self.head(self.body(x))
        if "softmax-before-cross-entropy" in PLANTED:
            return scores.softmax(1)
        return scores.relu() if "relu-before-loss" in PLANTED else scores


def criterion():
    if "smoothing-with-class-weights" in PLANTED:
        weight = torch.ones(OUTPUTS)
        weight[3] = 99.0
        return nn.CrossEntropyLoss(weight, label_smoothing=0.1)
    return nn.CrossEntropyLoss()


def loader(batch=32):
    return DataLoader(TensorDataset(x, y), batch, shuffle=SHUFFLE)


net = Net()
start = time.process_time()


def done(*more):
    seconds = time.process_time() - start
    digest = hashlib.sha256(repr(more).encode())
    for tensor in [*net.state_dict().values(), torch.get_rng_state()]:
        digest.update(tensor.detach().contiguous().numpy().tobytes())
    print("DONE", seconds, digest.hexdigest())
"""
PROGRAMS = {
    "lightning": """
import lightning as L
from lightning.pytorch.callbacks import EarlyStopping

class Module(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net, self.criterion = net, criterion()
    def training_step(self, batch, _):
        return self.criterion(self.net(batch[0]), batch[1])
    def validation_step(self, batch, _):
        self.log("val_loss", self.criterion(self.net(batch[0]), batch[1]))
    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), 1e-3)

stopping = EarlyStopping("val_loss", patience=2)
trainer = L.Trainer(max_epochs=6, accelerator="cpu", logger=False, enable_checkpointing=False, callbacks=[stopping],
                    enable_progress_bar=False, enable_model_summary=False)
trainer.fit(Module(), loader(), DataLoader(TensorDataset(x[:256], y[:256]), 64))
done(trainer.current_epoch, float(stopping.best_score))
""",
    "transformers": """
import transformers
from transformers import Trainer, TrainingArguments

class WithLoss(nn.Module):
    def __init__(self):
        super().__init__()
        self.net, self.criterion = net, criterion()
    def forward(self, x, labels=None):
        scores = self.net(x)
        return {"loss": self.criterion(scores, labels), "logits": scores}

class Plain(Trainer):
    def _get_train_sampler(self, *_):
        return torch.utils.data.RandomSampler(data) if SHUFFLE else torch.utils.data.SequentialSampler(data)

import tempfile
data = [{"x": a, "labels": b} for a, b in zip(x, y)]
arguments = TrainingArguments(tempfile.mkdtemp(), num_train_epochs=6, per_device_train_batch_size=32, report_to=[],
                              eval_strategy="epoch", save_strategy="no", disable_tqdm=True, use_cpu=True,
                              logging_strategy="no")
trainer = Plain(WithLoss(), arguments, train_dataset=data, eval_dataset=data[:256])
trainer.train()
done([log.get("eval_loss") for log in trainer.state.log_history])
""",
    "skorch": """
from skorch import NeuralNetClassifier

fitted = NeuralNetClassifier(net, criterion=criterion(), optimizer=torch.optim.Adam, lr=1e-3, max_epochs=6,
                             batch_size=32, iterator_train__shuffle=SHUFFLE, verbose=0)
fitted.fit(x.numpy(), y.numpy())
net = fitted.module_
done(fitted.history[:, "valid_loss"])
""",
    "fastai": """
from fastai.basics import DataLoaders, Learner

valid = DataLoader(TensorDataset(x[:256], y[:256]), 64)
learner = Learner(DataLoaders(loader(), valid), net, loss_func=criterion(), lr=1e-3)
with learner.no_logging():
    learner.fit(6)
done([float(value) for values in learner.recorder.values for value in values])
""",
    "ignite": """
from ignite.engine import Engine, Events, create_supervised_evaluator, create_supervised_trainer
from ignite.metrics import Accuracy, Loss

optimizer = torch.optim.Adam(net.parameters(), 1e-3)
trainer = create_supervised_trainer(net, optimizer, criterion())
evaluator = create_supervised_evaluator(net, {"accuracy": Accuracy(), "loss": Loss(criterion())})
seen = []

@trainer.on(Events.EPOCH_COMPLETED)
def validate(engine):
    evaluator.run(DataLoader(TensorDataset(x[:256], y[:256]), 64))
    seen.append(dict(evaluator.state.metrics))

trainer.run(loader(), max_epochs=6)
done(seen)
""",
    "accelerate": """
from accelerate import Accelerator

accelerator = Accelerator(cpu=True)
criterion = criterion()
net, optimizer, batches = accelerator.prepare(net, torch.optim.Adam(net.parameters(), 1e-3), loader())
seen = []
for epoch in range(6):
    net.train()
    for xb, yb in batches:
        loss = criterion(net(xb), yb)
        optimizer.zero_grad()
        accelerator.backward(loss)
        optimizer.step()
    net.eval()
    with torch.no_grad():
        seen.append(criterion(net(x[:256]), y[:256]).item())
done(seen)
""",
}
# What can be planted at once.
PLANTED = (
    ("softmax-before-cross-entropy", "unshuffled-classes", "unused-outputs"),
    ("relu-before-loss", "smoothing-with-class-weights", "parameters-without-gradient"),
)


def main(rounds: int = 3) -> None:
    """Print the table."""
    print("| trainer | watched = unwatched | found of planted | of a right training | time, watched / unwatched |")
    print("|---|---|---|---|---|", flush=True)
    for name, program in PROGRAMS.items():
        if importlib.util.find_spec(name) is not None:
            print(_row(name, program, rounds), flush=True)


def _row(name: str, program: str, rounds: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "train.py"
        script.write_text(COMMON + program, encoding="utf-8")
        pairs = [(_run(script, (), watched=False), _run(script, (), watched=True)) for _ in range(rounds)]
        same = all(plain["digest"] == watched["digest"] for plain, watched in pairs)
        ratio = statistics.median(watched["seconds"] / plain["seconds"] for plain, watched in pairs)
        missed = [
            one for planted in PLANTED for one in sorted({*planted} - _run(script, planted, watched=True)["found"])
        ]
    count = sum(map(len, PLANTED))
    version = importlib.metadata.version({"ignite": "pytorch-ignite"}.get(name, name))
    told = f"{count - len(missed)} of {count}" + "".join(f", not {one}" for one in missed)
    silent = ", ".join(sorted(pairs[0][1]["found"])) or "nothing"
    return f"| {name} {version} | {'yes' if same else '**no**'} | {told} | {silent} | {ratio:.2f} |"


def _run(script: Path, planted: tuple[str, ...], *, watched: bool) -> dict[str, Any]:
    report = script.with_name("report.json")
    doctor = ["-m", "crossent", "doctor", "--fail-on", "never", "--json", str(report)] if watched else []
    command = [sys.executable, *doctor, str(script), ",".join(planted)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=script.parent)
    line = next((line for line in run.stdout.splitlines() if line.startswith("DONE")), None)
    if line is None:
        raise RuntimeError(run.stderr[-2000:])
    _, seconds, digest = line.split()
    findings = json.loads(report.read_text(encoding="utf-8"))["findings"] if watched else []
    found = {finding["id"] for finding in findings if finding["severity"] != "note"}
    return {"seconds": float(seconds), "digest": digest, "found": found}


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
