"""history.csv: a row per evaluation."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from ...files import write_text
from ..errors import RunError
from ..runtime.distributed import World


@dataclass(frozen=True)
class Row:
    """An evaluation.

    Attributes:
        step: optimizer steps done.
        epoch: passes over the training data done, in parts too.
        figures: train_loss, train_…, val_loss, val_…, in the order of the columns.
        lr: the learning rate of the last step.
        seconds: since the row before.
        best: whether it was the best so far.
    """

    step: int
    epoch: float
    figures: dict[str, float]
    lr: float
    seconds: float
    best: bool

    def cells(self) -> dict[str, float]:
        """One number per column."""
        shared = {"lr": self.lr, "seconds": round(self.seconds, 3), "best": int(self.best)}
        return {"step": self.step, "epoch": self.epoch, **self.figures, **shared}


class History:
    """The rows of a run, in memory and in a file that is whole after every one."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.rows: list[Row] = []

    def add(self, row: Row) -> None:
        """Take a row and write the file."""
        self.rows.append(row)
        if self.path is None:
            return
        text = io.StringIO()
        writer = csv.DictWriter(text, list(row.cells()), lineterminator="\n")
        writer.writeheader()
        writer.writerows(each.cells() for each in self.rows)
        write_text(self.path, text.getvalue())

    def read_back(self, evaluations: int, world: World) -> None:
        """Take up the first rows of the file, which the first process has; those after them will be made again."""
        self.rows = world.first(lambda: read_rows(self.path)[:evaluations] if self.path and evaluations else [])


def read_rows(path: Path) -> list[Row]:
    """The rows that a file holds.

    Raises:
        RunError: it is damaged.
    """
    try:
        with open(path, newline="", encoding="utf-8") as file:
            return [_row(cells) for cells in csv.DictReader(file)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, csv.Error) as error:
        raise RunError(f"{path} cannot be read: a row is damaged ({error})") from None


def _row(cells: dict[str, str]) -> Row:
    numbers = {name: float(cell) for name, cell in cells.items()}
    step, epoch, lr, seconds, best = (numbers.pop(name) for name in ("step", "epoch", "lr", "seconds", "best"))
    return Row(int(step), epoch, numbers, lr, seconds, bool(best))
