"""Several processes that train one model: who does what, and how they agree.

Legend: P processes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import torch
import torch.distributed as dist
from torch import Tensor

T = TypeVar("T")


@dataclass(frozen=True)
class World:
    """The processes of a run; of one process it costs nothing.

    Attributes:
        rank: this process, from 0.
        size: P.
        device: where this process computes.
    """

    rank: int = 0
    size: int = 1
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    def share(self, rows: Tensor) -> Tensor:
        """This process's part of the rows: every P-th, so that shares differ by at most one row."""
        return rows if self.size == 1 else rows[self.rank :: self.size]

    def batches(self, count: int, batch_size: int) -> Iterator[tuple[Tensor, int]]:
        """Rows 0 to `count` in order, each once over all processes, and how many leading rows of a batch are real.

        Every process gets equally many batches, because a sharded model has all of them take part in each; a process
        without a row of its own repeats row 0, with 0 real rows.
        """
        for start in range(0, count, batch_size * self.size):
            rows = self.share(torch.arange(start, min(start + batch_size * self.size, count)))
            yield (rows, len(rows)) if len(rows) else (torch.zeros(1, dtype=torch.int64), 0)

    def sum(self, values: Tensor) -> Tensor:
        """The sum over all processes, where the values were."""
        if self.size == 1:
            return values
        moved = values.detach().to(self.device, copy=True)
        dist.all_reduce(moved)
        return moved.to(values.device)

    def same(self, value: Any) -> Any:
        """Give every process the value of process 0."""
        if self.size == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box, src=0, device=self.device)
        return box[0]

    def first(self, act: Callable[[], T]) -> T:
        """Run work on process 0 alone; every process gets its result, or fails as it did: none waits for it."""
        done: tuple[Any, Exception | None] = (None, None)
        if self.rank == 0:
            try:
                done = act(), None
            # Any: it is raised below, in every process.
            except Exception as error:
                done = None, error
        value, problem = self.same(done)
        if problem is not None:
            raise problem
        return cast(T, value)

    def gathered(self, value: Any) -> list[Any]:
        """Give every process the values of all."""
        if self.size == 1:
            return [value]
        values: list[Any] = [None] * self.size
        dist.all_gather_object(values, value)
        return values

    def first_copies(self, tensors: list[Tensor]) -> None:
        """Overwrite these tensors with those of process 0."""
        if self.size > 1:
            for tensor in tensors:
                dist.broadcast(tensor, src=0)

    def wait(self) -> None:
        """Until every process is here."""
        if self.size > 1:
            dist.barrier()


class Agreement:
    """A wish of any process, noticed by all of them at the same step.

    The wishes of all travel as a sum with what the processes exchange anyway. A GPU is asked for a sum only some steps
    later, when it has long been done, so that no step waits.
    """

    LAG = 8

    def __init__(self, device: torch.device) -> None:
        self._cuda = device.type == "cuda"
        self._waiting: deque[tuple[Tensor, Any]] = deque()

    def reached(self, wishes: Tensor) -> bool:
        """Take the sum of this step's wishes, 0-d; whether those of the step that is now due were any."""
        if not self._cuda:
            return bool(wishes > 0)
        copy = torch.empty((), dtype=wishes.dtype, pin_memory=True)
        copy.copy_(wishes, non_blocking=True)
        event = torch.cuda.Event()
        event.record()
        self._waiting.append((copy, event))
        if len(self._waiting) <= self.LAG:
            return False
        oldest, event = self._waiting.popleft()
        event.synchronize()
        return bool(oldest > 0)
