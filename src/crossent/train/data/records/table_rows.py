"""The rows of a table by their columns, whatever these are for."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...errors import DataError
from ..columns import factorised, numbers, pick, require_column, style_of, texts
from ..schema import Schema
from .base import Records, Rows

if TYPE_CHECKING:
    from typing_extensions import Self


class TableRows(Records):
    """Rows of a table.

    Args:
        name: of the file.
        table: the columns.
        lines: (N,) the line or number of each row; or its own name, which is then its id.
        memory: bytes that the columns may take to be held encoded.
        named: whether the columns have names of their own.
    """

    what = "rows of a table"
    # The columns of the labels, where these came apart from the table.
    target: tuple[str, ...] = ()
    kinds = ("tabular", "text", "mixed")

    def __init__(
        self, name: str, table: pa.Table, lines: NDArray[Any], memory: int = 1 << 31, named: bool = True
    ) -> None:
        super().__init__(name, np.arange(table.num_rows))
        self.table, self.lines, self.memory, self.named = table, lines, memory, named

    @property
    def ids(self) -> Sequence[str]:
        return _Ids(self.name, self.lines[self.rows])

    @property
    def names(self) -> list[str]:
        """Of the columns."""
        return list(self.table.column_names)

    def column(self, name: str) -> pa.ChunkedArray:
        """A column's values."""
        column = self.table.column(name)
        rows = self.rows
        if len(rows) == 0 or bool((np.diff(rows) == 1).all()):
            # A part that hangs together is not copied: a take would join all chunks of the column each time.
            return column.slice(int(rows[0]) if len(rows) else 0, len(rows))
        return pick(column, rows)

    def as_trained(self, schema: Schema) -> Self:
        # Without names, columns are counted: one behind the label is another when there is none.
        if self.named or len(self.names) != schema.counted - 1:
            return self
        part = copy(self)
        names = (f"column{place}" for place in range(1, schema.counted + 1))
        part.table = self.table.rename_columns([name for name in names if name not in schema.target])
        return part

    def raw(self, row: int) -> dict[str, Any]:
        place = int(self.rows[row])
        return {name: self.table.column(name)[place].as_py() for name in self.names}

    def groups(self, column: str) -> Rows:
        require_column("data.group", column, self.names)
        return factorised(self.column(column))[1]

    def times(self, column: str) -> NDArray[np.float64]:
        require_column("data.time", column, self.names)
        values = numbers(self.column(column), style_of(column, self.column(column)))[0]
        unknown = np.flatnonzero(~np.isfinite(values))
        if len(unknown):
            text = texts(self.column(column))[int(unknown[0])]
            raise DataError(f"{self.ids[int(unknown[0])]}: {text!r} in {column!r} is no time that rows can be split by")
        return values

    def own_weights(self, schema: Schema) -> NDArray[np.float64] | None:
        if schema.weight is None:
            return self.weights
        require_column("data.weight", schema.weight, self.names)
        values = numbers(self.column(schema.weight), style_of(schema.weight, self.column(schema.weight)))[0]
        wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
        if len(wrong):
            row, text = self.ids[int(wrong[0])], texts(self.column(schema.weight))[int(wrong[0])]
            raise DataError(f"{row}: {text!r} in {schema.weight!r} is no weight, a number of at least 0")
        return values

    def columns(self, rows: slice) -> dict[str, list[Any]]:
        part = self.take(np.arange(rows.start, rows.stop))
        return {name: part.column(name).to_pylist() for name in self.names}

    @property
    def types(self) -> dict[str, Any]:
        return {name: self.table.column(name).type for name in self.names}


class _Ids(Sequence[str]):
    """The ids of rows, written when they are asked for."""

    def __init__(self, name: str, lines: NDArray[Any]) -> None:
        self.lines = lines
        self.prefix = "" if lines.dtype.kind == "U" else f"{name}:"

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, row: Any) -> Any:
        if isinstance(row, slice):
            return [f"{self.prefix}{line}" for line in self.lines[row].tolist()]
        return f"{self.prefix}{self.lines[row]}"
