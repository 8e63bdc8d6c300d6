"""What a run returns, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from .callbacks import EpochRow
from .evaluate import Evaluation


class Ending(Enum):
    """Why the epochs ended."""

    PATIENCE = "early stopping"
    EPOCHS = "all epochs done"
    INTERRUPT = "Ctrl-C"


@dataclass(frozen=True)
class FitResult:
    """A finished run.

    Attributes:
        folder: where its files lie.
        classes: the names of the classes.
        ending: why it stopped.
        history: one row per finished epoch.
        best: the row of the epoch with the lowest validation loss; None if no epoch was finished.
        test: the best weights on the test images; None if there are none.
    """

    folder: Path
    classes: tuple[str, ...]
    ending: Ending
    history: list[EpochRow]
    best: EpochRow | None
    test: Evaluation | None
