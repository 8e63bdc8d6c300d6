"""What happens between the epochs: when to stop, which weights to keep, what to remember."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from safetensors.torch import load_model, save_model
from torch import nn

from ..core.files import replacing, write_text


class EarlyStopping:
    """Remembers the lowest validation loss, and says when to stop waiting for a lower one.

    Args:
        patience_epochs: how many epochs in a row may pass without a new lowest loss.
    """

    def __init__(self, patience_epochs: int) -> None:
        self.patience_epochs = patience_epochs
        self.best_loss = math.inf
        self.best_epoch = 0

    def update(self, epoch: int, loss: float) -> bool:
        """Take the loss of an epoch (counted from 1); whether it is a new lowest. NaN never is."""
        improved = loss < self.best_loss
        if improved:
            self.best_loss, self.best_epoch = loss, epoch
        return improved

    def exhausted(self, epoch: int) -> bool:
        """Whether the patience has run out at the end of this epoch."""
        return epoch - self.best_epoch >= self.patience_epochs


class Checkpoint:
    """The weights of a model in a safetensors file: a copy on disk, which later steps cannot change."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def save(self, model: nn.Module, epoch: int, val_loss: float) -> None:
        """Write the weights as they are now; epoch and loss go into the file's metadata."""
        with replacing(self.path) as temporary:
            save_model(model, str(temporary), metadata={"epoch": str(epoch), "val_loss": repr(val_loss)})

    def load(self, model: nn.Module) -> None:
        """Read the file's weights into the model."""
        load_model(model, self.path)


@dataclass(frozen=True)
class EpochRow:
    """One line of history.csv; `lr` is the learning rate that the epoch was trained with."""

    epoch: int
    train_loss: float
    train_accuracy: float
    val_loss: float
    val_accuracy: float
    lr: float
    seconds: float
    best: bool


class History:
    """One row per epoch, in memory and in a CSV file that is whole after every epoch."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: list[EpochRow] = []

    def add(self, row: EpochRow) -> None:
        """Take a row and write the file."""
        self.rows.append(row)
        text = io.StringIO()
        writer = csv.DictWriter(text, [column.name for column in fields(EpochRow)], lineterminator="\n")
        writer.writeheader()
        writer.writerows({**asdict(row), "best": int(row.best)} for row in self.rows)
        write_text(self.path, text.getvalue())
