"""Folders: one of images per class, or images/ with masks/."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .config import DataConfig
from .errors import DataError
from .image_records import ImageRecords
from .images import is_image
from .mask_records import MaskRecords

_IMAGES = ("images", "image", "imgs")
_MASKS = ("masks", "mask", "labels", "annotations")
# What the name of a mask may have behind the name of its image.
_ENDINGS = ("", "_mask", "-mask", "_label", "_seg")


def open_folder(path: Path, config: DataConfig, notes: list[str]) -> ImageRecords:
    """The images of a folder, with their classes or masks if it has them."""
    memory = config.memory_mb << 20
    folders = {item.name.lower(): item for item in sorted(path.iterdir()) if item.is_dir()}
    images = next((folders[name] for name in _IMAGES if name in folders), None)
    masks = next((folders[name] for name in _MASKS if name in folders), None)
    if images is not None and masks is not None:
        return _with_masks(path, images, masks, memory)
    found = sorted(item for item in path.rglob("*") if item.is_file() and not _hidden(item, path))
    paths = [item for item in found if is_image(item)]
    if not paths:
        raise DataError(f"{path}: there are no images in it, and no file of rows.")
    others = [item for item in found if not is_image(item) and item.parent != path]
    if others:
        notes.append(f"{len(others):,} files are no images by their names (such as {others[0].relative_to(path)})")
    inside = [item for item in paths if item.parent != path]
    if not inside:
        return ImageRecords(path, paths, None, memory)
    if len(inside) < len(paths):
        notes.append(f"{len(paths) - len(inside):,} images beside the folders of the classes are left out")
    labels = np.asarray([item.relative_to(path).parts[0] for item in inside], dtype=np.str_)
    return ImageRecords(path, inside, labels, memory)


def _with_masks(root: Path, images: Path, masks: Path, memory: int) -> MaskRecords:
    paths = sorted(item for item in images.rglob("*") if item.is_file() and is_image(item))
    if not paths:
        raise DataError(f"{images}: there are no images in it.")
    by_stem = {item.relative_to(masks).with_suffix("").as_posix(): item for item in masks.rglob("*") if is_image(item)}
    labels = []
    for item in paths:
        stem = item.relative_to(images).with_suffix("").as_posix()
        mask = next((by_stem[stem + ending] for ending in _ENDINGS if stem + ending in by_stem), None)
        labels.append("" if mask is None else str(mask))
    return MaskRecords(root, paths, np.asarray(labels, dtype=np.str_), memory)


def _hidden(item: Path, root: Path) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in item.relative_to(root).parts)
