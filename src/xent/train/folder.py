"""The run's folder: always a new one, and every file in it is either whole or not there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` to write to; it takes the place of `path` once it is written."""
    temporary = path.with_name(f".{path.name}.partial")
    try:
        temporary.touch()
        mode = temporary.stat().st_mode
        yield temporary
        # safetensors closes its files to everyone but the writer; here all files of a run are open alike.
        temporary.chmod(mode)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file as a whole."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
