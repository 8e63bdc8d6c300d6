"""The training rows of files that are never in memory together: in an order of each epoch's own, to the row.

Legend: P processes, N training rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import DataError
from .records.shard_rows import ROW, ShardRows
from .schema import Schema
from .shares import Shares
from .sources.shards import Shards
from .survey import Survey, keys_of, labelled

# Rows that are mixed with each other: so many, and so much of the memory that data may take.
_MIXED, _SHARE = 1 << 18, 16


@dataclass(frozen=True, eq=False)
class Stream:
    """The training rows of files.

    Row groups come in a random order; so many of them that about `mixed` rows are together are read at a time, and
    their rows mixed. Of P processes each reads a P-th of the rows, one after the other, of this order: a row group is
    read by the one or two processes whose rows it holds.

    Attributes:
        shards: the files.
        schema: how rows are read.
        shares: which of them are in training.
        kept: the training rows of each row group.
        single: rows without a label are left out.
        memory: bytes that data may take in memory.
    """

    shards: Shards
    schema: Schema
    shares: Shares
    kept: NDArray[np.int64]
    single: bool
    memory: int
    mixed: int = field(init=False)

    def __post_init__(self) -> None:
        each = max(1, self.shards.bytes // max(self.shards.rows, 1))
        object.__setattr__(self, "mixed", max(1, min(_MIXED, self.memory // _SHARE // each)))

    def __len__(self) -> int:
        return int(self.kept.sum())

    def read(self, seed: int, leg: Leg) -> Iterator[ShardRows]:
        """The rows of a stretch of an epoch's order of row groups, mixed.

        Args:
            seed: of the epoch.
            leg: which of them.

        Raises:
            DataError: a file is gone, damaged, or not what it was.
        """
        groups, done = self.shards.groups, 0
        for number, window in enumerate(self._windows(seed, leg.first, leg.last)):
            count = sum(stop - begin for _, begin, stop in window)
            if done >= leg.stop:
                break
            if done + count > leg.start:
                rows = pa.concat_tables([self._training(groups[group], group)[a:b] for group, a, b in window])
                generator = torch.Generator().manual_seed((seed * 2**20 + number) * 2**12 % 2**63 + leg.first % 2**12)
                order = torch.randperm(count, generator=generator).numpy()
                order = order[max(leg.start - done, 0) : leg.stop - done]
                yield ShardRows.of(self.shards, rows.combine_chunks().take(pa.array(order)), self.memory)
            done += count

    def _windows(self, seed: int, first: int, last: int) -> Iterator[list[tuple[int, int, int]]]:
        """The row groups that are mixed with each other: their numbers, and which of their training rows."""
        order = torch.randperm(len(self.kept), generator=torch.Generator().manual_seed(seed)).numpy()
        ends = np.cumsum(self.kept[order])
        window: list[tuple[int, int, int]] = []
        rows = 0
        for place in range(int(np.searchsorted(ends, first, "right")), len(order)):
            group = int(order[place])
            begin = int(ends[place] - self.kept[group])
            if begin >= last:
                break
            piece = (group, max(first - begin, 0), min(last, int(ends[place])) - begin)
            if piece[2] > piece[1]:
                window.append(piece)
                rows += piece[2] - piece[1]
            if rows >= self.mixed:
                yield window
                window, rows = [], 0
        if window:
            yield window

    def _training(self, where: tuple[int, int], number: int) -> pa.Table:
        """The training rows of a row group, with their numbers."""
        group = (self.shares.group,) if self.shares.group is not None else ()
        table = self.shards.read(*where, sorted({*self.schema.used, *group}))
        start = self.shards.starts[number]
        rows = np.arange(start, start + table.num_rows)
        there = self.shares.parts(rows, table) == 0
        if self.single:
            there &= labelled(*keys_of(table, self.schema.target))
        if int(there.sum()) != self.kept[number]:
            name = self.shards.shards[where[0]].name
            raise DataError(f"{name}: the file has other rows than when the run began; put it back as it was")
        return table.append_column(ROW, pa.array(rows)).filter(pa.array(there))


@dataclass(frozen=True, eq=False)
class Streamed:
    """A stream with what was found out about its files: of the source itself and of parts that came apart, by name;
    `classes` counts its rows by class, (C,)."""

    rows: Stream
    surveys: Mapping[str, Survey]
    classes: Tensor


class Leg(NamedTuple):
    """Some rows of a stretch of an epoch's order of row groups: `start` to `stop` of the mixed rows `first` to
    `last`."""

    first: int
    last: int
    start: int
    stop: int


def dealt(count: int, turns: Sequence[tuple[int, int]]) -> list[list[Leg]]:
    """The rows of an epoch that are each process's own.

    Args:
        count: the rows of the epoch.
        turns: after how many rows, 0 at first, how many processes went on. They share what those before them have left:
            each row is read once, however often their number changes.
    """
    first = turns[0][1]
    ends = np.cumsum([0, *(share_of(count, rank, first) for rank in range(first))]).tolist()
    begun, own = 0, [[Leg(start, end, 0, end - start)] for start, end in pairwise(ends)]
    for done, processes in turns[1:]:
        left = [
            leg for rank, legs in enumerate(own) for leg in cut_legs(legs, share_of(done - begun, rank, len(own)))[1]
        ]
        begun, own = done, []
        for rank in range(processes):
            mine, left = cut_legs(left, share_of(count - done, rank, processes))
            own.append(mine)
    return own


def cut_legs(legs: Sequence[Leg], rows: int) -> tuple[list[Leg], list[Leg]]:
    """The first rows, and the others."""
    first, rest = list[Leg](), list[Leg]()
    for leg in legs:
        place = min(leg.start + rows, leg.stop)
        rows -= place - leg.start
        first += [leg._replace(stop=place)] if place > leg.start else []
        rest += [leg._replace(start=place)] if place < leg.stop else []
    return first, rest


def share_of(count: int, rank: int, size: int) -> int:
    """How many of `count` rows are a process's own, if they are dealt out one by one."""
    return max(0, -(-(count - rank) // size))


def steps_of(count: int, batch_size: int) -> int:
    """The steps of an epoch; a last one of a single row joins the step before."""
    return max(-(-count // batch_size) - (count % batch_size == 1 and count > batch_size > 1), 1)
