"""One pass over a data set: the model in eval mode, every sample once on however many processes.

`quick` gives the metrics of a validation from sums alone, `collect` keeps what a report needs. Legend: N samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ...core.dtypes import count_dtype
from ..runtime.distributed import World
from ..tasks.base import Target, Task
from ..tasks.metrics import Counts, class_metrics, ratio, weighted
from .outputs import Outputs, PixelOutputs, Samples
from .pixels import PixelSums
from .ranking import RANKINGS, ranked


class Quick(NamedTuple):
    """The loss and the metrics of a validation; NaN where nothing counts or a metric is not defined."""

    loss: float
    metrics: dict[str, float]


def quick(task: Task, model: nn.Module, data: Samples, batch_size: int, world: World | None = None) -> Quick:
    """The exact mean loss and the task's metrics, from sums on the device, read once at the end."""
    world = world or World()
    device = device_of(model)
    counts = Counts.zeros(len(task.classes), device)
    # Σ loss and Σ weight, then numerator and denominator of each mean.
    sums = _means(task, *(part.to(device) for part in task.empty()))
    kept = Gathered(task, len(data), losses=False) if RANKINGS & set(task.metrics) else None
    for rows, logits, targets in batches(task, model, data, batch_size, world):
        assert targets is not None, "a validation has labels"
        weights = _weights(data, rows, logits.device)
        step = task.step(logits, targets, weights)
        counts = counts + task.tally(task.predictions(logits), targets, weighted(task.counts(targets), weights))
        part = _means(task, logits, targets, weights)
        part["loss"] = _pair(step.loss.detach(), step.weight, device)
        sums = {name: total + part[name] for name, total in sums.items()}
        if kept is not None:
            kept.add(rows, logits, targets)
    counts = Counts.stacked(world.sum(counts.stack()).cpu())
    pairs = world.sum(torch.stack([*sums.values()])).tolist()
    means = {name: ratio(*pair) for name, pair in zip(sums, pairs, strict=True)}
    lines = class_metrics(counts, task.classes)
    if kept is not None:
        lines = ranked(lines, kept.outputs(data, float("nan"), world), task.told)
    loss = means.pop("loss")
    found = task.measured(counts, lines, means)
    return Quick(_number(loss), {name: _number(found[name]) for name in task.metrics})


def collect(
    task: Task, model: nn.Module, data: Samples, batch_size: int, world: World | None = None
) -> Outputs | PixelOutputs:
    """Collect the model's outputs on every sample, in the order of the data, the same on every process.

    Data without labels have outputs without targets, which cannot be scored.
    """
    world = world or World()
    sums = torch.zeros(2, dtype=torch.float64)
    kept = PixelSums(task, len(data)) if task.target is Target.MASK else Gathered(task, len(data))
    for rows, logits, targets in batches(task, model, data, batch_size, world):
        if targets is not None:
            step = task.step(logits, targets, _weights(data, rows, logits.device))
            sums += _pair(step.loss.detach(), step.weight, sums.device)
        kept.add(rows, logits, targets)
    loss, weight = world.sum(sums).tolist()
    return replace(kept.outputs(data, loss / weight if weight else float("nan"), world), divisor=weight)


@contextmanager
def eval_mode(model: nn.Module) -> Iterator[None]:
    """Set every submodule to eval, and give each its own mode back: a frozen part stays frozen."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def to_device(value: Any, device: torch.device) -> Any:
    """A tensor, or tensors in tuples, lists and dicts, on the device."""
    if isinstance(value, Tensor):
        return value.to(device, non_blocking=True)
    if isinstance(value, dict):
        return {name: to_device(item, device) for name, item in value.items()}
    return type(value)(to_device(item, device) for item in value) if isinstance(value, (tuple, list)) else value


def batches(
    task: Task, model: nn.Module, data: Samples, batch_size: int, world: World
) -> Iterator[tuple[Tensor, Tensor, Tensor | None]]:
    """This process's own rows, with their logits and targets on the device of the model."""
    device = device_of(model)
    with eval_mode(model), torch.no_grad():
        for rows, own in world.batches(len(data), batch_size):
            inputs, targets = data.batch(rows)
            # Rows that only fill up go through the model, as all processes must call it as often, and end here.
            logits = task.logits(model, to_device(inputs, device))[:own]
            if own:
                yield rows[:own], logits, None if targets is None else to_device(targets, device)[:own]


class Gathered:
    """Logits and targets of a whole data set on the CPU, put together over the processes.

    Args:
        task: whose they are.
        samples: N.
        losses: whether each sample's surprise is kept too.
    """

    def __init__(self, task: Task, samples: int, losses: bool = True) -> None:
        self.task, self.samples, self.losses = task, samples, losses
        self._labelled = True
        self._parts: dict[str, Tensor] = {}

    def add(self, rows: Tensor, logits: Tensor, targets: Tensor | None) -> None:
        """Take the samples of these rows."""
        self._put("logits", rows, logits)
        self._labelled = targets is not None
        if targets is not None:
            self._put("targets", rows, targets)
            if self.losses:
                self._put("losses", rows, self.task.surprise(logits, targets).double())

    def outputs(self, data: Samples, loss: float, world: World) -> Outputs:
        """The outputs that all processes have added."""
        logits, targets = self.task.empty()
        everything = self._whole("logits", logits, world)
        if not self._labelled:
            return Outputs(self.task, everything, None, None, data.ids, loss)
        truths = self._whole("targets", targets, world)
        losses = self._whole("losses", torch.zeros(0, dtype=torch.float64), world) if self.losses else None
        weights = _weights(data, torch.arange(self.samples), torch.device("cpu"))
        return Outputs(self.task, everything, truths, losses, data.ids, loss, weights)

    def _put(self, name: str, rows: Tensor, values: Tensor) -> None:
        if name not in self._parts:
            self._parts[name] = torch.zeros(self.samples, *values.shape[1:], dtype=values.dtype)
        self._parts[name][rows] = values.detach().cpu()

    def _whole(self, name: str, empty: Tensor, world: World) -> Tensor:
        # Without samples, or on a process that has none of its own: a sum takes part all the same.
        part = self._parts.get(name, empty.new_zeros(self.samples, *empty.shape[1:]))
        # Each row is on one process and 0 on the others.
        return world.sum(part) if world.size > 1 else part


def device_of(model: nn.Module) -> torch.device:
    """Where the model's weights are."""
    tensor = next(model.parameters(), None)
    return torch.device("cpu") if tensor is None else tensor.device


def _means(task: Task, logits: Tensor, targets: Tensor, weights: Tensor | None = None) -> dict[str, Tensor]:
    """Numerator and denominator of the loss, which is still to come, and of each mean."""
    found = task.means(logits, task.predictions(logits), targets, weighted(task.counts(targets), weights))
    pairs = {name: _pair(*pair, logits.device) for name, pair in found.items()}
    return {"loss": torch.zeros(2, dtype=count_dtype(logits.device), device=logits.device), **pairs}


def _weights(data: Samples, rows: Tensor, device: torch.device) -> Tensor | None:
    """The weights of these rows, of data that have some."""
    weights_of = getattr(data, "weights_of", None)
    found: Tensor | None = None if weights_of is None else to_device(weights_of(rows), device)
    return found


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _pair(numerator: Tensor, denominator: Tensor | float, device: torch.device) -> Tensor:
    dtype = count_dtype(device)
    return torch.stack([torch.as_tensor(value, dtype=dtype, device=device) for value in (numerator, denominator)])
