"""Trainings on two processes beside the same by one: as they are usually written, and as docs/exact-mean.md has them.

Wants accelerate, lightning and transformers; those that are not there are left out. Prints the table of that page.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import torch
import torch.distributed as dist
import torch.nn.functional as F
from tests.distributed.test_exact_mean import (
    MICRO_BATCHES,
    RANKS,
    ROWS,
    USUAL,
    WRAPPERS,
    data,
    flat,
    network,
    off,
    recipe,
    sgd,
    windows,
)
from torch import Tensor, nn
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

import crossent

KINDS = ("usual", "exact")


def _in_torch(name: str, kind: str) -> Tensor:
    if not dist.is_initialized():
        dist.init_process_group("gloo")
    model = network()
    wrapped = WRAPPERS[name](model)
    known = {"model": wrapped, "optimizer": sgd(wrapped), "windows": windows(dist.get_rank())}
    exec(
        USUAL if kind == "usual" else recipe("dist.group.WORLD"), {"torch": torch, "F": F, "crossent": crossent} | known
    )
    return flat(model)


def _in_accelerate(kind: str) -> Tensor:
    from accelerate import Accelerator

    accelerator = Accelerator(cpu=True, gradient_accumulation_steps=1 if kind == "exact" else MICRO_BATCHES)
    net = network()
    model, optimizer, loader = accelerator.prepare(net, sgd(net), DataLoader(TensorDataset(*data()), ROWS))
    batches = iter(loader)
    known = {"windows": iter(lambda: list(itertools.islice(batches, MICRO_BATCHES)), [])}
    known |= {"accelerator": accelerator, "model": model, "optimizer": optimizer, "torch": torch, "crossent": crossent}
    if kind == "exact":
        exec(recipe("accelerator"), known)
        return flat(net)
    for x, y in batches:
        with accelerator.accumulate(model):
            accelerator.backward(F.cross_entropy(model(x), y))
            optimizer.step()
            optimizer.zero_grad()
    return flat(net)


def _in_lightning(kind: str) -> Tensor:
    import lightning

    known: dict[str, Any] = {"crossent": crossent}
    exec(recipe("LightningModule"), known)

    class Exact(known["Classifier"]):  # type: ignore[misc]
        def configure_optimizers(self) -> torch.optim.Optimizer:
            return sgd(self)

    class Usual(lightning.LightningModule):
        def __init__(self, net: nn.Module) -> None:
            super().__init__()
            self.net = net

        def training_step(self, batch: list[Tensor], _: int) -> Tensor:
            return F.cross_entropy(self.net(batch[0]), batch[1])

        configure_optimizers = Exact.configure_optimizers

    net = network()
    trainer = lightning.Trainer(
        max_epochs=1,
        accelerator="cpu",
        devices=RANKS,
        strategy="ddp",
        accumulate_grad_batches=MICRO_BATCHES,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        use_distributed_sampler=False,  # it shuffles, whatever the loader does
    )
    rows = TensorDataset(*data())
    loader = DataLoader(rows, ROWS, sampler=DistributedSampler(rows, RANKS, int(os.environ["RANK"]), shuffle=False))
    trainer.fit((Exact if kind == "exact" else Usual)(net), loader)
    return flat(net)


def _in_transformers(kind: str) -> Tensor:
    from transformers import Trainer, TrainingArguments

    class WithLoss(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = network()

        def forward(self, x: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
            logits = self.net(x)
            return {"logits": logits} | ({} if labels is None else {"loss": F.cross_entropy(logits, labels)})

    class InOrder(Trainer):  # type: ignore[misc]
        def _get_train_sampler(self, *_: Any) -> torch.utils.data.Sampler[int]:
            return torch.utils.data.SequentialSampler(rows)

    rows: Any = [{"x": x, "labels": y} for x, y in zip(*data(), strict=True)]
    arguments = TrainingArguments(
        tempfile.mkdtemp(),
        num_train_epochs=1,
        per_device_train_batch_size=ROWS,
        gradient_accumulation_steps=MICRO_BATCHES,
        optim="sgd",
        learning_rate=0.5,
        lr_scheduler_type="constant",
        max_grad_norm=0.0,
        use_cpu=True,
        report_to=[],
        save_strategy="no",
        logging_strategy="no",
        disable_tqdm=True,
    )
    known = {"Trainer": InOrder, "model": WithLoss(), "arguments": arguments, "rows": rows}
    exec(
        recipe("compute_loss_func") if kind == "exact" else "trainer = Trainer(model, arguments, train_dataset=rows)",
        known,
    )
    known["trainer"].train()
    return flat(known["model"].net)


TRAINERS = {
    "DDP": lambda kind: _in_torch("DDP", kind),
    "FSDP2": lambda kind: _in_torch("FSDP2", kind),
    "accelerate": _in_accelerate,
    "lightning": _in_lightning,
    "transformers": _in_transformers,
}


def main() -> None:
    """Print the table; as a process of a trainer's, the distances of this trainer."""
    if "RANK" in os.environ:
        warnings.simplefilter("ignore")
        distances = [off(TRAINERS[sys.argv[1]](kind)) for kind in KINDS]
        if os.environ["RANK"] == "0":
            print("|", sys.argv[1], "|", " | ".join(f"{distance:.1e}" for distance in distances), "|")
        return
    print("| | as usually written | as on this page |")
    print("|---|---|---|", flush=True)
    for name in TRAINERS:
        if name in WRAPPERS or importlib.util.find_spec(name) is not None:
            launch = ("-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={RANKS}")
            command = [sys.executable, *launch, __file__, name]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            rows = [line for line in done.stdout.splitlines() if line.startswith("|")]
            print(rows[0] if rows else f"{name}: {done.stderr[-2000:]}", flush=True)


if __name__ == "__main__":
    main()
