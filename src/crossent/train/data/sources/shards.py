"""Folders of Parquet or Arrow files, here or on a file system that pyarrow reads, row group by row group."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
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

from ....wording import listed
from ...config.rules import SettingError
from ...errors import DataError
from ..pixels import is_image
from .row_groups import common_schema, first_line, footer_of, groups_of, opened, read_group, readable, suffix_of

SHARDS = (".parquet", ".arrow", ".feather")
# What pyarrow has a file system for.
SCHEMES = ("s3", "gs", "gcs", "hdfs", "viewfs", "abfs", "abfss")
# What datasets of Hugging Face keeps beside its .arrow files.
OF_DATASETS = ("state.json", "dataset_info.json", "dataset_dict.json")
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
        with readable(shard.name):
            file = self._file(place)
            if groups_of(file) != shard.groups:
                raise DataError(f"{shard.name}: the file has other rows than when the run began; put it back as it was")
            table = read_group(file, group, inside)
            return _as(table, shard, self.schema, wanted)

    def _file(self, place: int) -> Any:
        with self._lock:
            if place in self._open:
                self._open[place] = self._open.pop(place)
            else:
                self._open[place] = opened(self.files, self.shards[place].path, self.kind)
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
    kinds = {suffix_of(path) for path in paths}
    if len(kinds) > 1:
        raise DataError(
            f"{name}: there are files of {' and '.join(sorted(kinds))} in it; name a folder with files of one kind."
        )
    kind = kinds.pop()
    base = root if root not in paths else str(PurePosixPath(root).parent)
    folders = [_folders(_below(path, base)) for path in paths]
    keys = {key: _kind(found.get(key) for found in folders) for own in folders for key in own}
    with ThreadPoolExecutor(_READERS, thread_name_prefix="crossent-footers") as readers:
        footers = list(readers.map(lambda path: footer_of(files, path, _below(path, base), kind), paths))
    schema = common_schema(footers, [_below(path, base) for path in paths], keys)
    shards = tuple(
        Shard(path, _below(path, base), size, footer.groups, tuple(found.items()))
        for path, size, footer, found in zip(paths, sizes, footers, folders, strict=True)
    )
    if not any(map(sum, (shard.groups for shard in shards))):
        raise DataError(f"{name}: there are no rows in it.")
    return Shards(name, files, kind, schema, shards, sum(footer.bytes for footer in footers))


def _file_system(source: str | Path) -> tuple[pa.fs.FileSystem, str]:
    if isinstance(source, Path) or urlsplit(source).scheme not in SCHEMES:
        return pa.fs.LocalFileSystem(), Path(source).expanduser().absolute().as_posix()
    try:
        files, root = pa.fs.FileSystem.from_uri(source)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DataError(f"{source}: cannot be connected to ({first_line(error)})") from None
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
        raise DataError(f"{name}: cannot be listed ({first_line(error)})") from None
    inside = [item for item in found if item.type == pa.fs.FileType.File and _is_visible(_below(item.path, root))]
    if chosen:
        inside = [item for item in inside if item.path in chosen]
    used = sorted((item.path, item.size) for item in inside if suffix_of(item.path) in SHARDS)
    left = sorted(_below(item.path, root) for item in inside if suffix_of(item.path) not in SHARDS)
    if not used:
        raise DataError(f"{name}: there is no file that ends in {', '.join(SHARDS)} in it.")
    if left:
        notes.append(f"files and folders left out: {listed(left, _SHOWN)}")
    return [path for path, _ in used], [size for _, size in used]


def _is_visible(name: str) -> bool:
    """Files of other programs begin with a dot or a low line: _SUCCESS, _metadata, .part-0.parquet.crc."""
    return not any(part.startswith((".", "_")) and "=" not in part for part in PurePosixPath(name).parts)


def _below(path: str, root: str) -> str:
    return path[len(root) :].lstrip("/") if path.startswith(root) and path != root else PurePosixPath(path).name


def _folders(name: str) -> dict[str, str | None]:
    """The columns that the folders `column=value` are named by, as Hive and Spark write them."""
    pairs = (part.partition("=")[::2] for part in PurePosixPath(name).parts[:-1] if "=" in part)
    return {unquote(key): None if value == _NOTHING else unquote(value) for key, value in pairs}


def _kind(values: Iterable[str | None]) -> pa.DataType:
    there = [value for value in values if value is not None]
    return pa.int64() if all(re.fullmatch(r"-?(0|[1-9]\d{0,17})", value) for value in there) else pa.string()


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
