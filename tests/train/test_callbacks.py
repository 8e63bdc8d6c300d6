"""When to stop, what to keep, what to remember."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from torch import nn

from xent.train.callbacks import Checkpoint, EarlyStopping, EpochRow, History

NAN = math.nan


@pytest.mark.parametrize(
    ("losses", "patience", "improved_in", "stops_after"),
    [
        ([0.9, 0.8, 0.7, 0.6], 2, [1, 2, 3, 4], None),
        # The count starts anew with each improvement.
        ([0.9, 1.0, 0.8, 0.9, 0.85], 2, [1, 3], 5),
        # Equal is not lower.
        ([0.5, 0.5, 0.5], 2, [1], 3),
        # S13: NaN is no improvement, and neither is what only improves on NaN.
        ([0.9, NAN, 5.0, 6.0, 7.0], 4, [1], 5),
        ([NAN, NAN, NAN], 3, [], 3),
        ([NAN, 0.5, 0.6], 2, [2], None),
    ],
)
def test_early_stopping(losses: list[float], patience: int, improved_in: list[int], stops_after: int | None) -> None:
    stopping = EarlyStopping(patience)
    improved, stopped = [], None
    for epoch, loss in enumerate(losses, start=1):
        if stopping.update(epoch, loss):
            improved.append(epoch)
        if stopping.exhausted(epoch):
            stopped = epoch
            break
    assert (improved, stopped) == (improved_in, stops_after)
    assert stopping.best_epoch == (improved_in[-1] if improved_in else 0)


def test_a_checkpoint_is_a_copy_that_training_cannot_change(tmp_path: Path) -> None:
    # S2: state_dict(), .copy() included, is an alias of the live weights.
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    checkpoint = Checkpoint(tmp_path / "best.safetensors")
    checkpoint.save(model, epoch=7, val_loss=0.25)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.randn(4, 2)).square().sum().backward()
    optimizer.step()
    assert not torch.equal(model[0].weight, before["0.weight"])
    assert model[1].num_batches_tracked == 1

    checkpoint.load(model)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    with safe_open(checkpoint.path, "pt") as file:
        assert file.metadata() == {"epoch": "7", "val_loss": "0.25"}


def test_a_checkpoint_of_another_model_is_refused(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "best.safetensors")
    checkpoint.save(nn.Linear(2, 2), 1, 0.5)
    with pytest.raises(RuntimeError, match=r"Missing key.*0\.weight"):
        checkpoint.load(nn.Sequential(nn.Linear(2, 2)))


def test_a_checkpoint_can_be_read_by_whom_the_other_files_can_be(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "best.safetensors")
    checkpoint.save(nn.Linear(2, 2), 1, 0.5)
    other = tmp_path / "other"
    other.touch()
    assert checkpoint.path.stat().st_mode == other.stat().st_mode


def test_history_is_a_row_per_epoch_with_every_digit(tmp_path: Path) -> None:
    rows = [
        EpochRow(1, 1 / 3, 0.5, 2 / 3, 0.25, 1e-3, 0.1, True),
        EpochRow(2, 0.1, 0.75, NAN, 0.5, 5e-4, 0.2, False),
    ]
    history = History(tmp_path / "history.csv")
    for row in rows:
        history.add(row)
    with open(history.path, newline="") as file:
        read = list(csv.DictReader(file))
    assert read[0] == {
        "epoch": "1",
        "train_loss": repr(1 / 3),
        "train_accuracy": "0.5",
        "val_loss": repr(2 / 3),
        "val_accuracy": "0.25",
        "lr": "0.001",
        "seconds": "0.1",
        "best": "1",
    }
    assert (read[1]["epoch"], read[1]["val_loss"], read[1]["best"]) == ("2", "nan", "0")
    assert len(read) == 2
