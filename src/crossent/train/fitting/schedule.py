"""The learning rate of each step: a function of the step's number, times what a plateau has taken away."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from torch.optim import Optimizer

from ..config.groups import ScheduleConfig
from ..config.interval import Interval, Position

# One cycle, as in Smith 2018 (arXiv:1803.09820): from lr / 25 up to lr, and down to lr / 25 / 10,000.
_START, _END = 25.0, 1e4
_MOMENTUM_LOW, _MOMENTUM_HIGH = 0.85, 0.95
# The share of the steps in which a constant rate falls to 0 where the time will be over.
_LAST = 0.2
_USUAL_WARMUP = {"plateau": 0.0, "constant": 0.0, "cosine": 0.05, "linear": 0.1, "onecycle": 0.3}


class Schedule:
    """Sets an optimizer's learning rate, and for one cycle its momentum.

    Args:
        config: the settings; "auto" is the plateau.
        lr: the learning rate at its highest.
        total: optimizer steps of the whole run.
        steps_per_epoch: what an epoch in the settings is.
    """

    def __init__(self, config: ScheduleConfig, lr: float, total: int, steps_per_epoch: int) -> None:
        self.config = replace(config, name="plateau") if config.name == "auto" else config
        self.lr = lr
        self.steps_per_epoch = steps_per_epoch
        self.patience = Interval.parse(config.patience)
        self.scale = 1.0
        self.waiting_since = Position()
        self._constant = self.config.name in ("plateau", "constant")
        self.plan(total)

    def plan(self, total: int, limited: bool = False) -> None:
        """Reckon with so many steps in all, from now on; `limited`: after which the time is over, so that a rate that
        is constant or waits for a plateau falls to 0 in the last of them."""
        self.total, self.limited = max(total, 1), limited
        if self.config.warmup is None:
            self.warmup = round(_USUAL_WARMUP[self.config.name] * self.total)
        else:
            self.warmup = Interval.parse(self.config.warmup).in_steps(self.steps_per_epoch)

    def at(self, step: int) -> float:
        """The learning rate of the optimizer step after `step` others."""
        config = self.config
        if config.name == "onecycle":
            return self._cycle(step, self.lr / _START, self.lr, self.lr / _START / _END)
        if step < self.warmup:
            return self.lr * (step + 1) / self.warmup
        if config.name == "linear":
            done = (step - self.warmup) / max(self.total - self.warmup, 1)
            return config.min_lr + (self.lr - config.min_lr) * max(1.0 - done, 0.0)
        if config.name == "cosine":
            return _wave(self.lr, config.min_lr, (step - self.warmup) / max(self.total - self.warmup, 1))
        lr = self.lr if config.name == "constant" else max(self.lr * self.scale, min(config.min_lr, self.lr))
        return lr * min(max(self.total - step, 1) / (_LAST * self.total), 1.0) if self.limited else lr

    def momentum_at(self, step: int) -> float:
        """The momentum of one cycle: low where the learning rate is high."""
        return self._cycle(step, _MOMENTUM_HIGH, _MOMENTUM_LOW, _MOMENTUM_HIGH)

    def apply(self, optimizer: Optimizer, step: int) -> None:
        """Give the optimizer what it needs for the step after `step` others."""
        if self._constant and step > self.warmup and not self.limited:
            return
        self.force(optimizer, step)

    def force(self, optimizer: Optimizer, step: int) -> None:
        """The same, where a plateau has changed something."""
        lr = self.at(step)
        for group in optimizer.param_groups:
            group["lr"] = lr * group.get("scale", 1.0)
            if self.config.name == "onecycle":
                if "betas" in group:
                    group["betas"] = (self.momentum_at(step), group["betas"][1])
                else:
                    group["momentum"] = self.momentum_at(step)

    def evaluated(self, now: Position, improved: bool) -> bool:
        """Take the outcome of an evaluation; whether the learning rate was lowered."""
        if improved:
            self.waiting_since = now
        if self.config.name != "plateau" or improved:
            return False
        if not self.patience.passed(self.waiting_since, now, self.steps_per_epoch):
            return False
        if self.lr * self.scale <= self.config.min_lr:
            return False
        self.scale *= self.config.factor
        self.waiting_since = now
        return True

    def state(self) -> dict[str, Any]:
        """The state that a checkpoint keeps."""
        return {"lr": self.lr, "scale": self.scale, "waiting_since": list(self.waiting_since)}

    def load(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        self.lr, self.scale = float(state["lr"]), float(state["scale"])
        self.waiting_since = Position.of(state["waiting_since"])

    def _cycle(self, step: int, start: float, peak: float, end: float) -> float:
        if step < self.warmup:
            return _wave(start, peak, step / self.warmup)
        return _wave(peak, end, (step - self.warmup) / max(self.total - 1 - self.warmup, 1))


def _wave(start: float, end: float, progress: float) -> float:
    return end + (start - end) * 0.5 * (1.0 + math.cos(math.pi * min(max(progress, 0.0), 1.0)))
