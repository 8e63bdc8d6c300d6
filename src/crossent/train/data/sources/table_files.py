"""Files of rows as Arrow tables: in memory, or on disk where they are larger than they may be in memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

from ....files import replacing, write_text
from ...errors import DataError
from ..records.base import BadRow, Rows
from .archives import cached
from .csv_rows import Line, csv_lines, find_dialect, first_lines, is_svmlight
from .encoding import find_encoding, plain_suffix, refuse_others, size
from .fasttext import fasttext_lines, is_fasttext
from .header import LOOK, find_header, rows_below
from .json_rows import json_rows
from .row_groups import flat
from .xlsx_rows import sheet_lines

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet", ".arrow", ".feather", ".xlsx", ".arff")
# Rows where a file of this name is asked for; in a folder it may be anything.
TEXT_SUFFIXES = (".txt", ".data", ".dat", ".tab", ".train", ".valid", ".test", ".libsvm", ".svm", "")
_CHUNK = 50_000
_LINE = "\x00line"


def is_table(path: Path) -> bool:
    """Return whether the file's name is that of a table."""
    return plain_suffix(path) in SUFFIXES


class TableFile:
    """The rows of a file.

    Attributes:
        table: the columns; text from text files, typed from Parquet and Arrow.
        lines: (N,) the line that each row begins in, or the row's number, counted from 1.
        bad: the rows that could not be read.
        encoding: of a text file.
        named: whether the columns have names in the file.
        notes: what has to be said about the reading.

    Args:
        path: of the file.
        encoding: of text files; "auto" finds out.
        memory: bytes up to which a file is held in memory.
        header: whether the first line names the columns: "first", "none", or "auto".
    """

    def __init__(self, path: Path, encoding: str = "auto", memory: int = 1 << 31, header: str = "auto") -> None:
        self.path, self.header = path, header
        self.bad: list[BadRow] = []
        self.notes: list[str] = []
        self.encoding = ""
        self.named = True
        self.nominal: tuple[str, ...] = ()
        suffix = plain_suffix(path)
        large = path.stat().st_size > memory
        if path.stat().st_size == 0:
            raise DataError(f"{path.name}: the file is empty.")
        try:
            if suffix in (".arrow", ".feather"):
                table = _open_arrow(path)
            elif suffix == ".parquet":
                table = self._cached(pa.parquet.ParquetFile(path).iter_batches()) if large else _parquet(path)
            elif suffix == ".xlsx":
                rows = list(sheet_lines(path, self.notes))
                table = _joined(self._batches(lambda: iter(rows)))
            else:
                refuse_others(path)
                self.encoding = find_encoding(path, encoding)
                batches = self._json() if suffix in (".jsonl", ".ndjson", ".json") else self._csv()
                table = self._cached(batches) if size(path) > memory else _joined(batches)
        except (pa.ArrowException, OSError) as error:
            raise DataError(f"{path.name}: cannot be read as a {suffix} file ({str(error).splitlines()[0]})") from None
        self.lines: Rows = np.arange(1, table.num_rows + 1)
        if _LINE in table.column_names:
            self.lines = table.column(_LINE).to_numpy()
            table = table.drop_columns([_LINE])
        if table.num_rows == 0 and not self.bad:
            raise DataError(f"{path.name}: there are no rows in it.")
        self.table = _as_categories(table, self.nominal)

    def _csv(self) -> Iterator[pa.RecordBatch]:
        start = first_lines(self.path, self.encoding)
        if is_fasttext(start):
            self.notes.append(f"{self.path.name}: read as fastText writes it, a text behind its __label__")
            rows = fasttext_lines(self.path, self.encoding)
            return self._batches(lambda: iter(rows))
        if is_svmlight(start):
            raise DataError(
                f"{self.path.name}: rows as svmlight and LIBSVM write them are read in Python: "
                f"train.fit(data=sklearn.datasets.load_svmlight_file({self.path.name!r}))"
            )
        dialect = find_dialect(self.path, self.encoding)
        if not dialect.quoted:
            self.notes.append(f"{self.path.name}: quotation marks are read as characters like others")
        return self._batches(lambda: csv_lines(self.path, self.encoding, dialect))

    def _batches(self, lines: Callable[[], Iterator[Line]]) -> Iterator[pa.RecordBatch]:
        header = find_header(self.path.name, list(islice(lines(), LOOK)), self.header)
        self.notes += header.notes
        self.named, self.nominal = header.named, header.nominal
        schema = _text_schema(header.names)
        good = (line for line in rows_below(header, lines()) if self._is_good(line))
        while part := list(islice(good, _CHUNK)):
            columns = [list(column) for column in zip(*(line.values for line in part), strict=True)]
            yield _batch(columns, [line.number for line in part], schema)
        # For the names, where there is no row.
        yield _batch([[] for _ in header.names], [], schema)

    def _is_good(self, line: Line) -> bool:
        if line.broken:
            self.bad.append(BadRow(f"{self.path.name}:{line.number}", line.broken))
        return not line.broken

    def _json(self) -> Iterator[pa.RecordBatch]:
        # A column may first appear in any row, so that the names must be known before the first batch is written.
        names: dict[str, None] = {}
        for item in json_rows(self.path, self.encoding, self.notes):
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

    def _cached(self, batches: Iterator[pa.RecordBatch]) -> pa.Table:
        """The rows in a file of Arrow's own, mapped into memory: rows are then found without reading those before."""
        target = cached(self.path, f"{self.encoding} {self.header}", ".arrow")
        if not target.exists():
            with replacing(target) as temporary:
                first = next(batches)
                with pa.OSFile(str(temporary), "wb") as sink, pa.ipc.new_file(sink, first.schema) as writer:
                    writer.write_batch(first)
                    for batch in batches:
                        writer.write_batch(batch)
            known = {"bad": [[row.id, row.reason] for row in self.bad], "named": self.named, "notes": self.notes}
            known["nominal"] = self.nominal
            write_text(_beside(target), json.dumps(known))
        elif _beside(target).exists():
            known = json.loads(_beside(target).read_text(encoding="utf-8"))
            self.bad, self.named, self.notes = [BadRow(*row) for row in known["bad"]], known["named"], known["notes"]
            self.nominal = tuple(known.get("nominal", ()))
        return _open_arrow(target)


def _as_categories(table: pa.Table, names: tuple[str, ...]) -> pa.Table:
    for name in names:
        place = table.column_names.index(name)
        table = table.set_column(place, name, table.column(name).dictionary_encode())
    return table


def _beside(target: Path) -> Path:
    return target.with_suffix(".json")


def _text_schema(names: list[str]) -> pa.Schema:
    return pa.schema([*((name, pa.large_string()) for name in names), (_LINE, pa.int64())])


def _batch(columns: list[Any], lines: list[int], schema: pa.Schema) -> pa.RecordBatch:
    arrays = [pa.array(column, pa.large_string()) for column in columns]
    return pa.record_batch([*arrays, pa.array(lines, pa.int64())], schema=schema)


def _joined(batches: Iterator[pa.RecordBatch]) -> pa.Table:
    return pa.Table.from_batches(list(batches))


def _parquet(path: Path) -> pa.Table:
    return flat(pa.parquet.read_table(path))


def _open_arrow(path: Path) -> pa.Table:
    source = pa.memory_map(str(path))
    try:
        return flat(pa.ipc.open_file(source).read_all())
    except pa.ArrowInvalid:
        # The streaming form, as HF datasets saves it.
        return flat(pa.ipc.open_stream(pa.memory_map(str(path))).read_all())
