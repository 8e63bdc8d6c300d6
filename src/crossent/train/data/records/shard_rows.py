"""Rows of Parquet or Arrow files, known by the file and their place in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..sources.row_groups import with_class_names
from ..sources.shards import Shards
from .base import Rows
from .tables import TableRecords

# The column of the numbers of rows, where they travel with the others.
ROW = "\x00row"


class ShardRows(TableRecords):
    """Rows of files, by the number that each has among all of them."""

    def __init__(self, shards: Shards, table: pa.Table, numbers: Rows, memory: int = 1 << 31) -> None:
        super().__init__(shards.name, table, numbers, memory)
        self.shards = shards

    @classmethod
    def of(cls, shards: Shards, table: pa.Table, memory: int) -> ShardRows:
        """Rows whose numbers are the column `ROW`."""
        return cls(shards, table.drop_columns([ROW]), table.column(ROW).to_numpy(), memory)

    @classmethod
    def whole(cls, shards: Shards, memory: int) -> ShardRows:
        """All rows, in memory."""
        table = pa.concat_tables([shards.read(*group) for group in shards.groups])
        table = with_class_names(table, shards.schema.metadata)
        return cls(shards, table, np.arange(table.num_rows), memory)

    @property
    def ids(self) -> Sequence[str]:
        return Ids(self.shards, self.lines[self.rows])


class Ids(Sequence[str]):
    """File and row, written when they are asked for."""

    def __init__(self, shards: Shards, rows: NDArray[Any]) -> None:
        self.shards, self.rows = shards, rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, row: Any) -> Any:
        if isinstance(row, slice):
            return [self.shards.where(int(number)) for number in self.rows[row]]
        return self.shards.where(int(self.rows[row]))


def joined(parts: Sequence[ShardRows]) -> ShardRows:
    """Rows one after the other."""
    tables = [part.table.append_column(ROW, pa.array(part.lines)) for part in parts]
    return ShardRows.of(parts[0].shards, pa.concat_tables(tables), parts[0].memory)


def cut(rows: ShardRows, start: int, stop: int | None = None) -> ShardRows:
    """Some rows, without a copy."""
    return ShardRows(rows.shards, rows.table[start:stop], rows.lines[start:stop], rows.memory)
