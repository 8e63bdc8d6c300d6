"""A whole run: its figures, its files, its repeatability, and how it ends when something goes wrong."""

from __future__ import annotations

import csv
import io
import json
import math
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from rich.console import Console
from safetensors.torch import load_model

import xent
from xent.cli.fit import read_config
from xent.train import fit as fit_module
from xent.train.callbacks import EpochRow, History
from xent.train.config import FitConfig, SettingError
from xent.train.data import load
from xent.train.data.batches import epoch_seed, shuffled_batches
from xent.train.data.split import stratified_split
from xent.train.evaluate import Evaluation, evaluate
from xent.train.fit import TrainingError, fit
from xent.train.models.cnn import SmallCNN
from xent.train.result import Ending, FitResult
from xent.train.task import Classification

from .conftest import QUIET

Run = tuple[FitConfig, FitResult]


def quick(tmp_path: Path, **settings: Any) -> FitConfig:
    return FitConfig(out=str(tmp_path), accelerator="cpu", **{"epochs": 3, **settings})


def figures(result: FitResult) -> list[EpochRow]:
    """The history without what the clock put into it."""
    return [replace(row, seconds=0.0) for row in result.history]


def test_the_run_is_good_and_its_best_epoch_is_the_lowest(short_run: Run) -> None:
    _, result = short_run
    lowest = min(result.history, key=lambda row: row.val_loss)
    assert result.best == lowest
    # Or the next test could not tell the best weights from the last.
    assert lowest.epoch < len(result.history) == 20
    assert result.test.accuracy > 0.95
    assert result.ending is Ending.EPOCHS


def test_what_was_tested_is_what_best_safetensors_holds(short_run: Run) -> None:
    config, result = short_run
    digits = load("digits")
    test = digits.take(stratified_split(digits.labels, 0.15, 0.15, config.seed).test)

    def tested(file: str) -> Evaluation:
        model = SmallCNN(1, 8, 8, classes=10)
        load_model(model, result.folder / file)
        criterion = xent.CrossEntropyLoss(reduction="sum", return_stats=True)
        return evaluate(Classification(model, criterion), test, batch_size=1000)

    assert tested("best.safetensors").loss == pytest.approx(result.test.loss, rel=1e-5)
    assert tested("best.safetensors").confusion == result.test.confusion
    assert tested("last.safetensors").loss != pytest.approx(result.test.loss, rel=1e-3)


def test_the_folder_holds_the_whole_run(short_run: Run) -> None:
    config, result = short_run
    assert sorted(file.name for file in result.folder.iterdir()) == [
        "best.safetensors",
        "config.yaml",
        "history.csv",
        "last.safetensors",
        "report.json",
        "report.txt",
    ]
    assert read_config(["--config", str(result.folder / "config.yaml")]) == config
    with open(result.folder / "history.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["val_loss"]) for row in rows] == [row.val_loss for row in result.history]
    assert max(int(row["epoch"]) for row in rows if row["best"] == "1") == result.best.epoch
    report = json.loads((result.folder / "report.json").read_text())
    assert report["best"]["epoch"] == result.best.epoch
    assert report["test"]["accuracy"] == result.test.accuracy
    assert report["confusion"]["counts"] == result.test.confusion
    assert [row["name"] for row in report["classes"]] == list("0123456789")
    assert sum(row["support"] for row in report["classes"]) == report["test"]["samples"] == 269


def test_the_same_seed_gives_the_same_history(tmp_path: Path) -> None:
    first = fit(quick(tmp_path), QUIET)
    torch.rand(3)
    again = fit(quick(tmp_path), QUIET)
    other = fit(quick(tmp_path, seed=1), QUIET)
    assert figures(first) == figures(again)
    assert first.test == again.test
    assert figures(first) != figures(other)


def test_an_epoch_does_not_depend_on_what_ran_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What a later resume needs: nothing but the weights and the optimizer goes from one epoch to the next.
    plain = fit(quick(tmp_path), QUIET)

    def noisy(*args: Any) -> Evaluation:
        torch.rand(7)
        return evaluate(*args)

    monkeypatch.setattr(fit_module, "evaluate", noisy)
    assert figures(fit(quick(tmp_path), QUIET)) == figures(plain)


def test_an_epoch_is_the_plain_loop(tmp_path: Path) -> None:
    # Double precision in the model, so that Adam does not blow up last digits; Fabric gives float32 logits.
    result = fit(quick(tmp_path, epochs=1, batch_size=500, weight_decay=0.01, precision="64-true"), QUIET)
    digits = load("digits")
    train = digits.take(stratified_split(digits.labels, 0.15, 0.15, 0).train)
    torch.manual_seed(0)
    model = SmallCNN(1, 8, 8, classes=10).double()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=0.01)
    seed = epoch_seed(0, 1)
    torch.manual_seed(seed)
    losses, right = [], 0
    for images, labels in shuffled_batches(train, 500, seed):
        logits = model(images.double()).float()
        losses.append(torch.nn.functional.cross_entropy(logits, labels, reduction="none"))
        optimizer.zero_grad()
        losses[-1].mean().backward()
        optimizer.step()
        right += (logits.argmax(1) == labels).sum().item()

    assert [len(batch) for batch in losses] == [500, 500, 259]
    assert result.history[0].train_loss == pytest.approx(torch.cat(losses).double().mean().item(), rel=1e-6)
    assert result.history[0].train_accuracy == right / 1259
    fitted = SmallCNN(1, 8, 8, classes=10).double()
    load_model(fitted, result.folder / "last.safetensors")
    for ours, plain in zip(fitted.parameters(), model.parameters(), strict=True):
        assert (ours - plain).abs().mean() < 1e-6


