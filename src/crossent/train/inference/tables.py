"""Tables written part by part: CSV, TSV, JSON lines, Parquet."""

from __future__ import annotations

import csv
import json
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from ...files import replacing
from ...printable import cell

FORMATS = (".csv", ".tsv", ".jsonl", ".parquet")
Columns = dict[str, list[Any]]


class Writer(Protocol):
    """Takes the rows of a table, the same columns each time."""

    def write(self, columns: Columns) -> None: ...


@contextmanager
def table(path: Path, types: dict[str, Any] | None = None) -> Iterator[Writer]:
    """A writer for the format of the path's ending. The file is there when all is written, or not at all.

    Args:
        path: ends in one of `FORMATS`.
        types: the Arrow types of columns, where they are known.
    """
    with replacing(path) as temporary:
        if path.suffix == ".parquet":
            parquet = _Parquet(temporary, types or {})
            yield parquet
            parquet.close()
            return
        with open(temporary, "w", newline="", encoding="utf-8") as file:
            yield _Lines(file) if path.suffix == ".jsonl" else _Delimited(file, "\t" if path.suffix == ".tsv" else ",")


class _Delimited:
    def __init__(self, file: Any, delimiter: str) -> None:
        self._writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        self._begun = False

    def write(self, columns: Columns) -> None:
        if not self._begun:
            self._writer.writerow(map(cell, columns))
            self._begun = True
        self._writer.writerows(map(cell, row) for row in zip(*columns.values(), strict=True))


class _Lines:
    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, columns: Columns) -> None:
        for row in zip(*columns.values(), strict=True):
            cells = dict(zip(columns, row, strict=True))
            self._file.write(json.dumps(cells, ensure_ascii=False, default=str) + "\n")


class _Parquet:
    def __init__(self, path: Path, types: dict[str, Any]) -> None:
        self._path, self._types = path, types
        self._writer: Any = None

    def write(self, columns: Columns) -> None:
        import pyarrow as pa
        import pyarrow.parquet

        if self._writer is None:
            fields = [pa.field(name, self._types.get(name) or _type_of(values)) for name, values in columns.items()]
            self._writer = pa.parquet.ParquetWriter(self._path, pa.schema(fields))
        self._writer.write_table(pa.table(columns, schema=self._writer.schema))

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


def _type_of(values: list[Any]) -> Any:
    import pyarrow as pa

    found = pa.array(values).type
    # A first part without a value says nothing about the rest.
    return pa.string() if pa.types.is_null(found) else found


def free(name: str, taken: Container[str]) -> str:
    """The name, or where the table has such a column the first of name_2, name_3, … that it has not."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free
