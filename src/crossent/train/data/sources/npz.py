"""NumPy's .npz files: inputs and labels, of one part or of several."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....wording import listed
from ...errors import DataError
from ..records.arrays import ArrayRecords

_INPUTS = ("x", "inputs", "images", "data")
_LABELS = ("y", "labels", "targets", "label", "target", "masks")
_PARTS = {"train": ("train",), "val": ("val", "valid", "validation"), "test": ("test",)}


def open_npz(path: Path) -> dict[str, ArrayRecords]:
    """The parts of a file: "train" alone from x and y, several from x_train, y_train, x_test, y_test."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays: dict[str, NDArray[Any]] = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError) as error:
        raise DataError(
            f"{path.name}: cannot be read as an .npz file of plain arrays ({str(error).splitlines()[0]})"
        ) from None
    parts = {}
    for part, endings in _PARTS.items():
        names = ("", *endings) if part == "train" else endings
        x = _find(arrays, _INPUTS, names)
        if x is not None and x.dtype.kind not in "biuf":
            raise DataError(f"{path.name}: expected inputs that are numbers, got {x.dtype}; write texts to a .csv file")
        if x is not None:
            found = _find(arrays, _LABELS, names)
            parts[part] = ArrayRecords(x, found, path.name, _names(arrays, "classes"), _names(arrays, "features"))
    if "train" not in parts and len(parts) == 1:
        parts = {"train": next(iter(parts.values()))}
    if "train" not in parts:
        shown = listed(list(arrays)) or "none"
        raise DataError(
            f"{path.name}: expected arrays named x and y (or x_train, y_train, x_test, y_test), got {shown}."
        )
    return parts


def _find(arrays: dict[str, NDArray[Any]], names: tuple[str, ...], parts: tuple[str, ...]) -> NDArray[Any] | None:
    lower = {name.lower().replace("-", "_"): name for name in arrays}
    for part in parts:
        for name in names:
            for key in (f"{name}_{part}", f"{part}_{name}") if part else (name,):
                if key in lower:
                    return arrays[lower[key]]
    return None


def _names(arrays: dict[str, NDArray[Any]], key: str) -> list[str] | None:
    return [str(name) for name in arrays[key]] if key in arrays else None
