"""The kind of a source, and the records that it opens as."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from ...config.data import DataConfig
from ...config.rules import SettingError
from ...errors import DataError
from ..pixels import is_image
from ..records.base import BadRow, Records, bad_rows_error
from ..records.images import ImageRecords
from ..records.tables import TableRecords
from .bundled import BUNDLED
from .bundled import load as load_bundled
from .folders import open_folder
from .layout import Place, find_layout
from .npz import open_npz
from .table_files import SUFFIXES, TableFile, is_table


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
    if config.source in BUNDLED:
        parts.records["train"] = load_bundled(config.source)
        places: dict[str, Place] = {}
    else:
        places, parts.notes = find_layout(_existing("data.source", config.source))
    for part, path in (("val", config.val), ("test", config.test)):
        if path is not None:
            places[part] = Place(_existing(f"data.{part}", path))
    for part, place in places.items():
        if part == "train" and place.path.suffix.lower() == ".npz":
            parts.records |= open_npz(place.path)
        else:
            parts.records[part] = open_place(place, config, parts.skipped, parts.notes)
    return parts


def open_records(source: str, config: DataConfig, skipped: list[BadRow], notes: list[str]) -> Records:
    """The records of one source alone; rows that cannot be read are added to `skipped`, or are an error."""
    if source in BUNDLED:
        return load_bundled(source)
    return open_place(Place(_existing("SOURCE", source)), config, skipped, notes)


def open_place(place: Place, config: DataConfig, skipped: list[BadRow], notes: list[str]) -> Records:
    """The records of a file or folder."""
    path = place.path
    if path.is_dir():
        return open_folder(place, config, notes)
    if path.suffix.lower() == ".npz":
        return open_npz(path)["train"]
    if is_image(path):
        return ImageRecords(path.parent, [path], None, config.memory_mb << 20)
    if not is_table(path):
        raise DataError(f"{path.name}: expected a file ending in {', '.join(SUFFIXES)} or .npz, or a folder.")
    return _open_table(path, config, skipped, notes)


def _open_table(path: Path, config: DataConfig, skipped: list[BadRow], notes: list[str]) -> TableRecords:
    memory = config.memory_mb << 20
    file = TableFile(path, config.encoding, memory)
    if file.bad and config.on_bad_row == "error":
        raise bad_rows_error(file.bad, len(file.bad))
    skipped += file.bad
    if file.encoding == "gb18030" and config.encoding == "auto":
        notes.append(f"{path.name} is not UTF-8 and was read as GB18030 (GBK)")
    return TableRecords(path.name, file.table, file.lines, memory)


def _existing(setting: str, source: str) -> Path:
    path = Path(source).expanduser()
    if path.exists():
        return path
    folder = path.parent if path.parent.is_dir() else Path()
    beside = [item.name for item in folder.iterdir() if not item.name.startswith(".")]
    near = get_close_matches(path.name, beside, n=1)
    bundled = get_close_matches(source, BUNDLED, n=1, cutoff=0.7) or ([] if near else ["digits"])
    example = bundled[0] if bundled else str(folder / near[0])
    expected = "a file or folder that exists"
    if setting == "data.source":
        expected += f", or one of {', '.join(BUNDLED)}"
    raise SettingError(setting, expected, source, example)
