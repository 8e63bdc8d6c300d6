"""Files of rows as Arrow tables: in memory, or on disk where they are larger than they may be in memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

from ....core.files import replacing, write_text
from ...errors import DataError
from ..records.base import BadRow, Rows
from .csv_rows import csv_header, csv_rows
from .encoding import find_encoding
from .json_rows import json_rows

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet", ".arrow", ".feather")
_CHUNK = 50_000
_LINE = "\x00line"


def is_table(path: Path) -> bool:
    """Return whether the file's name is that of a table."""
    return _suffix(path) in SUFFIXES


def _suffix(path: Path) -> str:
    return Path(path.stem).suffix.lower() if path.suffix.lower() == ".gz" else path.suffix.lower()


class TableFile:
    """The rows of a file.

    Attributes:
        table: the columns; text from text files, typed from Parquet and Arrow.
        lines: (N,) the line that each row begins in, or the row's number, counted from 1.
        bad: the rows that could not be read.
        encoding: of a text file.
    """

    def __init__(self, path: Path, encoding: str = "auto", memory: int = 1 << 31, cache: Path | None = None) -> None:
        self.path = path
        self.bad: list[BadRow] = []
        self.encoding = ""
        suffix = _suffix(path)
        large = path.stat().st_size > memory
        if path.stat().st_size == 0:
            raise DataError(f"{path.name}: the file is empty.")
        try:
            if suffix in (".arrow", ".feather"):
                table = _open_arrow(path)
            elif suffix == ".parquet":
                table = self._cached(cache, pa.parquet.ParquetFile(path).iter_batches()) if large else _parquet(path)
            else:
                self.encoding = find_encoding(path, encoding)
                batches = self._csv() if suffix in (".csv", ".tsv") else self._json()
                table = self._cached(cache, batches) if large else _joined(batches)
        except pa.ArrowInvalid as error:
            raise DataError(f"{path.name}: cannot be read as a {suffix} file ({str(error).splitlines()[0]})") from None
        self.lines: Rows = np.arange(1, table.num_rows + 1)
        if _LINE in table.column_names:
            self.lines = table.column(_LINE).to_numpy()
            table = table.drop_columns([_LINE])
        if table.num_rows == 0 and not self.bad:
            raise DataError(f"{path.name}: there are no rows in it.")
        self.table = table

    def _csv(self) -> Iterator[pa.RecordBatch]:
        names, delimiter = csv_header(self.path, self.encoding)
        schema = _text_schema(names)
        rows: list[list[str]] = []
        lines: list[int] = []
        for line in csv_rows(self.path, self.encoding, names, delimiter):
            if line.broken:
                self.bad.append(BadRow(f"{self.path.name}:{line.number}", line.broken))
                continue
            rows.append(line.values)
            lines.append(line.number)
            if len(rows) == _CHUNK:
                yield _batch([list(column) for column in zip(*rows, strict=True)], lines, schema)
                rows, lines = [], []
        columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in names]
        yield _batch(columns, lines, schema)

    def _json(self) -> Iterator[pa.RecordBatch]:
        # A column may first appear in any row, so that the names must be known before the first batch is written.
        names: dict[str, None] = {}
        for item in json_rows(self.path, self.encoding):
            names.update(dict.fromkeys(item.values))
        schema = _text_schema(list(names))
        items: list[dict[str, str | None]] = []
        lines: list[int] = []
        for item in json_rows(self.path, self.encoding):
            if item.broken:
                self.bad.append(BadRow(f"{self.path.name}:{item.number}", item.broken))
                continue
            items.append(item.values)
            lines.append(item.number)
            if len(items) == _CHUNK:
                yield _batch([[row.get(name) for row in items] for name in names], lines, schema)
                items, lines = [], []
        yield _batch([[row.get(name) for row in items] for name in names], lines, schema)

    def _cached(self, cache: Path | None, batches: Iterator[pa.RecordBatch]) -> pa.Table:
        """The rows in a file of Arrow's own, mapped into memory: rows are then found without reading those before."""
        folder = cache or Path.home() / ".cache" / "crossent"
        folder.mkdir(parents=True, exist_ok=True)
        stat = self.path.stat()
        key = f"1 {self.path.resolve()} {stat.st_size} {stat.st_mtime_ns} {self.encoding}"
        target = folder / f"{self.path.stem}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.arrow"
        if not target.exists():
            with replacing(target) as temporary:
                first = next(batches)
                with pa.OSFile(str(temporary), "wb") as sink, pa.ipc.new_file(sink, first.schema) as writer:
                    writer.write_batch(first)
                    for batch in batches:
                        writer.write_batch(batch)
            write_text(_beside(target), json.dumps([[row.id, row.reason] for row in self.bad]))
        elif _beside(target).exists():
            self.bad += [BadRow(*row) for row in json.loads(_beside(target).read_text(encoding="utf-8"))]
        return _open_arrow(target)


def _beside(target: Path) -> Path:
    return target.with_suffix(".bad.json")


def _text_schema(names: list[str]) -> pa.Schema:
    return pa.schema([*((name, pa.large_string()) for name in names), (_LINE, pa.int64())])


def _batch(columns: list[Any], lines: list[int], schema: pa.Schema) -> pa.RecordBatch:
    arrays = [pa.array(column, pa.large_string()) for column in columns]
    return pa.record_batch([*arrays, pa.array(lines, pa.int64())], schema=schema)


def _joined(batches: Iterator[pa.RecordBatch]) -> pa.Table:
    return pa.Table.from_batches(list(batches))


def _parquet(path: Path) -> pa.Table:
    return pa.parquet.read_table(path)


def _open_arrow(path: Path) -> pa.Table:
    source = pa.memory_map(str(path))
    try:
        return pa.ipc.open_file(source).read_all()
    except pa.ArrowInvalid:
        # The streaming form, as HF datasets saves it.
        return pa.ipc.open_stream(pa.memory_map(str(path))).read_all()
