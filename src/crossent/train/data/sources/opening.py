"""The kind of a source, and the records that it opens as."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from ...config.data import DataConfig, names, refuse
from ...config.names import is_url
from ...config.rules import SettingError
from ...errors import DataError
from ..pixels import is_image
from ..records.base import BadRow, Records, bad_rows_error
from ..records.images import ImageRecords
from ..records.shard_rows import ShardRows
from ..records.tables import TableRecords
from .archives import is_archive, unpacked
from .bundled import BUNDLED
from .bundled import load as load_bundled
from .database import is_database, read_database
from .encoding import plain_suffix
from .folders import open_folder
from .labelled_images import Finder, named_images
from .layout import Place, find_layout, is_rows, told_left, visible
from .npz import open_npz
from .remote import refuse_remote
from .shards import is_remote, is_sharded, open_shards
from .table_files import SUFFIXES, TEXT_SUFFIXES, TableFile, is_table
from .vectors import spread


@dataclass
class Parts:
    """The records of a source by part: "train", and "val" and "test" where they are not to be split off of it."""

    name: str
    records: dict[str, Records] = field(default_factory=dict)
    skipped: list[BadRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def open_source(config: DataConfig) -> Parts:
    """The records of the settings' source.

    Raises:
        SettingError: there is no such source.
        DataError: it cannot be read, or which of its folders are parts is not clear.
    """
    parts = Parts(Path(config.source).name or config.source)
    places: dict[str, Place] = {}
    if config.query is not None and (_is_stored(config.source) or config.source in BUNDLED):
        refuse(config, ("query",), f"{config.source} is no database")
    if _is_stored(config.source):
        path = _existing("data.source", config.source)
        path = unpacked(path, parts.notes) if is_archive(path) else path
        places, notes = find_layout(path)
        parts.notes += notes
    else:
        parts.records["train"] = open_records(config.source, config, parts.skipped, parts.notes, "data.source")
    for part, source in (("val", config.val), ("test", config.test)):
        if source is not None:
            places.pop(part, None)
            one = replace(config, query=None)
            parts.records[part] = open_records(source, one, parts.skipped, parts.notes, f"data.{part}")
    for part, place in places.items():
        if part == "train" and place.path.suffix.lower() == ".npz":
            parts.records |= open_npz(place.path)
        else:
            parts.records[part] = open_place(place, config, parts.skipped, parts.notes)
    return parts


def open_records(
    source: str, config: DataConfig, skipped: list[BadRow], notes: list[str], setting: str = "SOURCE"
) -> Records:
    """The records of one source alone; rows that cannot be read are added to `skipped`, or are an error."""
    if is_remote(source):
        return ShardRows.whole(open_shards(source, notes=notes), config.memory_mb << 20)
    if is_url(source):
        refuse_remote(setting, source)
        return open_database(source, config)
    if source in BUNDLED:
        return load_bundled(source)
    path = _existing(setting, source)
    return open_place(Place(unpacked(path, notes) if is_archive(path) else path), config, skipped, notes)


def open_database(source: str, config: DataConfig) -> TableRecords:
    """The rows of a database."""
    table = read_database(source, config.query)
    name = Path(source).name
    if table.num_rows == 0:
        raise DataError(f"{name}: there are no rows in it.")
    return TableRecords(name, table, np.arange(1, table.num_rows + 1), config.memory_mb << 20)


def _is_stored(source: str) -> bool:
    """A file or folder, in which there may be several parts."""
    return not is_url(source) and source not in BUNDLED and not is_database(Path(source))


def open_place(place: Place, config: DataConfig, skipped: list[BadRow], notes: list[str]) -> Records:
    """The records of a file or folder."""
    path = place.path
    if path.is_dir() and (place.files or is_sharded(path)):
        return ShardRows.whole(open_shards(path, place.files, notes), config.memory_mb << 20)
    tables = [item for item in visible(path) if is_rows(item)] if path.is_dir() and place.masks is None else []
    if len(tables) == 1 and not any(item.is_dir() or is_image(item) for item in visible(path)):
        return open_place(replace(place, path=tables[0], root=path), config, skipped, notes)
    if path.is_dir():
        return open_folder(place, config, notes)
    if path.suffix.lower() == ".npz":
        return open_npz(path)["train"]
    if is_image(path):
        return ImageRecords(path.parent, [path], None, config.memory_mb << 20)
    if is_database(path):
        return open_database(str(path), config)
    if not is_table(path) and plain_suffix(path) not in TEXT_SUFFIXES:
        shown = ", ".join(SUFFIXES)
        raise DataError(
            f"{path.name}: expected a file ending in {shown}, .txt, .sqlite, .zip or .npz, or a folder; save it as one "
            "of these."
        )
    records = _open_table(place, config, skipped, notes)
    if place.root is not None:
        paths = records.paths if isinstance(records, ImageRecords) else []
        used = {place.root / item.relative_to(place.root).parts[0] for item in paths if place.root in item.parents}
        notes += told_left(place.root, {path, *used})
    return records


def _open_table(place: Place, config: DataConfig, skipped: list[BadRow], notes: list[str]) -> Records:
    path = place.path
    memory = config.memory_mb << 20
    file = TableFile(path, config.encoding, memory, config.header)
    if file.bad and config.on_bad_row == "error":
        raise bad_rows_error(file.bad, len(file.bad))
    skipped += file.bad
    notes += file.notes
    if file.encoding == "gb18030" and config.encoding == "auto":
        notes.append(f"{path.name} is not UTF-8 and was read as GB18030 (GBK)")
    table = spread(file.table, names(config.target), notes)
    records = TableRecords(path.name, table, file.lines, memory, named=file.named)
    return named_images(records, Finder(path.parent, place.root is not None), config, notes) or records


def _existing(setting: str, source: str) -> Path:
    path = Path(source).expanduser()
    if path.is_file() or path.is_dir():
        return path
    if path.exists():
        raise DataError(
            f"{source}: this is no file, but a pipe, a device or a socket, and data are read more than once; write its "
            "content to a file first"
        )
    folder = path.parent if path.parent.is_dir() else Path()
    beside = [item.name for item in visible(folder)]
    near = get_close_matches(path.name, beside, n=1)
    bundled = get_close_matches(source, BUNDLED, n=1, cutoff=0.7) or ([] if near else ["digits"])
    example = bundled[0] if bundled else str(folder / near[0])
    expected = "a file or folder that exists"
    if setting == "data.source":
        expected = f"a file or folder that exists, or one of {', '.join(BUNDLED)}"
    raise SettingError(setting, expected, source, example)
