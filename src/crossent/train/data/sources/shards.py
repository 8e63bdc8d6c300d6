"""Folders of Parquet or Arrow files, here or on a file system that pyarrow reads, row group by row group."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.fs
import pyarrow.ipc
import pyarrow.parquet

from ...config.rules import SettingError
from ...errors import DataError
from ..pixels import is_image

SHARDS = (".parquet", ".arrow", ".feather")
# What pyarrow has a file system for.
SCHEMES = ("s3", "gs", "gcs", "hdfs", "viewfs", "abfs", "abfss")
_READERS = 16
# In the place of a value that is missing.
_NOTHING = "__HIVE_DEFAULT_PARTITION__"
# Open files: their footers are read once.
_OPEN = 32
_SHOWN = 5


@dataclass(frozen=True)
class Shard:
    """A file: where it is, what it is called in the folder, its bytes, the rows of its row groups, and the values of
    the columns that are the names of the folders it is in."""

    path: str
    name: str
    size: int
    groups: tuple[int, ...]
    folders: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True, eq=False)
class Shards:
    """The files of a source, in order.

    Attributes:
        name: of the source.
        files: where they are.
        kind: the ending of their names.
        schema: of their rows.
        shards: the files.
        bytes: what the rows take in memory, about.
    """

    name: str
    files: pa.fs.FileSystem
    kind: str
    schema: pa.Schema
    shards: tuple[Shard, ...]
    bytes: int
    _open: dict[int, Any] = field(default_factory=dict, repr=False)
    _lock: Any = field(default_factory=Lock, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        # Neither open files nor locks go to another process.
        return {**self.__dict__, "_open": {}, "_lock": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update({**state, "_lock": Lock()})

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(sum(shard.groups) for shard in self.shards)

    @cached_property
    def groups(self) -> list[tuple[int, int]]:
        """Each row group: of which file, and which of that."""
        return [(place, group) for place, shard in enumerate(self.shards) for group in range(len(shard.groups))]

    @cached_property
    def starts(self) -> np.ndarray:
        """The number of the first row of each row group, and how many rows there are at the end."""
        sizes = [size for shard in self.shards for size in shard.groups]
        return np.concatenate([[0], np.cumsum(np.asarray(sizes, dtype=np.int64))])

    def where(self, row: int) -> str:
        """The name of a row by its number: file and place in it, from 1."""
        for shard in self.shards:
            if row < sum(shard.groups):
                return f"{shard.name}:{row + 1}"
            row -= sum(shard.groups)
        raise IndexError(row)

    def read(self, place: int, group: int, columns: Sequence[str] | None = None) -> pa.Table:
        """A row group of a file, of these columns alone.

        Raises:
            DataError: the file is gone, damaged, or not what it was.
        """
        shard = self.shards[place]
        wanted = self.schema.names if columns is None else [name for name in self.schema.names if name in columns]
        own = dict(shard.folders)
        inside = [name for name in wanted if name not in own]
        with _readable(shard.name):
            file = self._file(place)
            if _groups_of(file) != shard.groups:
                raise DataError(f"{shard.name}: the file has other rows than when the run began; put it back as it was")
            table = _read_group(file, group, inside)
            return _as(table, shard, self.schema, wanted)

    def _file(self, place: int) -> Any:
        with self._lock:
            if place in self._open:
                self._open[place] = self._open.pop(place)
            else:
                self._open[place] = _opened(self.files, self.shards[place].path, self.kind)
                if len(self._open) > _OPEN:
                    self._open.pop(next(iter(self._open)))
            return self._open[place]


def is_sharded(path: Path) -> bool:
    """Return whether a folder holds files of rows of the kinds that are read by row groups, or folders `column=value`
    with such files in them."""
    try:
        items = sorted(path.iterdir())
    except OSError:
        return False
    files = [item for item in items if _is_visible(item.name) and item.is_file()]
    if any(is_image(item) for item in files):
        # A table beside images says what these are.
        return False
    if any(item.suffix.lower() in SHARDS for item in files):
        return True
    return any("=" in item.name and item.is_dir() and is_sharded(item) for item in items)


def is_remote(source: str) -> bool:
    """Return whether a source is a folder or a file of rows on a file system that pyarrow reads."""
    parts = urlsplit(source)
    suffix = PurePosixPath(parts.path).suffix.lower()
    return parts.scheme in SCHEMES and (suffix == "" or suffix in SHARDS)


def open_shards(source: str | Path, chosen: Iterable[Path] = (), notes: list[str] | None = None) -> Shards:
    """The files of a folder, or of the address of one; or those of it that are chosen.

    Raises:
        SettingError: there is no such folder.
        DataError: it holds none, or they do not belong together.
    """
    files, root = _file_system(source)
    name = PurePosixPath(root).name or str(source)
    paths, sizes = _listed(files, root, name, {item.as_posix() for item in chosen}, [] if notes is None else notes)
    kinds = {_suffix(path) for path in paths}
    if len(kinds) > 1:
        raise DataError(
            f"{name}: there are files of {' and '.join(sorted(kinds))} in it; name a folder with files of one kind."
        )
    kind = kinds.pop()
    base = root if root not in paths else str(PurePosixPath(root).parent)
    folders = [_folders(_below(path, base)) for path in paths]
    keys = {key: _kind(found.get(key) for found in folders) for own in folders for key in own}
    with ThreadPoolExecutor(_READERS, thread_name_prefix="crossent-footers") as readers:
        footers = list(readers.map(lambda path: _footer(files, path, _below(path, base), kind), paths))
    schema = _common(footers, [_below(path, base) for path in paths], keys)
    shards = tuple(
        Shard(path, _below(path, base), size, footer.groups, tuple(found.items()))
        for path, size, footer, found in zip(paths, sizes, footers, folders, strict=True)
    )
    if not any(map(sum, (shard.groups for shard in shards))):
        raise DataError(f"{name}: there are no rows in it.")
    return Shards(name, files, kind, schema, shards, sum(footer.bytes for footer in footers))


@dataclass(frozen=True)
class _Footer:
    groups: tuple[int, ...]
    schema: pa.Schema
    bytes: int


def _file_system(source: str | Path) -> tuple[pa.fs.FileSystem, str]:
    if isinstance(source, Path) or urlsplit(source).scheme not in SCHEMES:
        return pa.fs.LocalFileSystem(), Path(source).expanduser().absolute().as_posix()
    try:
        files, root = pa.fs.FileSystem.from_uri(source)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DataError(f"{source}: cannot be connected to ({_first_line(error)})") from None
    return files, root.rstrip("/")


def _listed(
    files: pa.fs.FileSystem, root: str, name: str, chosen: set[str], notes: list[str]
) -> tuple[list[str], list[int]]:
    """Paths and sizes of the files, in order; what else is there is noted."""
    try:
        info = files.get_file_info(root)
        if info.type == pa.fs.FileType.File:
            return [root], [info.size]
        found = files.get_file_info(pa.fs.FileSelector(root, recursive=True))
    except FileNotFoundError:
        raise SettingError("data.source", "a folder or file that exists", root, "s3://bucket/folder") from None
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{name}: cannot be listed ({_first_line(error)})") from None
    inside = [item for item in found if item.type == pa.fs.FileType.File and _is_visible(_below(item.path, root))]
    if chosen:
        inside = [item for item in inside if item.path in chosen]
    used = sorted((item.path, item.size) for item in inside if _suffix(item.path) in SHARDS)
    left = sorted(_below(item.path, root) for item in inside if _suffix(item.path) not in SHARDS)
    if not used:
        raise DataError(f"{name}: there is no file that ends in {', '.join(SHARDS)} in it.")
    if left:
        more = f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else ""
        notes.append(f"files and folders left out: {', '.join(left[:_SHOWN])}{more}")
    return [path for path, _ in used], [size for _, size in used]


def _is_visible(name: str) -> bool:
    """Files of other programs begin with a dot or a low line: _SUCCESS, _metadata, .part-0.parquet.crc."""
    return not any(part.startswith((".", "_")) and "=" not in part for part in PurePosixPath(name).parts)


def _below(path: str, root: str) -> str:
    return path[len(root) :].lstrip("/") if path.startswith(root) and path != root else PurePosixPath(path).name


def _suffix(path: str) -> str:
    return PurePosixPath(path).suffix.lower()


def _folders(name: str) -> dict[str, str | None]:
    """The columns that the folders `column=value` are named by, as Hive and Spark write them."""
    pairs = (part.partition("=")[::2] for part in PurePosixPath(name).parts[:-1] if "=" in part)
    return {unquote(key): None if value == _NOTHING else unquote(value) for key, value in pairs}


def _kind(values: Iterable[str | None]) -> pa.DataType:
    there = [value for value in values if value is not None]
    return pa.int64() if all(re.fullmatch(r"-?(0|[1-9]\d{0,17})", value) for value in there) else pa.string()


def _footer(files: pa.fs.FileSystem, path: str, name: str, kind: str) -> _Footer:
    with _readable(name):
        file = _opened(files, path, kind)
        if kind == ".parquet":
            groups = [file.metadata.row_group(place) for place in range(file.metadata.num_row_groups)]
            return _Footer(_groups_of(file), file.schema_arrow, sum(group.total_byte_size for group in groups))
        return _Footer(_groups_of(file), file.schema, sum(file.batch(place).nbytes for place in range(len(file))))


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


def _opened(files: pa.fs.FileSystem, path: str, kind: str) -> Any:
    if kind == ".parquet":
        return pa.parquet.ParquetFile(files.open_input_file(path), pre_buffer=True)
    return _Batches(pa.memory_map(path) if isinstance(files, pa.fs.LocalFileSystem) else files.open_input_file(path))


def _groups_of(file: Any) -> tuple[int, ...]:
    if isinstance(file, _Batches):
        return file.groups
    return tuple(file.metadata.row_group(place).num_rows for place in range(file.metadata.num_row_groups))


def _read_group(file: Any, group: int, columns: list[str]) -> pa.Table:
    if isinstance(file, _Batches):
        return pa.Table.from_batches([file.batch(group)]).select(columns)
    return file.read_row_group(group, columns=columns)


def _as(table: pa.Table, shard: Shard, schema: pa.Schema, wanted: list[str]) -> pa.Table:
    """The rows with the columns of the folders, in the types of all files."""
    own, columns = dict(shard.folders), []
    for name in wanted:
        kind = schema.field(name).type
        if name in own:
            columns.append(pa.chunked_array([_constant(own[name], kind, table.num_rows)]))
        else:
            column = table.column(name)
            if pa.types.is_dictionary(column.type):
                column = column.cast(column.type.value_type)
            columns.append(column if column.type == kind else column.cast(kind))
    return pa.table(columns, names=wanted)


def _constant(value: str | None, kind: pa.DataType, rows: int) -> pa.Array:
    return pa.repeat(pa.scalar(value, pa.string()).cast(kind), rows)


def _common(footers: Sequence[_Footer], names: Sequence[str], keys: dict[str, pa.DataType]) -> pa.Schema:
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
    return found


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
    for item in schema:
        kind = item.type.value_type if pa.types.is_dictionary(item.type) else item.type
        fields.append(pa.field(item.name, kind))
    return pa.schema(fields)


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Say of which file it is that it cannot be read."""
    try:
        yield
    except FileNotFoundError:
        raise DataError(f"{name}: the file is gone; put it back") from None
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{name}: cannot be read as a {_suffix(name)} file ({_first_line(error)})") from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
