"""`crossent.train.fit` from Python: tasks, plain modules, tensors and loaders; loggers; the learning rate found."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

import crossent.train
from crossent.train.config.fit import SettingError
from crossent.train.display.progress import Display
from crossent.train.errors import TrainingError
from crossent.train.fitting import fit as fitting
from crossent.train.fitting.api import run
from crossent.train.fitting.steps import Steps
from crossent.train.report.findings import Report
from crossent.train.state.checkpoint import Checkpoints

from ..conftest import QUIET
from .test_loop import CPU, data, last, net, samples


@pytest.fixture
def no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the report, which takes longer than these runs."""
    monkeypatch.setattr(fitting, "finish", lambda folder, task, *args, closing, **kwargs: Report(task, text=closing))


def draw(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


class Pixels(nn.Module):
    """Logits of three classes for each pixel."""

    def __init__(self, outputs: int = 3) -> None:
        super().__init__()
        self.layer = nn.Conv2d(1, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x)


X = draw(120, 4)
IMAGES = draw(60, 1, 6, 6)
TASKS: dict[str, tuple[Any, Tensor, Tensor, str]] = {
    "multiclass": (net, X, X[:, :3].argmax(1), "val_accuracy"),
    "binary": (lambda: nn.Linear(4, 1), X, (X[:, 0] > 0).long(), "val_roc_auc"),
    "multilabel": (lambda: nn.Linear(4, 3), X, (X[:, :3] > 0).long(), "val_micro_f1"),
    "segmentation": (Pixels, IMAGES, torch.bucketize(IMAGES[:, 0], torch.tensor([-0.6, 0.6])), "val_miou"),
}


@pytest.mark.parametrize("task", TASKS)
def test_every_task_learns_from_tensors_with_a_module_of_its_own(tmp_path: Path, task: str) -> None:
    make, x, y, monitor = TASKS[task]
    settings = {"lr": 0.1, "epochs": 15, "batch_size": 16, "monitor": monitor}
    found = crossent.train.fit(make(), (x, y), task=task, out=tmp_path, **settings, **CPU)
    assert found.schema.task == task
    first, best = found.history[0], max(found.history, key=lambda row: row[monitor])
    assert best[monitor] > 0.8
    assert best[monitor] >= first[monitor]
    assert best["best"]


@pytest.mark.usefixtures("no_report")
@pytest.mark.parametrize("task", ["multiclass", "binary"])
def test_settings_of_the_loss_reach_it(tmp_path: Path, task: str) -> None:
    make, x, y, _ = TASKS[task]
    losses = set()
    for settings in ({}, {"weight": "balanced"}, {"label_smoothing": 0.2}, {"gamma": 2.0}):
        torch.manual_seed(0)
        outcome = run(make(), (x[:100], y[:100]), task=task, out=tmp_path, epochs=1, **settings, **CPU)
        losses.add(round(outcome.rows[0].figures["val_loss"], 6))
    assert len(losses) == 4


@pytest.mark.usefixtures("no_report")
def test_a_loader_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Noisy(TensorDataset):
        def __getitem__(self, row: Any) -> Any:
            x, y = super().__getitem__(row)
            return x + torch.randn_like(x) / 10, y

    def model() -> nn.Module:
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 3))

    def source() -> dict[str, Any]:
        return data(DataLoader(Noisy(*samples()), batch_size=8, shuffle=True))

    shared = {"out": tmp_path, "epochs": 3, "save_every": "3steps", **CPU}
    whole = run(model(), source(), name="whole", **shared)
    original = Steps.take

    def stopping(self: Steps, window: Any) -> None:
        if self.step == 11:
            raise KeyboardInterrupt
        original(self, window)

    monkeypatch.setattr(Steps, "take", stopping)
    with pytest.raises(KeyboardInterrupt):
        run(model(), source(), name="cut", **shared)
    monkeypatch.setattr(Steps, "take", original)
    resumed = run(model(), source(), resume=tmp_path / "cut", console=QUIET)
    for one, other in zip(last(whole, model()), last(resumed, model()), strict=True):
        assert torch.equal(one, other)
    assert [row.figures for row in whole.rows] == [row.figures for row in resumed.rows]


@pytest.mark.usefixtures("no_report")
def test_what_was_given_from_python_must_be_given_again(tmp_path: Path) -> None:
    run(net(), data(), out=tmp_path, name="x", epochs=1, **CPU)
    with pytest.raises(TrainingError) as caught:
        run(resume=tmp_path / "x", epochs=2, console=QUIET)
    assert str(caught.value) == (
        f"the run in {tmp_path / 'x'} was started from Python, and its model and data must be given again: "
        f"crossent.train.fit(model, data, resume={str(tmp_path / 'x')!r})"
    )


@pytest.mark.usefixtures("no_report")
def test_the_learning_rate_is_looked_for_and_nothing_else_changes(tmp_path: Path) -> None:
    stream = io.StringIO()
    shared = {"out": tmp_path, "epochs": 2, "batch_size": 8, **CPU}
    found = run(net(norm=True), data(), lr="auto", **{**shared, "console": Console(file=stream, width=200)})
    line = next(line for line in stream.getvalue().splitlines() if line.startswith("--lr auto: "))
    lr = float(line.split()[2].rstrip(","))
    assert found.rows[0].lr == lr
    again = run(net(norm=True), data(), lr=lr, **shared)
    model = net(norm=True)
    for one, other in zip(last(found, model), last(again, net(norm=True)), strict=True):
        assert torch.equal(one, other)


@pytest.mark.usefixtures("no_report")
@pytest.mark.usefixtures("no_report")
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"monitor": "val_miou"}, r"expected val_loss, val_accuracy, .* for a multiclass task, got 'val_miou'"),
        ({"model": "mpl"}, r"^model.name: expected one of mlp, ensemble, cnn"),
    ],
)  # fmt: skip
def test_settings_that_do_not_fit_the_data_leave_no_folder(
    tmp_path: Path, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(SettingError, match=message):
        run(data=samples(), out=tmp_path, **settings, **CPU)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("no_report")
def test_two_runs_of_one_name_are_kept_apart_and_equal(tmp_path: Path) -> None:
    first = run(net(), data(), out=tmp_path, name="x", epochs=1, **CPU)
    torch.rand(3)
    second = run(net(), data(), out=tmp_path, name="x", epochs=1, **CPU)
    other = run(net(), data(), out=tmp_path, name="x", epochs=1, seed=1, **CPU)
    assert [outcome.folder.name for outcome in (first, second, other)] == ["x", "x-2", "x-3"]
    assert first.rows[0].figures == second.rows[0].figures != other.rows[0].figures
    assert Checkpoints(first.folder).load_best() is not None


def test_importing_crossent_train_loads_no_torch() -> None:
    code = """
import sys, crossent.train, crossent.train.config.fit
assert 'torch' not in sys.modules
import crossent.train.fitting.fit
assert callable(crossent.train.fit)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_lines_show_what_they_say() -> None:
    """Rich would make a picture of ":100:", the line of a file."""
    console = Console(file=io.StringIO())
    Display(console).line("w.csv:100: labelled bad")
    assert console.file.getvalue() == "w.csv:100: labelled bad\n"  # type: ignore[attr-defined]
