"""What a source is, and the records that it opens as."""

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
from .npz import open_npz
from .table_files import SUFFIXES, TableFile, is_table

# The names that the files, or folders, of the parts may have.
_PARTS = {"train": ("train", "training"), "val": ("val", "valid", "validation", "dev"), "test": ("test",)}


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
        DataError: it cannot be read.
    """
    paths = {"train": config.source, "val": config.val, "test": config.test}
    name = Path(config.source).name or config.source
    if config.source not in BUNDLED:
        found = _parts_in(_existing("data.source", config.source))
        paths = {**found, **{part: path for part, path in paths.items() if path and part != "train"}}
    parts = Parts(name)
    for part, path in paths.items():
        if part == "train" and Path(config.source).suffix.lower() == ".npz":
            parts.records |= open_npz(Path(config.source).expanduser())
        elif path is not None:
            setting = "data.source" if part == "train" else f"data.{part}"
            parts.records[part] = open_records(path, config, parts.skipped, parts.notes, setting)
    return parts


def open_records(
    source: str, config: DataConfig, skipped: list[BadRow], notes: list[str], setting: str = "data.source"
) -> Records:
    """The records of one source alone; rows that cannot be read are added to `skipped`, or are an error."""
    if source in BUNDLED:
        return load_bundled(source)
    path = _existing(setting, source)
    if path.is_dir():
        return open_folder(path, config, notes)
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


def _parts_in(path: Path) -> dict[str, str]:
    """The files of a folder that are named for the parts; else the path itself is the training part."""
    if not path.is_dir():
        return {"train": str(path)}
    found: dict[str, str] = {}
    for item in sorted(path.iterdir()):
        # a.csv.gz is named a.
        stem = item.name.split(".")[0].lower() if item.is_file() else item.name.lower()
        if item.is_dir() or is_table(item) or item.suffix.lower() == ".npz":
            part = next((part for part, stems in _PARTS.items() if stem in stems), None)
            if part is not None:
                if part in found:
                    raise DataError(
                        f"{path}: both {Path(found[part]).name} and {item.name} are the {part} part; remove one."
                    )
                found[part] = str(item)
    if "train" in found:
        return found
    tables = [item for item in sorted(path.iterdir()) if is_table(item)]
    if len(tables) == 1:
        return {"train": str(tables[0])}
    if len(tables) > 1:
        names = ", ".join(item.name for item in tables[:5])
        raise DataError(f"{path}: which of {names} is to train on? Name one, or name them train, val and test.")
    return {"train": str(path)}
