"""The loop: steps, evaluations and checkpoints, until it is time to stop."""

from __future__ import annotations

import math
import time
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from ...core.dtypes import count_dtype
from ..config.interval import Interval, Position
from ..display.loggers import Loggers
from ..display.progress import Display
from ..evaluation.passes import quick
from ..runtime.distributed import Agreement
from ..runtime.interrupt import Wish
from ..state.checkpoint import CheckpointError, Checkpoints
from ..state.history import History, Row
from ..state.rng import rng_kept, rng_state, seed_all, set_rng_state
from .explaining import no_room, not_finite, validation_not_finite
from .feed import Window
from .meter import Meter
from .stopping import Ending as Ending
from .training import Training

# Losses are looked at for NaN in blocks of this many steps: looking costs more than a small step.
_BLOCK = 64


class Loop:
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
        self.training, self.checkpoints, self.history = training, checkpoints, history
        self.display, self.loggers, self.wish = display, loggers, wish
        self.step = self.evaluation = self.evaluated_at = 0
        config, per_epoch = training.config, training.feed.steps_per_epoch
        self.total = min(config.passes * per_epoch, config.steps or math.inf)
        self.evaluate_every = Interval.parse(config.evaluate_every).in_steps(per_epoch)
        self.save_every = Interval.parse(config.save_every).in_steps(per_epoch) if config.save_every else 0
        self._world = training.engine.world
        self._several = self._world.size > 1
        self._meter = Meter(training.task, self._world)
        self._agreement = Agreement(self._world.device)
        self._agreed = False
        self._seconds = 0.0
        self._saved_at: int | None = None
        self._rng: dict[str, Any] | None = None
        self._last_slope: tuple[float, Tensor] | None = None

    @property
    def position(self) -> Position:
        """How far the training is."""
        return Position(self.step, self.evaluation)

    @property
    def _asked(self) -> bool:
        """Return whether all processes know that the run was asked to stop."""
        return self._agreed or (bool(self.wish) and not self._several)

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
        if self._asked and self._signalled():
            if self._saved_at != self.step:
                self.save()
            return Ending.SIGNAL
        if self._asked:
            if self.evaluated_at < self.step:
                self._evaluate()
            return Ending.TIME if self.step else None
        return None

    def _signalled(self) -> bool:
        """Return whether a signal has stopped any process, not the time."""
        return bool(self._world.sum(torch.tensor(float(self.wish.signal is not None))) > 0)

    def _epoch(self) -> None:
        """Steps from where the training is to the end of the epoch, or to an end of the training."""
        feed, seed = self.training.feed, self.training.seed(self.step)
        if self._rng is not None:
            set_rng_state(self._rng)
            self._rng = None
        else:
            # The dropout of an epoch depends on its number alone, like the order of its samples.
            seed_all(seed + self._world.rank * 2**48)
        for window in feed.epoch(seed, self.step % feed.steps_per_epoch):
            self._train(window)
            self.step += 1
            self.display.step_done(self.step)
            if self.step % self.evaluate_every == 0:
                self._evaluate()
                if self.training.stopping.exhausted(self.position):
                    return
            elif self.save_every and self.step % self.save_every == 0:
                self.save()
            elif self.step % _BLOCK == 0:
                self._settle()
                self._plan()
            if self.step >= self.total or self._asked:
                return

    def _plan(self, evaluation: float | None = None) -> None:
        """Fit the schedule to the steps for which there is time; `evaluation`: the seconds of one that is just done."""
        if self.wish.limit is not None:
            total = self._world.same(self.wish.limit.total(self.step, self._start, evaluation))
            self.training.schedule.plan(min(total, int(self.total)), limited=total < self.total)

    def _train(self, window: Window) -> None:
        """One optimizer step."""
        training = self.training
        optimizer = training.optimizer
        for parameter in training.trained:
            parameter.grad = None
        if len(window) == 1 and not self._several:
            step = training.task(training.model, window[0].inputs, *window[0].labels)
            self._meter.add(step, self.step)
            training.engine.backward(step.loss, self._slope(step.loss, step.weight))
        else:
            self._backward_in_parts(window)
        if training.config.clip is not None:
            training.engine.clip(training.model, optimizer, training.config.clip)
        optimizer.step()
        training.schedule.apply(optimizer, self.step + 1)
        if training.ema is not None:
            training.ema.update()

    def _backward_in_parts(self, window: Window) -> None:
        """The gradient of a step whose samples pass in parts, on several processes: each part is divided by the weight
        of all of them together, so that the sum of their gradients is the one of the whole."""
        engine, task, model = self.training.engine, self.training.task, self.training.model
        weights: list[Any] = [task.valid_weight(*micro.labels) if micro.real else 0.0 for micro in window]
        wide = count_dtype(engine.device)
        both = [torch.as_tensor(value).to(engine.device, wide) for value in (sum(weights), bool(self.wish))]
        weight, wishes = self._world.sum(torch.stack(both)) if self._several else both
        if self._several:
            self._agreed = self._agreement.reached(wishes) or self._agreed
        for number, micro in enumerate(window, start=1):
            with engine.accumulating(model, more=number < len(window)):
                step = task(model, micro.inputs, *micro.labels)
                if not micro.real:
                    step = step.without_samples()
                # The gradients are averaged over the processes, where their sum is wanted.
                engine.backward(step.loss, self._slope(step.loss, weight / self._world.size))
            self._meter.add(step, self.step)

    def _slope(self, loss: Tensor, weight: Tensor | float) -> Tensor:
        """The factor that turns the gradient of the sum into that of the mean; 0 if nothing counts."""
        if isinstance(weight, Tensor):
            weight = weight.to(loss.device, loss.dtype)
            return torch.where(weight == 0, torch.zeros_like(weight), 1.0 / weight)
        # Nearly every step has the same weight.
        if self._last_slope is None or self._last_slope[0] != weight:
            self._last_slope = weight, torch.tensor(1.0 / (weight or 1.0), dtype=loss.dtype, device=loss.device)
        return self._last_slope[1]

    def _settle(self) -> None:
        """Add up the steps since the last time.

        Raises:
            TrainingError: the loss of one was not finite.
        """
        bad = self._meter.settle()
        if bad is None:
            return
        feed, config = self.training.feed, self.training.config
        number, seed = bad % feed.steps_per_epoch, self.training.seed(bad)
        window = next(islice(feed.epoch(seed, number), 1), [])
        names = list(feed.names(seed, number))
        raise not_finite(bad + 1, self.training.schedule.at(bad), config, window, names)

    def _evaluate(self) -> None:
        """Measure the validation samples, keep what a later look needs, and tell."""
        training = self.training
        self._settle()
        training.same_buffers()
        train = self._meter.means()
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
        self._settle()
        training = self.training
        training.same_buffers()
        state = {
            "step": self.step,
            "evaluation": self.evaluation,
            "evaluated_at": self.evaluated_at,
            "seconds": time.perf_counter() - self._clock,
            "steps_per_epoch": training.feed.steps_per_epoch,
            "meter": self._meter.state(),
            "rng": self._world.gathered(rng_state()),
            "turns": training.feed.turns(self.training.seed(self.step)),
            **training.state(),
        }
        self._written(self.checkpoints.save_last, training.weights(), state)
        self._saved_at = self.step

    def save_best(self) -> None:
        """Write best/: the weights as they were evaluated."""
        training, row = self.training, self.history.rows[-1]
        with training.averaged():
            state = {"step": row.step, "epoch": row.epoch, **row.figures}
            self._written(self.checkpoints.save_best, training.weights(), state)

    def resume(self, weights: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Go on from a checkpoint; the history is read back to it."""
        self.training.load(weights, state)
        self.step, self.evaluation = int(state["step"]), int(state["evaluation"])
        self.evaluated_at, self._seconds = int(state["evaluated_at"]), float(state["seconds"])
        self._meter.load(state["meter"])
        within, before = self.step % self.training.feed.steps_per_epoch, len(state["rng"])
        if within:
            # Runs of version 0.2 have no turns, and as many generators as processes.
            self.training.feed.take_turns(self.training.seed(self.step), within, state.get("turns") or [(0, before)])
            self._rng = state["rng"][self._world.rank] if self._world.rank < before else None
        self.history.read_back(self.evaluation, self._world)

    def _written(self, write: Any, weights: dict[str, Tensor], state: dict[str, Any]) -> None:
        try:
            self._world.first(lambda: write(weights, state))
        except CheckpointError as error:
            raise no_room(error, self.checkpoints.last.parent) from None
