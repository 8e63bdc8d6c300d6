"""Images whose labels stand in a table: labels.csv with a column of their names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...config.data import DataConfig, names
from ...errors import DataError
from ..columns import find_target, texts
from ..pixels import SUFFIXES, is_image
from ..records.images import ImageRecords
from ..records.table_rows import TableRows
from .layout import visible

_LOOK = 100
_MOST = 0.9


def named_images(table: TableRows, root: Path, config: DataConfig, notes: list[str]) -> ImageRecords | None:
    """The images that a column of a table names, in its folder or one in it; None where no column does."""
    column = next((name for name in table.names if _names_images(table, name, root)), None)
    if column is None or config.kind in ("tabular", "text"):
        return None
    given = [str(value).strip() for value in texts(table.column(column))]
    paths = Finder(root).paths(given)
    others = [name for name in table.names if name != column]
    asked = names(config.target)
    labels, why = None, ""
    if others:
        found = find_target(others, asked, table.column)
        target, why = found.names[0], str(found)
        if len(found.names) > 1:
            raise DataError(f"{table.name}: images have one column of labels, got {', '.join(map(repr, found.names))}.")
        labels = np.asarray([str(value).strip() for value in texts(table.column(target))], dtype=np.str_)
        left = [repr(name) for name in others if name != target]
        if left:
            notes.append(f"columns left out: {', '.join(left)} (beside the images that {column!r} names)")
    return ImageRecords(root, paths, labels, config.memory_mb << 20, predicts=why)


def _names_images(table: TableRows, name: str, root: Path) -> bool:
    """Decide whether the values are names of images, and the first of them are there."""
    values = [str(value).strip() for value in texts(table.column(name).slice(0, _LOOK))]
    images = [value for value in values if value.lower().endswith(SUFFIXES)]
    return len(images) >= _MOST * len(values) and Finder(root).knows(images)


class Finder:
    """The images of a folder and of the folders in it, by their names with and without their ending."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._known: dict[str, list[Path]] | None = None

    def knows(self, values: Sequence[str]) -> bool:
        """Return whether most of these are names of images."""
        found = sum(bool(self._find(value)) for value in values)
        return bool(values) and found >= _MOST * len(values)

    def paths(self, values: Sequence[str]) -> list[Path]:
        """The image of each name; of one that is not there, where it should be.

        Raises:
            DataError: two images have the name.
        """
        found = []
        for value in values:
            paths = self._find(value)
            if len(paths) > 1:
                shown = " and ".join(path.relative_to(self.root).as_posix() for path in paths[:2])
                raise DataError(f"{self.root}: {value!r} may be {shown}; write the folder before the name")
            found.append(paths[0] if paths else self.root / value)
        return found

    def _find(self, value: str) -> list[Path]:
        if (self.root / value).is_file() and is_image(Path(value)):
            return [self.root / value]
        return self._listed().get(value, [])

    def _listed(self) -> dict[str, list[Path]]:
        if self._known is None:
            self._known = {}
            folders = [self.root, *(item for item in visible(self.root) if item.is_dir())]
            for path in (item for folder in folders for item in folder.iterdir() if is_image(item)):
                for name in (path.name, path.stem):
                    self._known.setdefault(name, []).append(path)
        return self._known
