"""The folder of a run, and what to say of one that holds none; free of torch, so that it is said at once."""

from __future__ import annotations

import difflib
from pathlib import Path

from ...files import check_plain
from ..errors import RunError


def run_folder(folder: Path | str) -> Path:
    """The folder, in which a training has left its settings.

    Raises:
        RunError: there is no such folder, or no run in it, or something that is no file.
    """
    path = Path(folder)
    if not path.is_dir():
        raise RunError(f"there is no folder {str(folder)!r}{_near(path)}")
    if not (path / "config.yaml").exists():
        runs = sorted((item.parent for item in path.glob("*/config.yaml")), key=lambda item: item.stat().st_mtime)
        hint = f"; it holds runs, the newest is {runs[-1]}" if runs else ": there is no config.yaml in it"
        raise RunError(f"{str(folder)!r} is not the folder of a run{hint}")
    try:
        check_plain(path)
    except ValueError as error:
        raise RunError(str(error)) from None
    return path


def _near(path: Path) -> str:
    try:
        siblings = [item.name for item in path.parent.iterdir() if (item / "config.yaml").exists()]
        inside = [item.name for item in Path("runs").iterdir()] if Path("runs").is_dir() else []
    except OSError:
        return ""
    if path.name in inside:
        return f"; did you mean {Path('runs') / path.name}?"
    near = difflib.get_close_matches(path.name, siblings, n=1, cutoff=0.4)
    return f"; did you mean {path.parent / near[0]}?" if near else ""
