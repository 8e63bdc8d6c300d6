"""manifest.json: sizes and checksums of the files of a run that predicting and resuming read.

It finds damage and changes, not forgery. What a person may edit (config.yaml) is not in it, and is checked by the rules
of the settings instead; checkpoints have checksums of their own, in their state.json.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ... import files
from ..errors import RunError
from .checkpoint import checksum, checksum_of

MANIFEST = "manifest.json"
SCHEMA = ("schema/schema.json", "schema/tokenizer.json")
# What is known before the first step, and what is found out after the last one.
AT_START = ("census.json", "model.json", *SCHEMA)
REFIT = "refit/state.json"
AT_END = ("metrics.json", "calibration.json", "thresholds.json", REFIT)


def record(folder: Path, names: Iterable[str]) -> None:
    """Take these files of a run into its manifest as they are now; one that is not there is taken out."""
    recorded = _recorded(folder) or {}
    for name in names:
        recorded.pop(name, None)
        if (folder / name).exists():
            recorded[name] = [(folder / name).stat().st_size, checksum(folder / name)]
    _write(folder, recorded)


def forget(folder: Path, names: Iterable[str]) -> None:
    """Take files out of the manifest that are about to be written again: until `record`, they are as if not there."""
    recorded = _recorded(folder)
    if recorded is not None:
        _write(folder, {name: value for name, value in recorded.items() if name not in set(names)})


def is_recorded(folder: Path, name: str) -> bool:
    """Return whether a file belongs to the run; in a run of version 0.1, which has no manifest, every file does."""
    recorded = _recorded(folder)
    return (folder / name).exists() if recorded is None else name in recorded


def verify(folder: Path, name: str) -> Path:
    """The path of a file of a run that is as the run has written it.

    Raises:
        RunError: it is missing, cut short or changed.
    """
    path, recorded = folder / name, _recorded(folder)
    if recorded is not None and name in recorded:
        size, expected = recorded[name]
        found = path.stat().st_size if path.exists() else None
        if found is None:
            raise RunError(f"{path} is missing; {_KEPT}")
        if found != size or checksum(path) != expected:
            raise RunError(f"{path} is not as the run has written it: it was changed, cut short or damaged; {_KEPT}")
    return path


_KEPT = "put a whole copy of the run's folder in its place, or train again"


def read_json(path: Path) -> dict[str, Any]:
    """The content of a JSON file in a run's folder; nothing where there is none.

    Raises:
        RunError: it is damaged.
    """
    folder = path.parent
    if not is_recorded(folder, path.name):
        return {}
    try:
        content = files.read_json(verify(folder, path.name))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise RunError(f"{path} cannot be read: {error}") from None
    if not isinstance(content, dict):
        raise RunError(f"{path} cannot be read: it holds a {type(content).__name__} instead of names and values")
    return content


def _write(folder: Path, recorded: dict[str, list[int]]) -> None:
    content = {"checksum": checksum_of(recorded), "files": dict(sorted(recorded.items()))}
    files.write_text(folder / MANIFEST, json.dumps(content, indent=1) + "\n")


def _recorded(folder: Path) -> dict[str, list[int]] | None:
    path = folder / MANIFEST
    if not path.exists():
        return None
    try:
        content = files.read_json(path)
        # A file whose name was damaged in here would not belong to the run. Runs of version 0.1 have no checksum.
        if set(content) - {"checksum", "files"} or content.get("checksum") not in (None, checksum_of(content["files"])):
            raise ValueError("its checksum is not the one of its content")
        return {str(name): [int(size), int(check)] for name, (size, check) in content["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(f"{path} cannot be read: {error}; {_KEPT}") from None
