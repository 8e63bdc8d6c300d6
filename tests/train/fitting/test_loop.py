"""The loop: its steps are those of a plain one, its means exact, its evaluations where they should be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from crossent.train.errors import TrainingError
from crossent.train.evaluation.passes import Quick, quick
from crossent.train.fitting import fit as fitting
from crossent.train.fitting import loop as loop_module
from crossent.train.fitting.api import run
from crossent.train.fitting.feed import epoch_seed
from crossent.train.fitting.fit import Outcome
from crossent.train.fitting.loop import Ending
from crossent.train.report.findings import Report
from crossent.train.state.checkpoint import Checkpoints
from crossent.train.state.packing import load_model_tensors

from ..conftest import QUIET

CPU: dict[str, Any] = {"accelerator": "cpu", "logger": "none", "console": QUIET}


@pytest.fixture(autouse=True)
def no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """The report has tests of its own, and takes longer than a run here."""
    monkeypatch.setattr(fitting, "finish", lambda folder, task, *args, closing, **kwargs: Report(task, text=closing))


def net(*, norm: bool = False) -> nn.Module:
    torch.manual_seed(0)
    layers: list[nn.Module] = [nn.Linear(4, 8), nn.BatchNorm1d(8)] if norm else [nn.Linear(4, 8)]
    return nn.Sequential(*layers, nn.ReLU(), nn.Linear(8, 3))


def samples(count: int = 50) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(count, 4, generator=generator)
    return x, (x[:, :3] + torch.randn(count, 3, generator=generator) / 2).argmax(1)


def data(train: Any = None) -> dict[str, Any]:
    return {"train": samples() if train is None else train, "val": samples(30), "test": samples(30)}


def last(outcome: Outcome, model: nn.Module | None = None) -> list[Tensor]:
    model = net() if model is None else model
    checkpoint, _ = Checkpoints(outcome.folder).load_last()
    assert checkpoint is not None
    load_model_tensors(model, checkpoint.model)
    return list(model.parameters())


def assert_near(ours: Sequence[Tensor], theirs: Sequence[Tensor], tolerance: float = 1e-6) -> None:
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_two_epochs_are_the_plain_loop(tmp_path: Path, optimizer: str) -> None:
    outcome = run(
        net(),
        data(),
        out=tmp_path,
        optimizer=optimizer,
        lr=0.05,
        weight_decay=0.1,
        batch_size=16,
        epochs=2,
        clip=0.5,
        **CPU,
    )
    model = net()
    weights = [parameter for parameter in model.parameters() if parameter.dim() > 1]
    biases = [parameter for parameter in model.parameters() if parameter.dim() == 1]
    groups = [{"params": weights, "weight_decay": 0.1}, {"params": biases, "weight_decay": 0.0}]
    plain: Any = {
        "sgd": lambda: torch.optim.SGD(groups, lr=0.05, momentum=0.9),
        "adam": lambda: torch.optim.Adam(groups, lr=0.05),
        "adamw": lambda: torch.optim.AdamW(groups, lr=0.05),
    }[optimizer]()
    x, y = samples()
    for epoch in range(2):
        order = torch.randperm(50, generator=torch.Generator().manual_seed(epoch_seed(0, epoch)))
        losses, right = [], 0
        for rows in order.split(16):
            logits = model(x[rows])
            losses.append(nn.functional.cross_entropy(logits, y[rows], reduction="none"))
            plain.zero_grad()
            losses[-1].mean().backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            plain.step()
            right += int((logits.argmax(1) == y[rows]).sum())
        figures = outcome.rows[epoch].figures
        # A mean over the samples: a mean of the batches' means would weigh the last two samples as sixteen.
        assert figures["train_loss"] == pytest.approx(torch.cat(losses).double().mean().item(), rel=1e-5)
        assert figures["train_accuracy"] == right / 50
    assert_near(last(outcome), list(model.parameters()), 1e-5)


@pytest.mark.parametrize(
    "settings",
    [{}, {"loss.weight": [1.0, 5.0, 0.2]}, {"loss.ignore_index": 2}, {"loss.gamma": 1.0, "loss.label_smoothing": 0.1}],
)
def test_micro_batches_make_the_same_step(tmp_path: Path, settings: dict[str, Any]) -> None:
    # 50 samples in batches of 16 (the last one has 2) and parts of 5 (the last one has 1).
    shared = {"batch_size": 16, "epochs": 3, "optimizer": "sgd", "lr": 0.1, "out": tmp_path, **settings, **CPU}
    whole, parts = (run(net(), data(), micro_batch_size=micro, **shared) for micro in (None, 5))
    assert_near(last(whole), last(parts))
    for one, other in zip(whole.rows, parts.rows, strict=True):
        assert one.figures == pytest.approx(other.figures, rel=1e-6)


def test_a_last_sample_alone_joins_the_step_before(tmp_path: Path) -> None:
    # Batch normalisation cannot train on one sample: 33 = 16 + 17.
    outcome = run(net(norm=True), data(samples(33)), out=tmp_path, batch_size=16, epochs=1, **CPU)
    assert outcome.rows[-1].step == 2


def test_a_loader_is_taken_as_it_is(tmp_path: Path) -> None:
    class Seen(TensorDataset):
        rows: list[int] = []  # noqa: RUF012

        def __getitem__(self, row: Any) -> Any:
            self.rows.append(int(row))
            return super().__getitem__(row)

    loader = DataLoader(Seen(*samples()), batch_size=8, shuffle=True, drop_last=True)
    outcome = run(net(), data(loader), out=tmp_path, epochs=2, optimizer="sgd", lr=0.1, **CPU)
    assert outcome.rows[-1].step == 12
    model, (x, y) = net(), samples()
    plain = torch.optim.SGD(
        [
            {"params": [p for p in model.parameters() if p.dim() > 1], "weight_decay": 1e-4},
            {"params": [p for p in model.parameters() if p.dim() == 1], "weight_decay": 0.0},
        ],
        lr=0.1,
        momentum=0.9,
    )
    for rows in torch.tensor(Seen.rows[-96:]).split(8):
        plain.zero_grad()
        nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
        plain.step()
    assert_near(last(outcome), list(model.parameters()))


def test_modes_are_put_back_and_frozen_parts_stay_frozen(tmp_path: Path) -> None:
    modes = []

    class Watched(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.frozen = nn.BatchNorm1d(4)
            self.body = net(norm=True)

        def forward(self, x: Tensor) -> Tensor:
            modes.append((self.training, self.frozen.training, self.body[1].training, torch.is_grad_enabled()))
            return self.body(self.frozen(x))

    model = Watched()
    model.frozen.eval()
    run(model, data(), out=tmp_path, batch_size=25, epochs=2, **CPU)
    step, measured = (True, False, True, True), (False, False, False, False)
    # Two steps and an evaluation per epoch; then the best weights are measured again, and for the report.
    assert modes == [step, step, measured, step, step, measured, measured, measured]
    assert model.training


def test_what_an_evaluation_draws_does_not_change_the_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def trained() -> list[Tensor]:
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 3))
        return last(run(model, data(), out=tmp_path, epochs=2, batch_size=16, evaluate_every="3steps", **CPU), model)

    quiet = trained()

    def noisy(*args: Any) -> Quick:
        torch.rand(7)
        return quick(*args)

    monkeypatch.setattr(loop_module, "quick", noisy)
    assert all(torch.equal(one, other) for one, other in zip(quiet, trained(), strict=True))


def script(losses: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the evaluations these losses, one after the other."""
    scripted = iter(losses)
    monkeypatch.setattr(loop_module, "quick", lambda *args: quick(*args)._replace(loss=next(scripted)))


