"""Files that are either whole or not there."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# What a temporary file or folder is called, after the name of what it is for: ".report.html.k3j9s2.partial".
PARTIAL = ".partial"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` to write to; it takes the place of `path` once it is written.

    The temporary file is new and has a random name: two writers do not meet in it, and no link is followed.
    """
    temporary = _new_partial_file(path)
    try:
        yield temporary
        open_to_all(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def try_to_write(path: Path) -> None:
    """Raise the OSError that writing a file would raise, as far as a new file beside it tells; leave nothing behind."""
    _new_partial_file(path).unlink()


def _new_partial_file(path: Path) -> Path:
    file, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=PARTIAL, dir=path.parent)
    os.close(file)
    return Path(name)


def new_partial_folder(target: Path) -> Path:
    """A new, empty folder beside `target`, to be renamed to it once it is filled."""
    return Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=PARTIAL, dir=target.parent))


def open_to_all(path: Path) -> None:
    """Give a file, or a folder, the mode of one that a program usually makes; temporary ones are the owner's alone."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod((0o777 if path.is_dir() else 0o666) & ~mask)


def read_json(path: Path) -> Any:
    """The content of a JSON file from anybody.

    Raises:
        OSError: it cannot be read; ValueError: it is no JSON, or nested so deeply that it cannot be meant.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def check_plain(folder: Path) -> None:
    """Make sure that a folder from anybody holds files and folders alone: reading a pipe or a device may never end.

    Raises:
        ValueError: it holds something else.
    """
    for place, _, names in os.walk(folder):
        for path in (Path(place, name) for name in names):
            if path.exists() and not path.is_file():
                raise ValueError(f"{path} is no file, but a pipe, a device or a socket; take it out of the folder")


def write_text(path: Path, text: str) -> None:
    """Write a text file as a whole.

    A byte of a path that is no UTF-8 is written as JSON and YAML escape it, and read back as what it was.
    """
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
