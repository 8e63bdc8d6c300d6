"""One pass over rows that are never in memory together: what a census counts, and samples of each part.

Which part a row is in depends on its number, or its group, and the seed alone; so does whether it is in a sample. Every
process counts row groups of its own, and all of them put the same together. Legend: N rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..errors import DataError
from .columns import factorised
from .numbers import MISSING
from .records.base import Rows
from .records.shard_rows import ROW
from .shares import PARTS, Shares
from .sketches import VALUES, Span, Values
from .sources.shards import Shards

if TYPE_CHECKING:
    from ..runtime.distributed import World

# Different labels that are counted.
_LABELS = 100_000
# Between the labels of a row that has several columns of them.
_BETWEEN = "\x1e"


@dataclass
class Survey:
    """The counts of all rows of a source, and samples of them.

    Attributes:
        kept: the training rows of each row group.
        labels: of each part, how often each label is there.
        samples: of each part, the rows that are held, with their numbers in the column `ROW`, in order.
        spans, values: of the training rows, by column.
        unlabelled: the rows that have no label, and are left out; and the number of the first.
    """

    kept: NDArray[np.int64]
    labels: dict[str, Counter[str]]
    samples: dict[str, pa.Table]
    spans: dict[str, Span] = field(default_factory=dict)
    values: dict[str, Values] = field(default_factory=dict)
    unlabelled: tuple[int, int] = (0, -1)

    @property
    def rows(self) -> dict[str, int]:
        """How many there are in each part."""
        return {name: sum(counts.values()) for name, counts in self.labels.items()}


def survey(
    shards: Shards, target: Sequence[str], shares: Shares, world: World, single: bool = True, skip: bool = False
) -> Survey:
    """Read all rows once: those of every P-th row group in each of P processes.

    Args:
        shards: the files.
        target: the columns of the labels.
        shares: who is in which part.
        world: the processes.
        single: a row without a label is an error, or left out where `skip` says so; else it may have none.
        skip: see above.

    Raises:
        DataError: a file is damaged, or a row has no label.
    """
    pass_ = _Pass(shards, target, shares, single)
    error: DataError | None = None
    try:
        for number in range(world.rank, len(pass_.groups), world.size):
            pass_.read(number)
        pass_.found.samples = {name: pa.concat_tables(tables) for name, tables in pass_.held.items() if tables}
    except DataError as found:
        error = found
    # All of them hear of an error: none waits for one that has failed.
    everywhere = world.gathered((error, pass_.found, pass_.firsts))
    for failed, _, _ in everywhere:
        if failed is not None:
            raise failed
    merged = _merged([found for _, found, _ in everywhere], [firsts for _, _, firsts in everywhere])
    count, first = merged.unlabelled
    if count and not skip:
        if count == 1:
            raise DataError(
                f"{shards.name}: 1 row has no label (column {target[0]!r}), {shards.where(first)}; correct it, or "
                "leave such rows out with --data.on_bad_row skip"
            )
        raise DataError(
            f"{shards.name}: {count:,} rows have no label (column {target[0]!r}), the first {shards.where(first)}; "
            "correct it, or leave such rows out with --data.on_bad_row skip"
        )
    return merged


class _Pass:
    """The part of one process."""

    def __init__(self, shards: Shards, target: Sequence[str], shares: Shares, single: bool) -> None:
        self.shards, self.target, self.shares, self.single = shards, target, shares, single
        self.groups, self.starts = shards.groups, shards.starts
        labels: dict[str, Counter[str]] = {name: Counter() for name in PARTS}
        self.found = Survey(np.zeros(len(self.groups), dtype=np.int64), labels, {})
        self.held: dict[str, list[pa.Table]] = {name: [] for name in PARTS}
        # The first row of each label and part, which is held so that every label is known.
        self.firsts: dict[tuple[str, str], tuple[int, pa.Table]] = {}

    def read(self, number: int) -> None:
        """Look at a row group."""
        table = self.shards.read(*self.groups[number])
        rows = np.arange(self.starts[number], self.starts[number + 1])
        parts = self.shares.parts(rows, table)
        labels, places = keys_of(table, self.target)
        if self.single:
            there = labelled(labels, places)
            lost = np.flatnonzero(~there)
            if len(lost):
                count, first = self.found.unlabelled
                self.found.unlabelled = (count + len(lost), int(rows[lost[0]]) if first < 0 else first)
                good = pa.array(there)
                table, rows, parts, places = table.filter(good), rows[there], parts[there], places[there]
        self.found.kept[number] = int((parts == 0).sum())
        self._count(labels, places, parts, rows, table)
        sampled = self.shares.in_sample(rows, parts)
        for part, name in enumerate(PARTS):
            chosen = np.flatnonzero(sampled & (parts == part))
            if len(chosen):
                self.held[name].append(_picked(table, rows, chosen))
        self._columns(table if (parts == 0).all() else table.filter(pa.array(parts == 0)))

    def _count(self, labels: list[str], places: Rows, parts: NDArray[np.int8], rows: Rows, table: pa.Table) -> None:
        for part, name in enumerate(PARTS):
            own = np.flatnonzero(parts == part)
            used, first, counts = np.unique(places[own], return_index=True, return_counts=True)
            known = self.found.labels[name]
            for place, row, count in zip(used.tolist(), own[first].tolist(), counts.tolist(), strict=True):
                label = labels[place]
                if label not in known:
                    if len(known) >= _LABELS:
                        raise DataError(
                            f"{self.shards.name}: more than {_LABELS:,} different labels, or combinations of labels "
                            f"(such as {label!r}). Is it the right column?"
                        )
                    self.firsts[name, label] = (int(rows[row]), _picked(table, rows, np.asarray([row])))
                known[label] += count

    def _columns(self, table: pa.Table) -> None:
        for item in table.schema:
            column = table.column(item.name)
            if pa.types.is_integer(item.type) or pa.types.is_floating(item.type):
                self.found.spans.setdefault(item.name, Span()).add(column.cast(pa.float64()).to_numpy())
            elif pa.types.is_string(item.type) or pa.types.is_large_string(item.type):
                values, places = factorised(column)
                # Of texts, each of which is another, the values are no categories.
                if item.name not in self.target and len(values) <= max(VALUES, len(table) // 2):
                    counts = np.bincount(places, minlength=len(values)).tolist()
                    self.found.values.setdefault(item.name, Values()).add(values, counts)


def keys_of(table: pa.Table, target: Sequence[str]) -> tuple[list[str], Rows]:
    """The different labels of rows, those of several columns as one, and the place among them of each row's."""
    values, places = factorised(table.column(target[0]))
    for name in target[1:]:
        others, beside = factorised(table.column(name))
        used, places = np.unique(places * len(others) + beside, return_inverse=True)
        values = [values[both // len(others)] + _BETWEEN + others[both % len(others)] for both in used.tolist()]
        places = places.reshape(-1)
    return values, places


def labelled(labels: Sequence[str], places: Rows) -> NDArray[np.bool_]:
    """Return which rows have a label, (N,), of what `keys_of` has found."""
    return np.asarray([label.strip() not in MISSING for label in labels], dtype=bool)[places]


def label_table(labels: Sequence[str], target: Sequence[str]) -> pa.Table:
    """A table of labels that `keys_of` has made one of."""
    columns = zip(*(label.split(_BETWEEN) for label in labels), strict=True) if labels else [[] for _ in target]
    arrays = [pa.array(list(column), pa.large_string()) for column in columns]
    return pa.table(arrays, names=list(target))


def _picked(table: pa.Table, rows: Rows, chosen: Rows) -> pa.Table:
    return table.take(pa.array(chosen)).append_column(ROW, pa.array(rows[chosen]))


def _merged(found: Sequence[Survey], firsts: Sequence[dict[tuple[str, str], tuple[int, pa.Table]]]) -> Survey:
    """The findings of all processes as one, the same however many there are."""
    labels = {name: sum((one.labels[name] for one in found), Counter[str]()) for name in PARTS}
    merged = Survey(np.sum([one.kept for one in found], axis=0), labels, {})
    for one in found:
        for name, span in one.spans.items():
            merged.spans.setdefault(name, Span()).merged(span)
        for name, values in one.values.items():
            merged.values.setdefault(name, Values()).merged(values)
    lost = [one.unlabelled for one in found if one.unlabelled[0]]
    if lost:
        merged.unlabelled = (sum(count for count, _ in lost), min(first for _, first in lost))
    earliest: dict[tuple[str, str], tuple[int, pa.Table]] = {}
    for own in firsts:
        for key, (row, table) in own.items():
            if key not in earliest or row < earliest[key][0]:
                earliest[key] = (row, table)
    for name in PARTS:
        tables = [one.samples[name] for one in found if name in one.samples]
        tables += [table for (part, _), (_, table) in earliest.items() if part == name]
        if tables:
            merged.samples[name] = _in_order(pa.concat_tables(tables))
    return merged


def _in_order(table: pa.Table) -> pa.Table:
    """By the numbers of the rows, each once."""
    first = np.unique(table.column(ROW).to_numpy(), return_index=True)[1]
    return table.combine_chunks().take(pa.array(first))
