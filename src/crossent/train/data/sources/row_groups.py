"""A file of Parquet or Arrow, opened for its row groups."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs
import pyarrow.ipc
import pyarrow.parquet

from ...errors import DataError


@dataclass(frozen=True)
class Footer:
    """The footer of a file: rows of its row groups, columns, and about how many bytes its rows take."""

    groups: tuple[int, ...]
    schema: pa.Schema
    bytes: int


def footer_of(files: pa.fs.FileSystem, path: str, name: str, kind: str) -> Footer:
    """Read the footer of a file that is called `name` in messages."""
    with readable(name):
        file = opened(files, path, kind)
        if kind == ".parquet":
            groups = [file.metadata.row_group(place) for place in range(file.metadata.num_row_groups)]
            return Footer(groups_of(file), file.schema_arrow, sum(group.total_byte_size for group in groups))
        return Footer(groups_of(file), file.schema, sum(file.batch(place).nbytes for place in range(len(file))))


class _Batches:
    """The batches of an Arrow file, in the form of a file or a stream."""

    def __init__(self, source: Any) -> None:
        try:
            self._reader = pa.ipc.open_file(source)
            self._batches: list[pa.RecordBatch] = []
            self.schema = self._reader.schema
        except pa.ArrowInvalid:
            # The streaming form, as HF datasets saves it: mapped into memory, it takes none.
            source.seek(0)
            table = pa.ipc.open_stream(source).read_all()
            self._reader, self._batches, self.schema = None, table.to_batches(), table.schema
        self.groups = tuple(self.batch(place).num_rows for place in range(len(self)))

    def __len__(self) -> int:
        return len(self._batches) if self._reader is None else int(self._reader.num_record_batches)

    def batch(self, place: int) -> pa.RecordBatch:
        return self._batches[place] if self._reader is None else self._reader.get_batch(place)


def opened(files: pa.fs.FileSystem, path: str, kind: str) -> Any:
    """Open a file; its rows are not read."""
    if kind == ".parquet":
        return pa.parquet.ParquetFile(files.open_input_file(path), pre_buffer=True)
    return _Batches(pa.memory_map(path) if isinstance(files, pa.fs.LocalFileSystem) else files.open_input_file(path))


def groups_of(file: Any) -> tuple[int, ...]:
    """The rows of each row group."""
    if isinstance(file, _Batches):
        return file.groups
    return tuple(file.metadata.row_group(place).num_rows for place in range(file.metadata.num_row_groups))


def read_group(file: Any, group: int, columns: list[str]) -> pa.Table:
    """Some columns of a row group; those of records, such as engine.power, have the name of these before their own."""
    names = (file.schema if isinstance(file, _Batches) else file.schema_arrow).names
    whole = list(dict.fromkeys(next((name for name in _above(column) if name in names), column) for column in columns))
    if isinstance(file, _Batches):
        return flat(pa.Table.from_batches([file.batch(group)]).select(whole)).select(columns)
    return flat(file.read_row_group(group, columns=whole)).select(columns)


def _above(column: str) -> Iterator[str]:
    """The names of the columns that one may be a part of: a.b.c, a.b, a."""
    while column:
        yield column
        column = column.rpartition(".")[0]


def flat(table: pa.Table) -> pa.Table:
    """The table with a column for each part of a column of records, as engine.power."""
    table = with_class_names(table, table.schema.metadata)
    while any(pa.types.is_struct(kind) for kind in table.schema.types):
        table = table.flatten()
    return table


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Say of which file it is that it cannot be read."""
    try:
        yield
    except FileNotFoundError:
        raise DataError(f"{name}: the file is gone; put it back") from None
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{name}: cannot be read as a {suffix_of(name)} file ({first_line(error)})") from None


def first_line(error: Exception) -> str:
    """The first line of what a library says."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def suffix_of(path: str) -> str:
    """The ending of a name."""
    return PurePosixPath(path).suffix.lower()


def common_schema(footers: Sequence[Footer], names: Sequence[str], keys: dict[str, pa.DataType]) -> pa.Schema:
    """The types that the columns of all files go into.

    Raises:
        DataError: a file has other columns, or a column of another kind.
    """
    first = _plain(footers[0].schema)
    found: Any = first
    for footer, name in zip(footers[1:], names[1:], strict=True):
        own = _plain(footer.schema)
        if lost := [column for column in first.names if column not in own.names]:
            raise DataError(
                f"{name}: it has no column {lost[0]!r}, unlike {names[0]}; all files need the same columns."
            )
        if more := [column for column in own.names if column not in first.names]:
            raise DataError(f"{name}: it has a column {more[0]!r}, unlike {names[0]}; all files need the same columns.")
        if own == found:
            continue
        for column in own:
            before = found.field(column.name).type
            merged = _wider(before, column.type)
            if merged is None:
                raise DataError(
                    f"{name}: the column {column.name!r} holds {column.type}, in {names[0]} it holds {before}; all "
                    "files need the same kind of values."
                )
            found = found.set(found.get_field_index(column.name), pa.field(column.name, merged))
    for name, kind in keys.items():
        if name not in found.names:
            found = found.append(pa.field(name, kind))
    return found.with_metadata(footers[0].schema.metadata)


def _wider(one: pa.DataType, other: pa.DataType) -> pa.DataType | None:
    """The type of both: numbers of different widths, words of different lengths, and nothing at all, go together."""
    if one == other:
        return one
    fields = [pa.schema([pa.field("x", kind)]) for kind in (one, other)]
    try:
        return pa.unify_schemas(fields, promote_options="permissive").field("x").type
    except pa.ArrowException:
        return None


def _plain(schema: pa.Schema) -> pa.Schema:
    fields = []
    for item in flat(schema.empty_table()).schema:
        kind = item.type.value_type if pa.types.is_dictionary(item.type) else item.type
        fields.append(pa.field(item.name, kind))
    return pa.schema(fields)


def with_class_names(table: pa.Table, metadata: Mapping[bytes, bytes] | None) -> pa.Table:
    """The table with the names of classes that datasets of Hugging Face keeps beside their numbers."""
    kept = json.loads((metadata or {}).get(b"huggingface", b"{}"))
    for name, feature in (kept.get("info", {}).get("features") or {}).items():
        if isinstance(feature, dict) and feature.get("_type") == "ClassLabel" and name in table.column_names:
            numbers = table.column(name).combine_chunks().cast(pa.int32())
            # −1 is no label.
            known = pc.if_else(pc.less(numbers, 0), None, numbers)
            names = pa.DictionaryArray.from_arrays(known, pa.array(feature["names"], pa.large_string()), ordered=True)
            table = table.set_column(table.column_names.index(name), name, pa.chunked_array([names]))
    return table
