"""Steps from rows that are streamed: each process reads its own, a block of whole steps ahead of the training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from math import ceil
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor

from ..data.dataset import Dataset
from ..data.inputs import TensorInputs
from ..data.parts import encode
from ..data.records.shard_rows import ShardRows, cut, joined
from ..data.stream import Stream, cut_legs, dealt, share_of, steps_of
from ..runtime.distributed import World
from .feed import Micro, Window, moved

T = TypeVar("T")


class _Block(NamedTuple):
    """Rows of several steps, in their order, and how many each step has of them."""

    data: Dataset
    sizes: list[int]


class StreamFeed:
    """Steps from a stream.

    The rows of an epoch are dealt out to the processes as if one by one, so that their numbers differ by at most one,
    and so do those of each step; each process takes its own from a part of the stream that is its alone. Where other
    processes go on in the middle of an epoch, they share what is left of it.

    Args:
        stream: the training rows.
        sample: some of them, in memory.
        batch_size: samples per step over all processes.
        micro_batch_size: at most this many at once.
        world: the processes that share each step.
    """

    def __init__(
        self, stream: Stream, sample: Dataset, batch_size: int, micro_batch_size: int | None, world: World
    ) -> None:
        self.stream, self.sample, self.batch_size, self.world = stream, sample, batch_size, world
        self.micro = micro_batch_size or batch_size
        self.steps_per_epoch = steps_of(len(stream), batch_size)
        self._turns: dict[int, list[tuple[int, int]]] = {}

    def turns(self, seed: int) -> list[tuple[int, int]]:
        return self._turns.get(seed, [(0, self.world.size)])

    def take_turns(self, seed: int, start: int, turns: Sequence[tuple[int, int]]) -> None:
        before = [(int(step), int(size)) for step, size in turns]
        self._turns = {seed: before if before[-1][1] == self.world.size else [*before, (start, self.world.size)]}

    def names(self, seed: int, number: int) -> list[str]:
        block = next(self._blocks(seed, number))
        return [block.data.ids[row] for row in range(block.sizes[0])]

    def epoch(self, seed: int, start: int) -> Iterator[Window]:
        number = start
        for block in _ahead(self._blocks(seed, start)):
            for rows, batch in zip(block.sizes, _batches(block), strict=True):
                yield self._window(batch, rows, self._count(number))
                number += 1

    def _count(self, number: int) -> int:
        """The rows of a step, over all processes."""
        return self._end(number) - self._end(number - 1)

    def _end(self, number: int) -> int:
        """The rows of an epoch up to the end of a step."""
        return len(self.stream) if number == self.steps_per_epoch - 1 else (number + 1) * self.batch_size

    def _rows(self, seed: int, start: int) -> tuple[int, Iterator[ShardRows]]:
        """This process's own rows of an epoch from a step on, and the rows of all before the processes came that share
        them."""
        turns = [(self._end(step - 1), size) for step, size in self.turns(seed) if step <= start]
        begun, skipped = turns[-1][0], self._before(start, turns[-1][0])
        legs = cut_legs(dealt(len(self.stream), turns)[self.world.rank], skipped)[1]
        return begun, chain.from_iterable(self.stream.read(seed, leg) for leg in legs)

    def _before(self, number: int, begun: int) -> int:
        """This process's own rows before a step, of those after the first `begun` rows of an epoch."""
        return share_of(self._end(number - 1) - begun, self.world.rank, self.world.size)

    def _blocks(self, seed: int, start: int) -> Iterator[_Block]:
        number, left = start, list[ShardRows]()
        begun, parts = self._rows(seed, start)
        for part in parts:
            rows = joined([*left, part]) if left else part
            sizes = list[int]()
            while number < self.steps_per_epoch:
                size = self._before(number + 1, begun) - self._before(number, begun)
                if sum(sizes) + size > len(rows):
                    break
                sizes.append(size)
                number += 1
            if sizes:
                yield _Block(encode(cut(rows, 0, sum(sizes)), self.stream.schema), sizes)
            left = [cut(rows, sum(sizes))]
        if number < self.steps_per_epoch:
            # Other processes have a row more.
            yield _Block(self.sample, [0] * (self.steps_per_epoch - number))

    def _window(self, batch: _Batch, rows: int, everywhere: int) -> Window:
        """The micro-batches of a step: every process takes part in each, if need be with one that must not count."""
        count, device = max(ceil(ceil(everywhere / self.world.size) / self.micro), 1), self.world.device
        if count == 1 and rows:
            return [batch.micro(device)]
        window = [batch.part(place, place + self.micro).micro(device) for place in range(0, rows, self.micro)]
        while len(window) < count:
            window.append(_read(self.sample, torch.zeros(1, dtype=torch.int64)).micro(device, real=False))
        return window


class _Batch(NamedTuple):
    """The samples of a step."""

    inputs: tuple[Tensor, ...]
    targets: Tensor
    weights: Tensor | None

    def part(self, start: int, stop: int) -> _Batch:
        """Some of them."""
        weights = None if self.weights is None else self.weights[start:stop]
        return _Batch(tuple(tensor[start:stop] for tensor in self.inputs), self.targets[start:stop], weights)

    def micro(self, device: torch.device, real: bool = True) -> Micro:
        """They are passed through the model at once."""
        inputs = self.inputs[0] if len(self.inputs) == 1 else self.inputs
        return Micro(moved(inputs, device), moved(self.targets, device), real, moved(self.weights, device))


def _batches(block: _Block) -> Iterator[_Batch]:
    """The samples of each step of a block."""
    data, inputs, total = block.data, block.data.inputs, sum(block.sizes)
    if type(inputs) is not TensorInputs or not isinstance(data.targets, Tensor):
        start = 0
        for size in block.sizes:
            yield _read(data, torch.arange(start, start + size))
            start += size
        return
    # In their order already: views, and no copies.
    parts = [tensor[:total].split(block.sizes) for tensor in (*inputs.tensors, data.targets)]
    weights = None if data.weights is None else data.weights[:total].split(block.sizes)
    for number, step in enumerate(zip(*parts, strict=True)):
        yield _Batch(step[:-1], step[-1], None if weights is None else weights[number])


def _read(data: Dataset, rows: Tensor) -> _Batch:
    inputs, targets = data.read(rows)
    assert targets is not None, "training samples have labels"
    return _Batch(inputs if isinstance(inputs, tuple) else (inputs,), targets, data.weights_of(rows))


def _ahead(items: Iterator[T]) -> Iterator[T]:
    """The same, each made by a thread while the one before it is used. It draws from no global generator."""
    nothing = object()
    with ThreadPoolExecutor(1, thread_name_prefix="crossent-reader") as reader:
        coming = reader.submit(next, items, nothing)
        while (item := coming.result()) is not nothing:
            coming = reader.submit(next, items, nothing)
            yield item  # type: ignore[misc]
