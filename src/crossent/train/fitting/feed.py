"""Steps of training: which samples each optimizer step sees, and in which parts.

The order of an epoch depends on the seed and the number of the epoch alone, so a run can go on in the middle of one.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice, repeat
from math import ceil
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from ..data.dataset import Dataset
from ..data.inputs import TensorInputs
from ..data.stream import steps_of
from ..runtime.distributed import World

# Rows of this many steps, and this many bytes, are gathered at once where the data are whole tensors: slices of them
# are free, and what fits into the cache is gathered quickest.
_STEPS_AT_ONCE = 32
_BYTES_AT_ONCE = 1 << 18
# Batches that come from disk are read by this many threads, this many ahead.
_READERS, _AHEAD = 2, 4


class Micro(NamedTuple):
    """A part of a step's samples that passes through the model at once; `real` is False for one that must not count,
    `weights` (n,) multiply the losses of its samples."""

    inputs: Any
    targets: Tensor
    real: bool = True
    weights: Tensor | None = None

    @property
    def labels(self) -> tuple[Tensor, ...]:
        """The targets, and their weights where samples have some."""
        return (self.targets,) if self.weights is None else (self.targets, self.weights)


class _Part(NamedTuple):
    rows: Tensor
    last: bool
    real: bool


Window = list[Micro]


class Feed(Protocol):
    """The training samples."""

    steps_per_epoch: int

    def epoch(self, seed: int, start: int) -> Iterator[Window]:
        """The steps of an epoch from number `start` on."""

    def names(self, seed: int, number: int) -> Sequence[str]:
        """This process's own samples of a step by their ids."""

    def turns(self, seed: int) -> list[tuple[int, int]]:
        """From which steps of an epoch how many processes have shared its samples; nothing where it does not matter."""

    def take_turns(self, seed: int, start: int, turns: Sequence[tuple[int, int]]) -> None:
        """Go on with an epoch from a step, after processes that have taken these turns."""


class _Anew:
    """Each step is shared among the processes that there are: who was there before does not matter."""

    def turns(self, seed: int) -> list[tuple[int, int]]:
        return []

    def take_turns(self, seed: int, start: int, turns: Sequence[tuple[int, int]]) -> None:
        pass


def epoch_seed(seed: int, epoch: int) -> int:
    """A seed for one epoch (from 0), which needs no memory of the epochs before it."""
    return seed * 2**24 + epoch + 1


