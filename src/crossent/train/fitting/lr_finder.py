"""The learning rate range test: how the loss answers to a learning rate that rises from step to step."""

from __future__ import annotations

import math
from collections.abc import Iterator
from copy import deepcopy
from typing import NamedTuple

import torch

from ..state.rng import rng_kept, seed_all
from .feed import Window, epoch_seed
from .training import Training

_LOW, _HIGH, _STEPS = 1e-6, 10.0, 120
# The share of the smoothed loss that each step keeps, and how far it may rise before the test ends.
_SMOOTH, _TOO_HIGH = 0.9, 2.0


class Found(NamedTuple):
    """The learning rate, and the test's points (learning rate, smoothed loss)."""

    lr: float
    points: list[tuple[float, float]]


def find_lr(training: Training) -> Found:
    """The learning rate at which the loss fell fastest, and at most a tenth of the one at which it was lowest.

    The weights, the optimizer and the random generators are afterwards as they were before.

    Source: Smith 2017, Cyclical Learning Rates, arXiv:1506.01186.
    """
    weights = {name: tensor.clone() for name, tensor in training.bare.state_dict().items()}
    inner = getattr(training.optimizer, "optimizer", training.optimizer)
    before = deepcopy(inner.state_dict())
    with rng_kept():
        seed_all(training.config.seed)
        points = list(_points(training))
    with torch.no_grad():
        for name, tensor in training.bare.state_dict().items():
            tensor.copy_(weights[name])
    inner.state.clear()
    inner.load_state_dict(before)
    training.optimizer.zero_grad(set_to_none=True)
    return Found(choose(points), points)


def choose(points: list[tuple[float, float]]) -> float:
    """The learning rate that the points speak for, to one significant digit."""
    if len(points) < 10:
        return 1e-3
    lowest = min(range(len(points)), key=lambda index: points[index][1])
    span = 5
    slopes = [
        (points[index + span][1] - points[index][1], index + span // 2)
        for index in range(max(lowest - span, 1))
        if index + span < len(points)
    ]
    steepest = min(slopes)[1] if slopes else lowest
    return float(f"{min(points[steepest][0], points[lowest][0] / 10):.1g}")


def _points(training: Training) -> Iterator[tuple[float, float]]:
    smoothed, lowest = 0.0, math.inf
    if not training.model.training:
        training.model.train()
    for number, window in zip(range(_STEPS), _windows(training), strict=False):
        lr = _LOW * (_HIGH / _LOW) ** (number / (_STEPS - 1))
        for group in training.optimizer.param_groups:
            group["lr"] = lr * group.get("scale", 1.0)
        loss = _step(training, window)
        if not math.isfinite(loss):
            return
        smoothed = _SMOOTH * smoothed + (1 - _SMOOTH) * loss
        value = smoothed / (1 - _SMOOTH ** (number + 1))
        yield lr, value
        lowest = min(lowest, value)
        if number > _STEPS // 10 and value > _TOO_HIGH * lowest:
            return


def _windows(training: Training) -> Iterator[Window]:
    epoch = 0
    while True:
        yield from training.feed.epoch(epoch_seed(training.config.seed, epoch), 0)
        epoch += 1


def _step(training: Training, window: Window) -> float:
    engine, task = training.engine, training.task
    training.optimizer.zero_grad(set_to_none=True)
    sums = torch.zeros(2, dtype=torch.float64)
    for micro in window:
        step = task(training.model, micro.inputs, *micro.labels)
        weight = float(step.weight) or 1.0
        engine.backward(step.loss, torch.tensor(1.0 / weight / len(window)).to(step.loss))
        if micro.real:
            sums += torch.tensor([float(step.loss.detach()), weight])
    if training.config.clip is not None:
        engine.clip(training.model, training.optimizer, training.config.clip)
    training.optimizer.step()
    loss, weight = engine.world.sum(sums).tolist()
    return float(loss / weight) if weight else math.nan
