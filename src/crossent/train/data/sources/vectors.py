"""Columns whose values are lists of as many numbers each: a column for each place in them."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..columns import TARGETS, strings
from ..labels import LIST_DELIMITER

_LABELS = (*TARGETS, "labels", "targets", "tags")
_NUMBER = r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*"


def spread(table: pa.Table, target: tuple[str, ...], notes: list[str]) -> pa.Table:
    """The table with its lists of numbers as columns; those that may be labels, and lists of class numbers, stay."""
    for name in table.column_names:
        if name in target or name.lower() in _LABELS:
            continue
        columns = _columns(table.column(name))
        if columns is None:
            continue
        place, count = table.column_names.index(name), len(columns)
        table = table.remove_column(place)
        for number, column in enumerate(columns):
            table = table.add_column(place + number, f"{name}.{number}", column)
        notes.append(f"{name!r}: lists of {count:,} numbers, read as the columns {name}.0 to {name}.{count - 1}")
    return table


def _columns(column: pa.ChunkedArray) -> list[pa.ChunkedArray] | None:
    """The numbers by their places, None where these are no lists of as many numbers each."""
    texts = _texts(column)
    first = next((text for text in texts[:1000].to_pylist() if text), "")
    marks = "," if first.startswith("[") else LIST_DELIMITER
    count = first.count(marks) + 1
    if count < 2:
        return None
    inside = f"{_NUMBER}(?:{marks}{_NUMBER}){{{count - 1}}}"
    whole = re.compile(rf"\[{inside}\]" if marks == "," else inside)
    rows = texts.to_pylist()
    if not all(whole.fullmatch(row) for row in rows):
        return None
    split = pc.split_pattern(pc.utf8_trim(texts, "[]"), marks)
    matrix = np.asarray(pc.list_flatten(split.combine_chunks()).to_pylist(), dtype=np.float64).reshape(len(rows), count)
    # Lists of class numbers are whole, and name no class twice.
    if not (matrix != np.round(matrix)).any() and all(len(set(row)) == count for row in matrix.tolist()):
        return None
    return [pa.chunked_array([pa.array(values)]) for values in matrix.T]


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return strings(column.cast(pa.list_(kind.value_type)))
    return column if pa.types.is_large_string(kind) else pa.chunked_array([[]], pa.large_string())
