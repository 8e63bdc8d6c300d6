"""Image files as pixels: any format and mode that Pillow reads, brought to one size and 1 or 3 channels."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

Pixels = NDArray[np.uint8]
T = TypeVar("T")

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".jp2", ".avif")
# Larger images teach a small model little more, and cost it much.
_LARGEST = 128
_LOOK = 2000
NO_IMAGE = "it is no image that can be read (damaged, or another kind of file)"
_GREY = ("1", "L", "LA", "I", "I;16", "I;16B", "F")


class Look(NamedTuple):
    """The header of an image: (height, width) and whether it is grey."""

    size: tuple[int, int]
    grey: bool


def is_image(path: Path) -> bool:
    """Return whether the file's name is that of an image."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def in_parallel(function: Callable[[Path], T], paths: Sequence[Path]) -> list[T]:
    """The function of each path, in order; Pillow decodes outside of Python's lock."""
    if len(paths) < 32:
        return [function(path) for path in paths]
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        return list(pool.map(function, paths, chunksize=16))


def read_pixels(path: Path, channels: int, size: tuple[int, int]) -> Pixels:
    """An image, (K, H, W).

    Raises:
        OSError: it cannot be read.
    """
    with opened(path) as image:
        return to_pixels(image, channels, size)


def to_pixels(image: Image.Image, channels: int = 0, size: tuple[int, int] | None = None) -> Pixels:
    """A picture as (K, H, W); its own size, and 1 channel if it is grey, else 3, where nothing else is asked for."""
    upright = ImageOps.exif_transpose(image) or image
    grey = channels == 1 if channels else is_grey(image)
    colours = _grey(upright) if grey else _rgb(upright)
    if size is not None and colours.size != (size[1], size[0]):
        colours = colours.resize((size[1], size[0]), Image.Resampling.BILINEAR)
    pixels = np.asarray(colours, dtype=np.uint8)
    return pixels[None] if grey else np.ascontiguousarray(pixels.transpose(2, 0, 1))


def is_grey(image: Image.Image) -> bool:
    """Return whether a picture has no colours."""
    return image.mode in _GREY


def try_pixels(channels: int, size: tuple[int, int]) -> Callable[[Path], Pixels | str]:
    """A function that reads an image, or returns why it cannot be read."""
    return partial(_try, channels, size)


def _try(channels: int, size: tuple[int, int], path: Path) -> Pixels | str:
    try:
        return read_pixels(path, channels, size)
    except OSError as error:
        return reason(error)


def reason(error: OSError) -> str:
    """Why an image cannot be read, without its path, which stands before it."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    text = str(error)
    if "cannot identify" in text:
        return NO_IMAGE
    return f"the image cannot be read ({text.split(chr(10))[0]})"


def look(path: Path) -> Look | None:
    """Read the header; None if there is none."""
    try:
        with opened(path) as image:
            turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
            width, height = image.size
            return Look((width, height) if turned else (height, width), is_grey(image))
    except OSError:
        return None


def common_form(paths: Sequence[Path], size: int | None) -> tuple[int, int, int]:
    """Channels, height and width for all images: their own where it is one, else a square of the median side.

    Args:
        paths: of the images; of many, some are looked at.
        size: height and width, if they are to be these.
    """
    step = max(1, len(paths) // _LOOK)
    looks = [seen for seen in in_parallel(look, paths[::step]) if seen is not None]
    channels = 1 if looks and all(seen.grey for seen in looks) else 3
    if size is not None:
        return channels, size, size
    sizes = {seen.size for seen in looks}
    if len(sizes) == 1 and max(next(iter(sizes))) <= 2 * _LARGEST:
        height, width = next(iter(sizes))
        return channels, height, width
    side = median(min(seen.size) for seen in looks) if looks else 32
    side = int(min(_LARGEST, max(8, round(side / 8) * 8)))
    return channels, side, side


def opened(path: Path) -> Image.Image:
    """An image file of which the header is read.

    Raises:
        OSError: it is no image, or one of so many pixels that it can only be meant to fill memory.
    """
    try:
        return Image.open(path)
    except Image.DecompressionBombError as error:
        raise OSError(str(error)) from None


def _grey(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        # 16 bits: the upper 8 of them.
        return Image.fromarray((np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8))
    return (_on_white(image) if image.mode == "LA" else image).convert("L")


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        return _grey(image).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        return _on_white(image)
    return image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    # What is transparent has any colour in the file; it is seen on white.
    layer = image.convert("RGBA")
    paper = Image.new("RGBA", layer.size, (255, 255, 255, 255))
    return Image.alpha_composite(paper, layer).convert("RGB")
