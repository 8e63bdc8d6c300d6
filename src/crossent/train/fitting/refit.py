"""A second training of a model for tables or texts: on the validation rows too, for as long as was best without them.

Rows that only say when to stop are a sixth of the others by default, and few rows are what tables and texts have. The
figures on validation rows, the temperature and the thresholds stay those of the first model, which has not learnt from
them; the test, predictions and exports are of the second.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from torch import nn

from ...wording import say
from ..config.fit import FitConfig
from ..config.groups import pretrained
from ..config.names import is_code
from ..display.progress import Display
from ..errors import TrainingError
from ..runtime.interrupt import Wish
from ..state.history import Row
from .preparing import prepare
from .steps import Steps
from .stopping import Ending
from .training import Training

_KINDS = ("tabular", "text", "mixed")
# Training rows beyond which a sixth more says little for twice the time.
_MANY = 20_000


class Refit(NamedTuple):
    """A second training that is done, and what is to be said of it."""

    training: Training
    steps: int
    epochs: float

    @property
    def text(self) -> str:
        """The sentence for the end of a run."""
        rows = len(self.training.feed.data)  # type: ignore[attr-defined]
        return say(
            f"Then trained again on the {rows:,} training and validation rows together, for {self.epochs:.4g} epochs: "
            "this model is tested and predicts; validation figures, calibration and thresholds are of the one before."
        )


def worthwhile(
    config: FitConfig, data: Any, given: nn.Module | None, ending: Ending, wish: Wish, rows: Sequence[Row]
) -> bool:
    """Return whether a run that has ended so is followed by a second training.

    Args:
        config: the settings.
        data: that it was trained on.
        given: the model, where it is an object whose first weights are gone.
        ending: why its steps ended.
        wish: with the limit of its time.
        rows: its history up to its best evaluation.
    """
    name = config.model.name
    own = given is None and not is_code(name) and not pretrained(name) and config.model.vectors is None
    # Another rate depends on the length of the whole run, which the best evaluation has cut off.
    steady = config.way.name in ("auto", "plateau", "constant")
    held = data.held_out and data.loader is None and data.stream is None and not data.train.lazy
    few = len(data.train) <= _MANY
    over = ending in (Ending.PATIENCE, Ending.EPOCHS) and not wish
    in_time = wish.limit is None or wish.limit.left > 3 * sum(row.seconds for row in rows)
    return config.refit and data.schema.kind in _KINDS and own and steady and held and few and over and in_time


def refit(first: Training, data: Any, rows: Sequence[Row], wish: Wish, display: Display) -> Refit | None:
    """Train on training and validation rows with the rates that the first training had up to its best evaluation.

    Args:
        first: that training.
        data: what it had.
        rows: its history up to its best evaluation.
        wish: may come to ask the run to stop.
        display: is told.

    Returns:
        The training; None if it was asked to stop before its end, or a loss was not finite.
    """
    both = replace(data, train=data.train.chained(data.val))
    training = prepare(first.config, first.engine, both, None, like=first.bare)
    schedule, per_epoch = training.schedule, training.feed.steps_per_epoch
    ends = [max(round(row.epoch * per_epoch), 1) for row in rows]
    begins = dict(zip([0, *ends[:-1]], rows, strict=True))
    schedule.lr = max(row.lr for row in rows)
    steps = Steps(training, wish)
    training.model.train()
    epochs = ends[-1] / per_epoch
    display.line(say(f"Training again, on validation rows too: {ends[-1]:,} steps"))
    try:
        with display.training(0, ends[-1], per_epoch, math.ceil(epochs)):
            while steps.step < ends[-1]:
                for window in steps.windows():
                    if (row := begins.get(steps.step)) is not None:
                        schedule.scale = row.lr / schedule.lr
                        schedule.force(training.optimizer, steps.step)
                    steps.take(window)
                    display.step_done(steps.step)
                    if steps.asked:
                        return None
                    if steps.step == ends[-1]:
                        break
                steps.settle()
    except TrainingError as error:
        display.line(say(f"{error} The model of the first training is kept."))
        return None
    training.same_buffers()
    return Refit(training, ends[-1], epochs)
