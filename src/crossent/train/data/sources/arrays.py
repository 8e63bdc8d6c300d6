"""Numbers, labels and pictures from Python, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from ...errors import DataError
from ..pixels import is_grey, to_pixels
from ..samples import numbered
from .frames import is_column, is_series


def to_array(values: Any, where: str = "data") -> NDArray[Any]:
    """Numbers as one array.

    Raises:
        DataError: rows differ in size, or are no numbers.
    """
    pictures = pictures_of(values)
    if pictures is not None:
        return to_pictures(pictures, where)
    if isinstance(values, (list, tuple)) and len(values) and isinstance(values[0], Tensor):
        values = [to_array(value, where) for value in values]
    if isinstance(values, Tensor):
        values = values.to_dense() if values.layout is not torch.strided else values
        found: NDArray[Any] = (values.float() if values.dtype is torch.bfloat16 else values).numpy(force=True)
        return found
    try:
        array = np.asarray(values)
    except ValueError:
        sizes = [np.shape(row) for row in values]
        other = next((size for size in sizes if size != sizes[0]), ())
        raise DataError(
            f"{where}: rows are of different shapes, {sizes[0]} and {other}: bring them to one, or give a torch Dataset"
        ) from None
    if array.dtype.kind not in "biuf" or array.ndim == 0:
        raise DataError(f"{where}: expected rows of numbers, got {type(values).__name__} of {array.dtype}.")
    return array


def pictures_of(values: Any) -> list[Image.Image] | None:
    """A list of pictures, None for anything else."""
    if isinstance(values, (list, tuple)) and len(values) and all(isinstance(value, Image.Image) for value in values):
        return list(values)
    return None


def to_pictures(pictures: list[Image.Image], where: str, shape: tuple[int, ...] | None = None) -> NDArray[Any]:
    """Pictures as (N, K, H, W), of a shape that a schema asks for or of their own."""
    sizes = {picture.size for picture in pictures}
    if shape is None and len(sizes) > 1:
        (w, h), (v, g) = sorted(sizes)[:2]
        raise DataError(
            f"{where}: pictures of different sizes, such as {h}x{w} and {g}x{v}: bring them to one, as with "
            f"picture.resize(({w}, {h})), or give a folder of files"
        )
    channels = shape[0] if shape else 1 if all(map(is_grey, pictures)) else 3
    size = (shape[1], shape[2]) if shape else None
    return np.stack([to_pixels(picture, channels, size) for picture in pictures])


def to_labels(y: Any, where: str) -> NDArray[Any]:
    """Labels as an array: (N,) of anything, or (N, C) and masks of numbers."""
    if is_series(y) and getattr(y, "ndim", 1) == 1:
        y = y.to_numpy()
    if isinstance(y, (list, tuple)) and len(y) and is_column(y):
        cells = np.empty(len(y), dtype=object)
        cells[:] = y
        kinds = {type(value) for value in y}
        y = np.asarray(y) if len(kinds) == 1 and None not in y else cells
    found = y if isinstance(y, np.ndarray) else to_array(y, where)
    if found.ndim > 1 and found.dtype.kind not in "biuf":
        raise DataError(f"{where}: labels of several columns are numbers 0 and 1, got {found.flat[0]!r}.")
    return found


def to_numbers(y: Any, where: str) -> tuple[Tensor, Sequence[str] | None]:
    """Labels as a tensor, and the names of their classes where they are words."""
    if isinstance(y, Tensor):
        return y, None
    found = to_labels(y, where)
    return (torch.as_tensor(found), None) if found.dtype.kind in "biuf" else numbered(found.tolist(), where)
