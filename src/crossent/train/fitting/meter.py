"""The exact mean loss and metric of the training samples: numerators and denominators are summed, and divided once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ...core.dtypes import count_dtype
from ..runtime.distributed import World
from ..tasks.base import Step, Task

# Logits of up to this many numbers are kept until the block is full, and are then looked at together.
_SMALL = 1 << 15


class Means(NamedTuple):
    """Σ loss / Σ weight and Σ hits / Σ of; NaN where nothing counts."""

    loss: float
    metric: float


class Meter:
    """Collects the steps as they are, and adds them up in blocks: nothing in a step waits for the device.

    A mean of batch means would weigh the samples of a small last batch more than the others, and ignore that class
    weights differ between batches.

    Args:
        task: says what is right.
        world: the processes whose steps are added up together.
    """

    def __init__(self, task: Task, world: World) -> None:
        self.task, self.world = task, world
        self._dtype = count_dtype(world.device)
        self.sums = torch.zeros(4, dtype=self._dtype)
        self._numbers: list[int] = []
        self._losses: list[Tensor] = []
        self._weights: list[Any] = []
        self._outputs: list[tuple[Tensor, ...]] = []
        self._hits: list[tuple[Any, Any]] = []

    def add(self, part: Step, number: int) -> None:
        """Add a batch, or a part of one, of the step with this number."""
        loss, weight, logits, targets, weights = part
        self._numbers.append(number)
        self._losses.append(loss.detach())
        self._weights.append(weight)
        outputs = (logits, targets) if weights is None else (logits, targets, weights)
        if logits.numel() <= _SMALL:
            self._outputs.append(outputs)
        else:
            self._hits.append(self.task.hits(*outputs))

    def settle(self) -> int | None:
        """Add up what was collected; the number of the first step, of any process, whose loss is not finite."""
        first = -1
        if self._numbers:
            losses = torch.stack(self._losses)
            if self._outputs:
                self._hits.append(self.task.hits(*map(torch.cat, zip(*self._outputs, strict=True))))
            hits, of = zip(*self._hits, strict=True)
            sums = (losses.to(self._dtype).sum(), *map(self._sum, (self._weights, hits, of)))
            self.sums += torch.stack([value.cpu() for value in sums])
            if not math.isfinite(self.sums[0]):
                finite = torch.isfinite(losses)
                first = -1 if bool(finite.all()) else self._numbers[int(torch.nonzero(~finite)[0, 0])]
            for collected in (self._numbers, self._losses, self._weights, self._outputs, self._hits):
                collected.clear()
        if self.world.size == 1:
            return None if first < 0 else first
        found = torch.zeros(self.world.size)
        found[self.world.rank] = first + 1
        steps = [int(value) - 1 for value in self.world.sum(found).tolist() if value > 0]
        return min(steps, default=None)

    def means(self) -> Means:
        """The means over everything added by any process, after which the next ones begin."""
        loss, weight, hits, of = self.world.sum(self.sums).tolist()
        self.sums = torch.zeros_like(self.sums)
        return Means(loss / weight if weight else float("nan"), hits / of if of else float("nan"))

    def state(self) -> dict[str, Any]:
        """The state that a checkpoint keeps: the sums over all processes."""
        return {"sums": self.world.sum(self.sums).tolist()}

    def load(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint; the first process carries what all had."""
        values = torch.tensor(state["sums"], dtype=self._dtype)
        self.sums = values if self.world.rank == 0 else torch.zeros_like(values)

    def _sum(self, values: Sequence[Any]) -> Tensor:
        if isinstance(values[0], Tensor):
            return torch.stack(list(values)).to(self._dtype).sum()
        return torch.tensor(float(sum(values)), dtype=self._dtype)
