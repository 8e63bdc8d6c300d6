"""The run's folder: always a new one."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from .config import SettingError


def new_folder(parent: Path, name: str) -> Path:
    """Create and return `parent/name`, or with -2, -3, … after it the first that does not exist yet."""
    try:
        parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise SettingError("out", "a folder, or a path where one can be made", str(parent), "runs") from None
    for number in count(1):
        folder = parent / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise AssertionError("count() does not end")
