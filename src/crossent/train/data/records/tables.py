"""The rows of a table: numbers and categories, or text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...config.data import DataConfig
from ...errors import DataError
from ..columns import MISSING, factorised, numbers, pick, require_column, texts
from ..dataset import Inputs, TensorInputs
from ..fingerprints import of_bytes, of_columns
from ..labels import to_codes
from ..lazy import LazyInputs
from ..multilabel import split_labels, to_matrix
from ..numeric import column_notes, fit_columns, standardised
from ..schema import Column, Schema
from ..table_plan import plan_table
from ..tokens import TokenInputs, open_tokenizer, tokenize
from ..vocabulary import fit_text
from .base import EMPTY_TEXT, Records, Rows

# What is learnt from a column is learnt from at most so many rows.
_SAMPLE = 500_000
_MOST_VALUES = 1000


class TableRecords:
    """Rows of a table.

    Args:
        name: of the file.
        table: the columns.
        lines: (N,) the line or number of each row; or its own name, which is then its id.
        memory: bytes that the columns may take to be held encoded.
        rows: which rows of the table, in which order; all by default.
    """

    def __init__(
        self, name: str, table: pa.Table, lines: NDArray[Any], memory: int = 1 << 31, rows: Rows | None = None
    ) -> None:
        self.name, self.table, self.lines, self.memory = name, table, lines, memory
        self.rows = np.arange(table.num_rows) if rows is None else rows

    def __len__(self) -> int:
        return len(self.rows)

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

    def take(self, rows: Rows) -> TableRecords:
        return TableRecords(self.name, self.table, self.lines, self.memory, self.rows[rows])

    def raw(self, row: int) -> dict[str, Any]:
        place = int(self.rows[row])
        return {name: self.table.column(name)[place].as_py() for name in self.names}

    def plan(self, config: DataConfig, others: Sequence[Records]) -> Schema:
        return plan_table([self, *(other for other in others if isinstance(other, TableRecords))], config)

    def bad_rows(self, schema: Schema) -> dict[int, str]:
        self._require_columns(schema)
        bad: dict[int, str] = {}
        if schema.text:
            found = self._texts(schema)
            bad.update({row: EMPTY_TEXT for row, text in enumerate(found) if not text.strip()})
        if schema.task in ("multiclass", "binary") and schema.target and schema.target[0] in self.names:
            labels = texts(self.column(schema.target[0]))
            reason = f"it has no label (column {schema.target[0]!r} is empty)"
            bad.update({row: reason for row, label in enumerate(labels) if not str(label).strip()})
        return dict(sorted(bad.items()))

    def fit(self, schema: Schema, config: DataConfig) -> Schema:
        sample = self
        if len(self) > _SAMPLE:
            sample = self.take(np.sort(np.random.default_rng(0).choice(len(self), _SAMPLE, replace=False)))
        if schema.kind == "text":
            return fit_text(schema, sample._texts(schema), config)
        fitted = iter(fit_columns(schema.numbers, sample._matrix(schema)))
        columns = tuple(
            next(fitted) if column.kind == "number" else replace(column, values=sample._values(column.name))
            for column in schema.columns
        )
        return replace(schema, columns=columns, input_shape=(len(columns),))

    def inputs(self, schema: Schema) -> Inputs:
        self._require_columns(schema)
        wanted = schema.text or tuple(column.name for column in schema.columns)
        size = sum(self.table.column(name).nbytes for name in wanted)
        if size * len(self) > self.memory * max(1, self.table.num_rows):
            return LazyInputs(self, schema)
        return self.now(schema)

    def now(self, schema: Schema) -> Inputs:
        if schema.kind == "text":
            tokenizer = open_tokenizer(schema.tokenizer_json or "")
            return TokenInputs.of(tokenize(tokenizer, self._texts(schema), schema.max_length))
        parts = []
        if schema.numbers:
            parts.append(torch.from_numpy(standardised(schema.numbers, self._matrix(schema))))
        if schema.categories:
            codes = np.stack([self._codes(column) for column in schema.categories], 1)
            parts.append(torch.from_numpy(codes))
        return TensorInputs(*parts)

    def targets(self, schema: Schema) -> Tensor | None:
        if any(name not in self.names for name in schema.target):
            return None
        if schema.task == "multilabel" and schema.delimiter is None:
            matrix = np.stack([numbers(self.column(name))[0] for name in schema.target], 1)
            return torch.from_numpy(matrix.astype(np.float32))
        labels = texts(self.column(schema.target[0]))
        if schema.task == "multilabel":
            return to_matrix(split_labels(labels, schema.delimiter or ""), schema.classes, self.ids)
        return to_codes(labels, schema, self.name, self.ids)

    def strata(self, schema: Schema) -> Rows | None:
        targets = self.targets(schema)
        return targets.long().numpy() if targets is not None and targets.dim() == 1 else None

    def groups(self, column: str) -> Rows:
        require_column("data.group", column, self.names)
        return factorised(self.column(column))[1]

    def fingerprints(self, schema: Schema) -> NDArray[np.uint64]:
        if schema.kind == "text":
            return of_bytes(text.strip().encode() for text in self._texts(schema))
        return of_columns((factorised(self.column(column.name)) for column in schema.columns), len(self))

    def notes(self, schema: Schema, config: DataConfig) -> list[str]:
        notes = column_notes(schema.numbers, self._matrix(schema)) if schema.numbers else []
        for column in schema.numbers:
            _, strange = numbers(self.column(column.name))
            if strange:
                text = texts(self.column(column.name))[strange[0]]
                notes.append(
                    f"{len(strange):,} values of {column.name!r} are no numbers and count as missing "
                    f"(such as {text!r}, {self.ids[strange[0]]})"
                )
        constant = [column.name for column in schema.categories if len(column.values) == 1]
        if constant:
            notes.append(f"the same value in every training row: {', '.join(map(repr, constant[:5]))}")
        return notes

    def iterate(self, batch: int) -> Iterator[dict[str, list[Any]]]:
        """The original rows in order, `batch` at a time, by column."""
        for start in range(0, len(self), batch):
            part = self.take(np.arange(start, min(start + batch, len(self))))
            yield {name: part.column(name).to_pylist() for name in self.names}

    def _require_columns(self, schema: Schema) -> None:
        for name in schema.text or tuple(column.name for column in schema.columns):
            if name not in self.names:
                near = get_close_matches(name, self.names, n=1)
                hint = f"; rename {near[0]!r}?" if near else ""
                raise DataError(
                    f"{self.name}: there is no column {name!r}, which the model reads{hint} "
                    f"(the columns are {', '.join(map(repr, self.names))})"
                )

    def _texts(self, schema: Schema) -> list[str]:
        columns = [texts(self.column(name)) for name in schema.text]
        return ["\n".join(map(str, row)) for row in zip(*columns, strict=True)]

    def _matrix(self, schema: Schema) -> NDArray[np.float64]:
        columns = [numbers(self.column(column.name))[0] for column in schema.numbers]
        return np.stack(columns, 1) if columns else np.zeros((len(self), 0))

    def _values(self, name: str) -> tuple[str, ...]:
        """The values of a category, the most frequent first."""
        values, places = factorised(self.column(name))
        counts = np.bincount(places, minlength=len(values))
        ordered = sorted(range(len(values)), key=lambda place: (-counts[place], values[place]))
        return tuple(values[place] for place in ordered if values[place] not in MISSING)[:_MOST_VALUES]

    def _codes(self, column: Column) -> NDArray[np.int64]:
        unique, places = factorised(self.column(column.name))
        known = {value: 1 + place for place, value in enumerate(column.values)}
        return np.asarray([known.get(value, 0) for value in unique], dtype=np.int64)[places]


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
