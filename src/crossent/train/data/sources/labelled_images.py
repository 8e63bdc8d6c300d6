"""Images whose labels stand in a table: labels.csv with a column of their names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...config.data import DataConfig, names
from ...errors import DataError
from ..columns import find_target, is_text, texts
from ..pixels import SUFFIXES, is_image
from ..records.base import bad_rows_error
from ..records.images import ImageRecords
from ..records.table_rows import TableRows
from ..records.tables import TableRecords
from .layout import visible
from .table_files import TableFile

_LOOK = 100
_MOST = 0.9


class Finder:
    """The images of a folder and of the folders in it, by their names.

    Args:
        root: the folder.
        short: whether names without their ending are names of images too.
    """

    def __init__(self, root: Path, short: bool = False) -> None:
        self.root, self.short = root, short
        self._known: dict[str, list[Path]] | None = None

    def knows(self, values: Sequence[str]) -> bool:
        """Return whether most of these are names of images here."""
        could = [value for value in values if value and (self.short or value.lower().endswith(SUFFIXES))]
        return len(could) >= _MOST * len(values) > 0 and sum(map(bool, map(self.find, could))) >= _MOST * len(could)

    def find(self, value: str) -> list[Path]:
        """The images of a name."""
        if is_image(Path(value)) and (self.root / value).is_file():
            return [self.root / value]
        if self._known is None:
            self._known = {}
            folders = [self.root, *(item for item in visible(self.root) if item.is_dir())]
            for path in (item for folder in folders for item in folder.iterdir() if is_image(item)):
                for name in (path.name, path.stem):
                    self._known.setdefault(name, []).append(path)
        return self._known.get(value, [])

    def one(self, value: str) -> Path:
        """The image of a name; if it is not there, where it should be.

        Raises:
            DataError: two images have the name.
        """
        paths = self.find(value)
        if len(paths) > 1:
            shown = " and ".join(path.relative_to(self.root).as_posix() for path in paths[:2])
            raise DataError(f"{self.root.name}: {value!r} may be {shown}; write the folder before the name")
        return paths[0] if paths else self.root / value


def named_images(table: TableRows, finder: Finder, config: DataConfig, notes: list[str]) -> ImageRecords | None:
    """The images that a column of a table names, in its folder or one in it; None where no column does."""
    column = _naming(table, finder, config)
    if column is None:
        return None
    given = _values(table, column)
    labels, why = _labels(table, column, config, notes)
    return ImageRecords(finder.root, list(map(finder.one, given)), labels, config.memory_mb << 20, predicts=why)


def labelled_by(path: Path, folder: Path, config: DataConfig, notes: list[str]) -> ImageRecords | None:
    """The images of a folder that a table beside it has rows of; None where it has none."""
    file = TableFile(path, config.encoding, config.memory_mb << 20, config.header)
    if file.bad:
        raise bad_rows_error(file.bad, len(file.bad))
    table = TableRecords(path.name, file.table, file.lines)
    images = {key: item for item in visible(folder) if is_image(item) for key in (item.stem, item.name)}
    column = next((name for name in table.names if images.keys() & set(_values(table, name))), None)
    if column is None:
        return None
    known = [row for row, value in enumerate(_values(table, column)) if value in images]
    part = table.take(np.asarray(known))
    labels, why = _labels(part, column, config, notes)
    paths = [images[value] for value in _values(part, column)]
    without = len([item for item in visible(folder) if is_image(item)]) - len(set(paths))
    if without:
        notes.append(f"{without:,} images of {folder.name} are left out: {path.name} has no row for them")
    return ImageRecords(folder, paths, labels, config.memory_mb << 20, predicts=why)


def _naming(table: TableRows, finder: Finder, config: DataConfig) -> str | None:
    if config.kind in ("tabular", "text"):
        return None
    wordy = (name for name in table.names if is_text(table.column(name).type))
    return next((name for name in wordy if finder.knows(_values(table, name)[:_LOOK])), None)


def _values(table: TableRows, name: str) -> list[str]:
    return [str(value).strip() for value in texts(table.column(name))]


def _labels(table: TableRows, column: str, config: DataConfig, notes: list[str]) -> tuple[np.ndarray | None, str]:
    """The labels, and which column they are and why."""
    others = [name for name in table.names if name != column]
    if not others:
        return None, ""
    found = find_target(others, names(config.target), table.column)
    target = found.names[0]
    if len(found.names) > 1:
        raise DataError(f"{table.name}: images have one column of labels, got {', '.join(map(repr, found.names))}.")
    left = [repr(name) for name in others if name != target]
    if left:
        notes.append(f"columns left out: {', '.join(left)} (beside the images that {column!r} names)")
    return np.asarray(_values(table, target), dtype=np.str_), str(found)