class RowFeed(_Anew):
    """Steps from samples that can be had by number.

    Args:
        data: the training samples.
        batch_size: samples per step over all processes. A last step of a single sample would be one that batch
            normalisation cannot train on: it joins the step before.
        micro_batch_size: at most this many at once.
        world: the processes that share each step.
    """

    def __init__(self, data: Dataset, batch_size: int, micro_batch_size: int | None, world: World) -> None:
        self.data = data
        self.batch_size = batch_size
        self.micro = micro_batch_size or batch_size
        self.world = world
        self.steps_per_epoch = steps_of(len(data), batch_size)

    def rows(self, seed: int) -> Tensor:
        """The order of an epoch. Drawn on the CPU: one seed gives one order on every device."""
        return torch.randperm(len(self.data), generator=torch.Generator().manual_seed(seed))

    def names(self, seed: int, number: int) -> list[str]:
        rows = self.world.share(self._of_step(self.rows(seed), number))
        return [self.data.ids[row] for row in rows.tolist()]

    def epoch(self, seed: int, start: int) -> Iterator[Window]:
        order = self.rows(seed)
        if self._can_be_sliced():
            yield from self._sliced(order, start)
            return
        numbers = range(start, self.steps_per_epoch)
        parts = (part for number in numbers for part in self._parts(order, number))
        window: Window = []
        for (inputs, targets), part in self._read(parts):
            # In the order of the steps: this may draw from torch's global generator.
            batch = (*self.data.augmented(inputs, targets), self.data.weights_of(part.rows))
            inputs, targets, weights = (moved(value, self.world.device) for value in batch)
            window.append(Micro(inputs, targets, part.real, weights))
            if part.last:
                yield window
                window = []

    def _parts(self, order: Tensor, number: int) -> Iterator[_Part]:
        rows = self._of_step(order, number)
        count = ceil(ceil(len(rows) / self.world.size) / self.micro)
        own = self.world.share(rows)
        for part in range(count):
            mine = own[part * self.micro : (part + 1) * self.micro]
            # Every process takes part in every micro-batch: one without a sample of its own repeats one that must
            # not count.
            yield _Part(mine if len(mine) else rows[:1], part == count - 1, bool(len(mine)))

    def _read(self, parts: Iterator[_Part]) -> Iterator[tuple[tuple[Any, Any], _Part]]:
        if not self.data.lazy:
            for part in parts:
                yield self.data.read(part.rows), part
            return
        waiting: deque[tuple[Future[tuple[Any, Any]], _Part]] = deque()
        with ThreadPoolExecutor(_READERS, thread_name_prefix="crossent-reader") as readers:
            try:
                while True:
                    for part in islice(parts, _AHEAD - len(waiting)):
                        waiting.append((readers.submit(self.data.read, part.rows), part))
                    if not waiting:
                        return
                    batch, read = waiting.popleft()
                    yield batch.result(), read
            finally:
                for batch, _ in waiting:
                    batch.cancel()

    def _of_step(self, order: Tensor, number: int) -> Tensor:
        end = len(order) if number == self.steps_per_epoch - 1 else (number + 1) * self.batch_size
        return order[number * self.batch_size : end]

    def _can_be_sliced(self) -> bool:
        data = self.data
        whole = type(data.inputs) is TensorInputs and isinstance(data.targets, Tensor)
        return whole and data.augment is None and self.world.size == 1 and self.micro >= self.batch_size

    def _sliced(self, order: Tensor, start: int) -> Iterator[Window]:
        device = self.world.device
        number = start
        at_once = self._steps_at_once()
        while number < self.steps_per_epoch:
            stop = min(number + at_once, self.steps_per_epoch)
            first = number * self.batch_size
            end = len(order) if stop == self.steps_per_epoch else stop * self.batch_size
            inputs, targets = self.data.read(order[first:end])
            assert targets is not None, "training samples have labels"
            inputs, targets = moved(inputs, device), moved(targets, device)
            sizes = [self.batch_size] * (stop - number - 1)
            sizes.append(end - first - sum(sizes))
            weights = self.data.weights_of(order[first:end])
            weighed = repeat(None) if weights is None else moved(weights, device).split(sizes)
            parts = zip(*(tensor.split(sizes) for tensor in (*_tuple(inputs), targets)), strict=True)
            for part, weight in zip(parts, weighed, strict=False):
                yield [Micro(part[0] if len(part) == 2 else part[:-1], part[-1], weights=weight)]
            number = stop

    def _steps_at_once(self) -> int:
        inputs = _tuple(self.data.read(torch.zeros(1, dtype=torch.int64))[0])
        size = sum(tensor.numel() * tensor.element_size() for tensor in inputs) * self.batch_size
        return max(min(_STEPS_AT_ONCE, _BYTES_AT_ONCE // max(size, 1)), 1)


class LoaderFeed(_Anew):
    """Steps from any iterable of (inputs, targets) with a length, such as a torch DataLoader: one step per batch.

    Every process reads every batch and takes its share of it. The loader shuffles with torch's global generator, which
    is seeded before each epoch.
    """

    def __init__(self, loader: Any, micro_batch_size: int | None, world: World) -> None:
        self.loader = loader
        self.micro = micro_batch_size
        self.world = world
        self.steps_per_epoch = len(loader)

    def names(self, seed: int, number: int) -> list[str]:
        return []

    def epoch(self, seed: int, start: int) -> Iterator[Window]:
        state = torch.get_rng_state()
        torch.manual_seed(seed)
        random.seed(seed)
        batches = iter(self.loader)
        for _ in range(start):
            next(batches)
        if start:
            # As the checkpoint left it, after the loader has drawn its order.
            torch.set_rng_state(state)
        for batch in batches:
            yield self._window(batch)

    def _window(self, batch: Any) -> Window:
        inputs, targets = split_batch(batch)
        count = len(targets)
        micro = self.micro or count
        if self.world.size == 1 and count <= micro:
            return [Micro(moved(inputs, self.world.device), targets.to(self.world.device))]
        rows = self.world.share(torch.arange(count))
        parts = ceil(ceil(count / self.world.size) / micro)
        window = []
        for part in range(parts):
            mine = rows[part * micro : (part + 1) * micro]
            chosen = mine if len(mine) else torch.zeros(1, dtype=torch.int64)
            picked = tuple(moved(tensor[chosen], self.world.device) for tensor in (*_tuple(inputs), targets))
            window.append(Micro(picked[0] if len(picked) == 2 else picked[:-1], picked[-1], bool(len(mine))))
        return window


def split_batch(batch: Any) -> tuple[Any, Tensor]:
    """Inputs and targets of what a loader gives.

    Raises:
        ValueError: it is neither (inputs, targets) nor (input, input, …, targets).
    """
    if isinstance(batch, Sequence) and not isinstance(batch, str) and len(batch) >= 2 and isinstance(batch[-1], Tensor):
        first = tuple(batch[:-1])
        return (first[0] if len(first) == 1 else first), batch[-1]
    raise ValueError(
        f"a batch of the training loader must be (inputs, targets), got {type(batch).__name__}; give the loader a "
        "collate_fn that returns such a pair"
    )


def _tuple(inputs: Any) -> tuple[Tensor, ...]:
    return tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)


def moved(value: Any, device: torch.device) -> Any:
    """Tensors, alone or several, on the device."""
    if isinstance(value, Tensor):
        return value if value.device == device else value.to(device, non_blocking=True)
    return tuple(moved(part, device) for part in value) if isinstance(value, Iterable) else value