def script_losses(losses: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the evaluations these losses, one after the other, and then their own."""
    scripted = iter(losses)

    def evaluated(*args: Any) -> Evaluation:
        result = evaluate(*args)
        return replace(result, loss=next(scripted, result.loss))

    monkeypatch.setattr(fit_module, "evaluate", evaluated)


def test_early_stopping_and_the_falling_learning_rate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Five epochs, of which the second is the best, and the check of the weights read back.
    script_losses([0.5, 0.4, 0.6, 0.41, 0.8, 0.4], monkeypatch)
    config = quick(tmp_path, epochs=9, lr=0.01, patience_epochs=3, lr_patience_epochs=0, lr_factor=0.25)
    result = fit(config, QUIET)
    assert result.ending is Ending.PATIENCE
    assert [row.best for row in result.history] == [True, True, False, False, False]
    assert result.best.epoch == 2
    # An epoch without improvement lowers the rate of the next.
    assert [row.lr for row in result.history] == [0.01, 0.01, 0.01, 0.0025, 0.000625]


@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
def test_both_optimizers_decay_the_weights(tmp_path: Path, optimizer: str) -> None:
    runs = [fit(quick(tmp_path, epochs=1, optimizer=optimizer, weight_decay=decay), QUIET) for decay in (0.0, 1.0)]
    assert figures(runs[0]) != figures(runs[1])


def test_adam_and_adamw_differ(tmp_path: Path) -> None:
    runs = [fit(quick(tmp_path, epochs=1, optimizer=name, weight_decay=1.0), QUIET) for name in ("adam", "adamw")]
    assert figures(runs[0]) != figures(runs[1])


def test_label_smoothing_reaches_the_loss(tmp_path: Path) -> None:
    plain, smooth = (fit(quick(tmp_path, epochs=1, label_smoothing=e), QUIET) for e in (0.0, 0.2))
    assert plain.history[0].val_loss != pytest.approx(smooth.history[0].val_loss, rel=1e-3)


def press_ctrl_c_after(epoch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send the signal of Ctrl-C while the row of an epoch is written; 0: before the first batch."""
    if epoch == 0:
        original = fit_module.shuffled_batches

        def press(*args: Any) -> Any:
            signal.raise_signal(signal.SIGINT)
            return original(*args)

        monkeypatch.setattr(fit_module, "shuffled_batches", press)
        return
    add = History.add

    def add_and_press(self: History, row: EpochRow) -> None:
        add(self, row)
        if row.epoch == epoch:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(History, "add", add_and_press)


def test_ctrl_c_keeps_and_tests_the_best(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = fit(quick(tmp_path), QUIET)
    press_ctrl_c_after(2, monkeypatch)
    result = fit(quick(tmp_path), QUIET)
    assert result.ending is Ending.INTERRUPT
    assert figures(result) == figures(full)[:2]
    assert result.test.samples == 269
    assert (
        "Stopped by Ctrl-C after epoch 2; the epoch that was cut short is left out."
        in (result.folder / "report.txt").read_text()
    )
    assert json.loads((result.folder / "report.json").read_text())["stopped_by"] == "Ctrl-C"


def test_ctrl_c_before_the_first_epoch_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    press_ctrl_c_after(0, monkeypatch)
    result = fit(quick(tmp_path), QUIET)
    assert (result.ending, result.best, result.test) == (Ending.INTERRUPT, None, None)
    assert (result.folder / "report.txt").read_text() == (
        "Stopped by Ctrl-C before the first epoch was done: there are no weights to keep or to test.\n"
    )
    assert not (result.folder / "best.safetensors").exists()


def test_a_validation_loss_of_nan_stops_and_keeps_the_best(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # S13: in the copied templates NaN counts as an improvement and replaces the best weights.
    script_losses([0.5, 0.4, math.nan], monkeypatch)
    with pytest.raises(TrainingError) as caught:
        fit(quick(tmp_path, epochs=5, name="nan"), QUIET)
    best = tmp_path / "nan" / "best.safetensors"
    assert str(caught.value).startswith("the validation loss of epoch 3 is nan (training loss 0.5")
    assert str(caught.value).endswith(
        "): the training has diverged. Try a smaller learning rate, for example --lr 0.0001, or --precision 32-true "
        f"if it is another now, and look for NaN in the images. The weights of epoch 2 are kept in {best}."
    )
    model = SmallCNN(1, 8, 8, classes=10)
    load_model(model, best)
    assert all(parameter.isfinite().all() for parameter in model.parameters())
    rows = (tmp_path / "nan" / "history.csv").read_text().splitlines()
    assert [row.split(",")[-1] for row in rows[1:]] == ["1", "1", "0"]


def test_a_training_that_diverges_at_once_keeps_nothing(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"of epoch 1 is nan .* no weights are kept as best\.$"):
        fit(quick(tmp_path, lr=1e30, name="nan"), QUIET)
    assert not (tmp_path / "nan" / "best.safetensors").exists()


def test_best_weights_that_give_another_loss_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Another program's weights in the place of ours, after the last epoch.
    last_epoch = 3

    def add_and_swap(self: History, row: EpochRow) -> None:
        add(self, row)
        if row.epoch == last_epoch:
            fit_module.Checkpoint(tmp_path / "run" / "best.safetensors").save(SmallCNN(1, 8, 8, classes=10), 3, 0.1)

    add = History.add
    monkeypatch.setattr(History, "add", add_and_swap)
    with pytest.raises(TrainingError, match=r"written in epoch 3 with validation loss 0\.\d+, but read back it gives"):
        fit(quick(tmp_path, epochs=last_epoch, name="run"), QUIET)
    assert not (tmp_path / "run" / "report.json").exists()


def test_a_split_without_a_class_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"^val_fraction: "):
        fit(quick(tmp_path, val_fraction=0.001), QUIET)
    assert list(tmp_path.iterdir()) == []


def test_the_threads_are_those_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    used = []

    def counted(*args: Any) -> Evaluation:
        used.append(torch.get_num_threads())
        return evaluate(*args)

    monkeypatch.setattr(fit_module, "evaluate", counted)
    torch.set_num_threads(2)
    fit(quick(tmp_path, epochs=1, threads=1), QUIET)
    # Validation, the check of the weights read back, the test.
    assert used == [1, 1, 1]
    assert torch.get_num_threads() == 2


def test_the_console_without_a_terminal(tmp_path: Path) -> None:
    stream = io.StringIO()
    result = fit(quick(tmp_path, epochs=2, name="plain"), Console(file=stream, width=40))
    lines = stream.getvalue().splitlines()
    assert lines[0] == "digits: 1,797 images (1x8x8) of 10 classes: 1,259 to train, 269 to validate, 269 to test"
    assert lines[1].startswith("SmallCNN with 8,474 parameters on cpu, 32-true; ")
    assert lines[3] == "epoch  train loss      acc  val loss      acc        lr  best"
    assert [line.split()[0] for line in lines[4:6]] == ["1", "2"]
    assert lines[-1] == f"Files in {result.folder}: " + ", ".join(sorted(f.name for f in result.folder.iterdir()))
    assert "\x1b" not in stream.getvalue()


def test_double_precision_runs_through(tmp_path: Path) -> None:
    single, double = (fit(quick(tmp_path, epochs=1, precision=p), QUIET) for p in ("32-true", "64-true"))
    assert single.history[0].val_loss == pytest.approx(double.history[0].val_loss, rel=1e-4)
    assert single.history[0].val_loss != double.history[0].val_loss
