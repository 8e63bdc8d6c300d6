"""The loop: steps, evaluations and checkpoints, until it is time to stop."""

from __future__ import annotations

import math
import time
from typing import Any

from torch import Tensor

from ..config.interval import Interval, Position
from ..display.loggers import Loggers
from ..display.progress import Display
from ..evaluation.passes import quick
from ..runtime.interrupt import Wish
from ..state.checkpoint import CheckpointError, Checkpoints
from ..state.history import History, Row
from ..state.rng import rng_kept, rng_state
from .explaining import no_room, validation_not_finite
from .steps import Steps
from .stopping import Ending as Ending
from .training import Training

# Losses are looked at for NaN in blocks of this many steps: looking costs more than a small step.
_BLOCK = 64


class Loop(Steps):
    """Runs a training.

    Args:
        training: its parts.
        checkpoints: where states are kept.
        history: takes a row per evaluation.
        display, loggers: are told.
        wish: may come to ask the run to stop.
    """

    def __init__(
        self,
        training: Training,
        checkpoints: Checkpoints,
        history: History,
        display: Display,
        loggers: Loggers,
        wish: Wish,
    ) -> None:
        super().__init__(training, wish)
        self.checkpoints, self.history, self.display, self.loggers = checkpoints, history, display, loggers
        self.evaluation = self.evaluated_at = 0
        config, per_epoch = training.config, training.feed.steps_per_epoch
        self.total = min(config.passes * per_epoch, config.steps or math.inf)
        self.evaluate_every = Interval.parse(config.evaluate_every).in_steps(per_epoch)
        self.save_every = Interval.parse(config.save_every).in_steps(per_epoch) if config.save_every else 0
        self._seconds = 0.0
        self._saved_at: int | None = None

    @property
    def position(self) -> Position:
        """How far the training is."""
        return Position(self.step, self.evaluation)

    def run(self) -> Ending:
        """Train until an end is reached. After the last step there is always an evaluation, but for a signal.

        Raises:
            TrainingError: a loss is not finite, or a checkpoint could not be written.
        """
        training = self.training
        if not training.model.training:
            training.model.train()
        self._clock, self._start = time.perf_counter() - self._seconds, self.step
        training.schedule.force(training.optimizer, self.step)
        with self.display.training(self.step, int(self.total), training.feed.steps_per_epoch, training.config.passes):
            while (ending := self._ending()) is None:
                self._epoch()
        return ending

    def _ending(self) -> Ending | None:
        training = self.training
        if self.step >= self.total and self.evaluated_at < self.step:
            self._evaluate()
        if self.evaluated_at == self.step > 0 and training.stopping.exhausted(self.position):
            return Ending.PATIENCE
        if self.step >= self.total:
            return Ending.STEPS if self.step == training.config.steps else Ending.EPOCHS
        if self.asked and self.signalled():
            if self._saved_at != self.step:
                self.save()
            return Ending.SIGNAL
        if self.asked:
            if self.evaluated_at < self.step:
                self._evaluate()
            return Ending.TIME if self.step else None
        return None

    def _epoch(self) -> None:
        """Steps from where the training is to the end of the epoch, or to an end of the training."""
        for window in self.windows():
            self.take(window)
            self.display.step_done(self.step)
            if self.step % self.evaluate_every == 0:
                self._evaluate()
                if self.training.stopping.exhausted(self.position):
                    return
            elif self.save_every and self.step % self.save_every == 0:
                self.save()
            elif self.step % _BLOCK == 0:
                self.settle()
                self._plan()
            if self.step >= self.total or self.asked:
                return

    def _plan(self, evaluation: float | None = None) -> None:
        """Fit the schedule to the steps for which there is time; `evaluation`: the seconds of one that is just done."""
        if self.wish.limit is not None:
            total = self._world.same(self.wish.limit.total(self.step, self._start, evaluation))
            self.training.schedule.plan(min(total, int(self.total)), limited=total < self.total)

    def _evaluate(self) -> None:
        """Measure the validation samples, keep what a later look needs, and tell."""
        training = self.training
        self.settle()
        training.same_buffers()
        train = self.meter.means()
        began = time.perf_counter()
        with training.averaged(), rng_kept():
            val = quick(training.task, training.model, training.val, training.eval_batch, self._world)
        self._plan(time.perf_counter() - began)
        self.evaluation += 1
        self.evaluated_at = self.step
        figures = {
            "train_loss": train.loss,
            f"train_{training.task.training_metric}": train.metric,
            "val_loss": val.loss,
        }
        figures |= {f"val_{name}": value for name, value in val.metrics.items()}
        verdict = training.stopping.update(self.position, figures[training.config.stop.monitor])
        lowered = training.schedule.evaluated(self.position, verdict.improved)
        epoch = round(self.step / training.feed.steps_per_epoch, 6)
        seconds, self._clock = time.perf_counter() - self._clock, time.perf_counter()
        # The rate that was, not the one that the next step will have.
        lr = training.optimizer.param_groups[0]["lr"] if lowered else training.schedule.at(self.step - 1)
        row = Row(self.step, epoch, figures, lr, seconds, verdict.best)
        self.history.add(row)
        self.display.evaluation_done(row, training.config.stop.monitor)
        self.loggers.add(row)
        if not math.isfinite(val.loss):
            raise validation_not_finite(row, training.config, training.stopping.best_at.step, self.checkpoints.best)
        if lowered:
            training.schedule.force(training.optimizer, self.step)
        # This order: what last/ says of best/ is either there, or what last/ itself holds.
        self.save()
        if verdict.best:
            self.save_best()

    def save(self) -> None:
        """Write last/: all that is needed to go on from here.

        Raises:
            TrainingError: it could not be written.
        """
        self.settle()
        training = self.training
        training.same_buffers()
        state = {
            "step": self.step,
            "evaluation": self.evaluation,
            "evaluated_at": self.evaluated_at,
            "seconds": time.perf_counter() - self._clock,
            "steps_per_epoch": training.feed.steps_per_epoch,
            "meter": self.meter.state(),
            "rng": self._world.gathered(rng_state()),
            "turns": training.feed.turns(self.training.seed(self.step)),
            **training.state(),
        }
        self.written(self.checkpoints.save_last, training.weights(), state)
        self._saved_at = self.step

    def save_best(self) -> None:
        """Write best/: the weights as they were evaluated."""
        training, row = self.training, self.history.rows[-1]
        with training.averaged():
            state = {"step": row.step, "epoch": row.epoch, **row.figures}
            self.written(self.checkpoints.save_best, training.weights(), state)

    def resume(self, weights: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Go on from a checkpoint; the history is read back to it."""
        self.training.load(weights, state)
        self.step, self.evaluation = int(state["step"]), int(state["evaluation"])
        self.evaluated_at, self._seconds = int(state["evaluated_at"]), float(state["seconds"])
        self.meter.load(state["meter"])
        within, before = self.step % self.training.feed.steps_per_epoch, len(state["rng"])
        if within:
            # Runs of version 0.2 have no turns, and as many generators as processes.
            self.training.feed.take_turns(self.training.seed(self.step), within, state.get("turns") or [(0, before)])
            self.rng = state["rng"][self._world.rank] if self._world.rank < before else None
        self.history.read_back(self.evaluation, self._world)

    def written(self, write: Any, weights: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Write a checkpoint, in the first process."""
        try:
            self._world.first(lambda: write(weights, state))
        except CheckpointError as error:
            raise no_room(error, self.checkpoints.last.parent) from None