def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the end of a run, which would find that scripted losses are not those of the weights."""
    from crossent.train.fitting.fit import Fit

    monkeypatch.setattr(Fit, "_read_best", lambda self, best: None)
    monkeypatch.setattr(Fit, "_test", lambda self, *_: Report(self.training.task))


@pytest.mark.parametrize(
    ("patience", "last_step"),
    # Evaluations after steps 3, 6, 9, …; the best one is the second, after step 6; 4 steps make an epoch.
    [("2evaluations", 12), ("1epochs", 12), ("2epochs", 15), ("7steps", 15), ("6steps", 12)],
)
def test_patience_counts_in_its_own_unit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patience: str, last_step: int
) -> None:
    script([0.5, 0.4, 0.6, 0.41, 0.8, 0.7, 0.9], monkeypatch)
    unread(monkeypatch)
    outcome = run(net(), data(), out=tmp_path, batch_size=16, evaluate_every="3steps", patience=patience, **CPU)
    assert outcome.ending is Ending.PATIENCE
    assert outcome.rows[-1].step == last_step
    assert [row.best for row in outcome.rows] == [True, True] + [False] * (len(outcome.rows) - 2)
    assert outcome.best.step == 6


def test_the_first_evaluation_is_after_steps_and_the_last_one_at_the_end(tmp_path: Path) -> None:
    # S11: copied templates evaluate at step 0, and never again in a short run.
    outcome = run(net(), data(), out=tmp_path, batch_size=16, steps=10, evaluate_every="4steps", **CPU)
    assert [row.step for row in outcome.rows] == [4, 8, 10]
    assert outcome.ending is Ending.STEPS
    short = run(net(), data(), out=tmp_path, batch_size=16, steps=2, evaluate_every="1000steps", **CPU)
    assert [row.step for row in short.rows] == [2]


def test_the_learning_rate_falls_where_the_loss_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script([0.5, 0.4, 0.6, 0.41, 0.8, 0.7], monkeypatch)
    unread(monkeypatch)
    schedule = {"name": "plateau", "patience": "2evaluations", "factor": 0.25}
    outcome = run(net(), data(), out=tmp_path, epochs=6, lr=0.01, schedule=schedule, **CPU)
    # Two evaluations without improvement lower the rate of the next step.
    assert [row.lr for row in outcome.rows] == pytest.approx([0.01, 0.01, 0.01, 0.01, 0.0025, 0.0025])


def test_an_accuracy_is_better_higher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    accuracies = iter([0.5, 0.7, 0.6, 0.8])

    def scripted(*args: Any) -> Quick:
        found = quick(*args)
        return found._replace(metrics={**found.metrics, "accuracy": next(accuracies)})

    monkeypatch.setattr(loop_module, "quick", scripted)
    unread(monkeypatch)
    outcome = run(net(), data(), out=tmp_path, epochs=4, monitor="val_accuracy", **CPU)
    assert [row.best for row in outcome.rows] == [True, True, False, True]


def test_nan_is_no_improvement_and_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # S13: in copied templates NaN counts as one, and replaces the best weights.
    script([0.5, 0.4, math.nan], monkeypatch)
    with pytest.raises(TrainingError) as caught:
        run(net(), data(), out=tmp_path, name="nan", lr=0.02, batch_size=16, **CPU)
    folder = tmp_path / "nan"
    assert str(caught.value).startswith("the validation loss after step 12 is nan (training loss ")
    assert str(caught.value).endswith(
        "): the training has diverged. Try --lr 0.001 or --clip 1, and look for NaN in the validation data. "
        f"The weights of step 8 are kept in {folder / 'best'}"
    )
    checkpoints = Checkpoints(folder)
    assert checkpoints.load_best().state["step"] == checkpoints.load_last()[0].state["step"] == 8
    assert [row.split(",")[-1] for row in (folder / "history.csv").read_text().splitlines()[1:]] == ["1", "1", "0"]


def test_an_exploding_learning_rate_is_named_with_its_step(tmp_path: Path) -> None:
    with pytest.raises(TrainingError) as caught:
        run(net(), data(), out=tmp_path, name="nan", lr=1e30, optimizer="sgd", batch_size=16, **CPU)
    assert str(caught.value) == (
        "the training loss of step 2 is not a number: the training has diverged at a learning rate of 1e+30. "
        "Try --lr 0.001 or --clip 1"
    )
    assert not (tmp_path / "nan" / "best").exists()


@pytest.mark.parametrize("size", [16, 5])
def test_nan_in_the_inputs_is_named_with_its_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    class Augmented(TensorDataset):
        spoilt = False

        def __getitem__(self, row: Any) -> Any:
            x, y = super().__getitem__(row)
            return (torch.full_like(x, -math.inf) if row == 17 and self.spoilt else x), y

    train = Augmented(*samples())
    loader = DataLoader(train, batch_size=size)

    def spoiling(*args: Any) -> Quick:
        # After the first epoch: the logarithm of a zero, such as an augmentation can come to.
        train.spoilt = True
        return quick(*args)

    monkeypatch.setattr(loop_module, "quick", spoiling)
    per_epoch = math.ceil(50 / size)
    with pytest.raises(TrainingError) as caught:
        run(net(), data(loader), out=tmp_path, **CPU)
    assert str(caught.value) == (
        f"the training loss of step {per_epoch + 17 // size + 1} is not a number, because its inputs hold NaN or "
        f"infinity (sample {17 % size} of the batch). Correct them, or leave such rows out with --data.on_bad_row skip"
    )


def test_averaged_weights_are_what_is_kept(tmp_path: Path) -> None:
    outcome = run(net(), data(), out=tmp_path, epochs=2, batch_size=16, optimizer="sgd", lr=0.1, ema=0.9, **CPU)
    live = last(outcome)
    best = Checkpoints(outcome.folder).load_best()
    mean = [parameter.detach().clone() for parameter in net().parameters()]
    model, (x, y) = net(), samples()
    groups = [{"params": [p for p in model.parameters() if (p.dim() > 1) is wide]} for wide in (True, False)]
    plain = torch.optim.SGD([{**groups[0], "weight_decay": 1e-4}, groups[1]], lr=0.1, momentum=0.9)
    for step in range(8):
        order = torch.randperm(50, generator=torch.Generator().manual_seed(epoch_seed(0, step // 4)))
        rows = order.split(16)[step % 4]
        plain.zero_grad()
        nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
        plain.step()
        decay = min(0.9, (1 + step) / (10 + step))
        mean = [decay * old + (1 - decay) * new.detach() for old, new in zip(mean, model.parameters(), strict=True)]
    assert_near(live, list(model.parameters()), 1e-5)
    assert outcome.best.step == 8
    assert_near([best.model[name] for name, _ in net().named_parameters()], mean, 1e-5)


def test_an_unfit_best_is_found_out_before_the_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script([0.5, 0.4], monkeypatch)
    with pytest.raises(TrainingError, match=r"after step \d+ with a validation loss of 0.4, but read back it"):
        run(net(), data(), out=tmp_path, epochs=2, name="run", **CPU)
    assert not (tmp_path / "run" / "metrics.json").exists()


@pytest.mark.parametrize("terminal", [False, True])
def test_the_lines_of_a_run(tmp_path: Path, terminal: bool) -> None:
    import io

    stream = io.StringIO()
    console = Console(file=stream, width=100, force_terminal=terminal)
    run(net(), data(), out=tmp_path, name="x", batch_size=16, epochs=2, **{**CPU, "console": console})
    text = stream.getvalue()
    assert ("epoch 1 of 2" in text) is terminal
    if not terminal:
        assert "\x1b" not in text
        assert "Sequential with 67 parameters on cpu, 32-true, 4 steps per epoch\n" in text
        assert f"In {tmp_path / 'x'}; Ctrl-C saves and stops\n" in text
        titles = text[text.index("   step") :].splitlines()
        assert titles[0].split() == [
            "step",
            "epoch",
            "train",
            "loss",
            "accuracy",
            "val",
            "loss",
            "accuracy",
            "lr",
            "best",
        ]
        assert [line.split()[:2] for line in titles[1:3]] == [["4", "1"], ["8", "2"]]
        assert "Stopped after step 8 (epoch 2): all 2 epochs are done.\n" in text
        assert f"To go on: crossent.train.fit(model, data, resume={str(tmp_path / 'x')!r}, epochs=4)\n" in text
        assert text.count("Stopped after") == 1
