"""Which evaluation was the best, whether it is time to stop waiting for a better one, and why the steps ended."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from typing import Any, NamedTuple

from ..config.groups import StopConfig
from ..config.interval import Interval, Position


class Ending(Enum):
    """Why the steps ended."""

    PATIENCE = "early stopping"
    EPOCHS = "all epochs done"
    STEPS = "all steps done"
    TIME = "the time is over"
    SIGNAL = "stopped by a signal"


class Verdict(NamedTuple):
    """Verdict on an evaluation: the best so far; better by over `min_delta` than the one that patience waits from."""

    best: bool
    improved: bool


class Stopping:
    """Remembers the best value of the monitored metric: the lowest loss or metric of `lower`, of others the highest.

    NaN is never an improvement. The best is what is strictly better than all before; `min_delta` only says what the
    patience takes for an improvement.
    """

    def __init__(self, config: StopConfig, steps_per_epoch: int, lower: Collection[str] = ()) -> None:
        self.config = config
        self.steps_per_epoch = steps_per_epoch
        self.patience = None if config.patience is None else Interval.parse(config.patience)
        self.sign = 1.0 if config.monitor.removeprefix("val_") in ("loss", *lower) else -1.0
        self.best: float | None = None
        self.best_at = Position()
        self.reference: float | None = None
        self.improved_at = Position()

    def update(self, now: Position, value: float) -> Verdict:
        """Take the value of an evaluation."""
        best = self._better(value, self.best, 0.0)
        improved = self._better(value, self.reference, self.config.min_delta)
        if best:
            self.best, self.best_at = value, now
        if improved:
            self.reference, self.improved_at = value, now
        return Verdict(best, improved)

    def exhausted(self, now: Position) -> bool:
        """True if the patience has run out."""
        return self.patience is not None and self.patience.passed(self.improved_at, now, self.steps_per_epoch)

    def state(self) -> dict[str, Any]:
        """The state that a checkpoint keeps."""
        return {
            "best": self.best,
            "best_at": list(self.best_at),
            "reference": self.reference,
            "improved_at": list(self.improved_at),
        }

    def load(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        self.best, self.reference = (
            None if value is None else float(value) for value in (state["best"], state["reference"])
        )
        self.best_at, self.improved_at = Position.of(state["best_at"]), Position.of(state["improved_at"])

    def _better(self, value: float, than: float | None, by: float) -> bool:
        if value != value:
            return False
        # The first value only has to be one.
        return than is None or self.sign * (than - value) > by
