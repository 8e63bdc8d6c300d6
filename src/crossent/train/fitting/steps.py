"""Optimizer steps: each is one gradient of all of its samples, however they are divided."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from ...core.dtypes import count_dtype
from ..runtime.distributed import Agreement
from ..runtime.interrupt import Wish
from ..state.rng import seed_all, set_rng_state
from .explaining import not_finite
from .feed import Window
from .meter import Meter
from .training import Training


class Steps:
    """Makes the steps of a training, and knows how many there were.

    Args:
        training: its parts.
        wish: may come to ask the run to stop.
    """

    def __init__(self, training: Training, wish: Wish) -> None:
        self.training, self.wish, self.step = training, wish, 0
        self.rng: dict[str, Any] | None = None
        self.meter = Meter(training.task, training.engine.world)
        self._world = training.engine.world
        self._several = self._world.size > 1
        self._agreement = Agreement(self._world.device)
        self._agreed = False
        self._last_slope: tuple[float, Tensor] | None = None

    @property
    def asked(self) -> bool:
        """Return whether all processes know that the run was asked to stop."""
        return self._agreed or (bool(self.wish) and not self._several)

    def signalled(self) -> bool:
        """Return whether a signal has stopped any process, not the time."""
        return bool(self._world.sum(torch.tensor(float(self.wish.signal is not None))) > 0)

    def windows(self) -> Iterator[Window]:
        """The samples of each step from here to the end of the epoch."""
        feed, seed = self.training.feed, self.training.seed(self.step)
        if self.rng is not None:
            set_rng_state(self.rng)
            self.rng = None
        else:
            # The dropout of an epoch depends on its number alone, like the order of its samples.
            seed_all(seed + self._world.rank * 2**48)
        yield from feed.epoch(seed, self.step % feed.steps_per_epoch)

    def take(self, window: Window) -> None:
        """One optimizer step on these samples."""
        training = self.training
        optimizer = training.optimizer
        for parameter in training.trained:
            parameter.grad = None
        if len(window) == 1 and not self._several:
            step = training.task(training.model, window[0].inputs, *window[0].labels)
            self.meter.add(step, self.step)
            training.engine.backward(step.loss, self._slope(step.loss, step.weight))
        else:
            self._backward_in_parts(window)
        if training.config.clip is not None:
            training.engine.clip(training.model, optimizer, training.config.clip)
        optimizer.step()
        training.schedule.apply(optimizer, self.step + 1)
        if training.ema is not None:
            training.ema.update()
        self.step += 1

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
            self.meter.add(step, self.step)

    def _slope(self, loss: Tensor, weight: Tensor | float) -> Tensor:
        """The factor that turns the gradient of the sum into that of the mean; 0 if nothing counts."""
        if isinstance(weight, Tensor):
            weight = weight.to(loss.device, loss.dtype)
            return torch.where(weight == 0, torch.zeros_like(weight), 1.0 / weight)
        # Nearly every step has the same weight.
        if self._last_slope is None or self._last_slope[0] != weight:
            self._last_slope = weight, torch.tensor(1.0 / (weight or 1.0), dtype=loss.dtype, device=loss.device)
        return self._last_slope[1]

    def settle(self) -> None:
        """Add up the steps since the last time.

        Raises:
            TrainingError: the loss of one was not finite.
        """
        bad = self.meter.settle()
        if bad is None:
            return
        feed, config = self.training.feed, self.training.config
        number, seed = bad % feed.steps_per_epoch, self.training.seed(bad)
        window = next(islice(feed.epoch(seed, number), 1), [])
        names = list(feed.names(seed, number))
        raise not_finite(bad + 1, self.training.schedule.at(bad), config, window, names)
