"""Folders: one of images per class, or images/ with masks/."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from ....printable import in_shell, storable
from ...config.data import DataConfig
from ...errors import DataError
from ..pixels import is_image
from ..records.images import ImageRecords
from ..records.masks import MaskRecords
from ..records.tables import TableRecords
from .encoding import find_encoding, open_text, plain_suffix
from .labelled_images import labelled_by
from .layout import Place, unwrapped, visible
from .table_files import TEXT_SUFFIXES

_IMAGES = ("images", "image", "imgs", "jpegimages")
_MASKS = ("masks", "mask", "segmentationclass", "labels", "annotations")
# Folders beside those of the classes, as IMDB has one.
_UNLABELLED = ("unsup", "unlabeled", "unlabelled")
# What the name of a mask may have behind the name of its image.
_ENDINGS = ("", "_mask", "-mask", "_label", "_seg")


def open_folder(place: Place, config: DataConfig, notes: list[str]) -> ImageRecords | TableRecords:
    """The images of a folder, with their classes or masks if it has them; or its texts."""
    path, memory = unwrapped(place.path), config.memory_mb << 20
    if place.masks is not None:
        return _with_masks(path.parent, path, place.masks, memory)
    folders = {item.name.lower(): item for item in visible(path) if item.is_dir()}
    images = next((folders[name] for name in _IMAGES if name in folders), None)
    masks = next((folders[name] for name in _MASKS if name in folders), None)
    if images is not None and masks is not None:
        return _with_masks(path, images, masks, memory)
    without = tuple(item for name, item in folders.items() if name in _UNLABELLED and len(folders) > 2)
    if without:
        notes.append(f"without labels, and left out: {', '.join(item.name for item in without)}")
    found = _files(path, (*place.without, *without))
    paths = [item for item in found if is_image(item)]
    texts = [] if paths else [item for item in found if item.suffix == ".txt" and item.parent != path]
    _note_left(path, found, paths or texts, notes)
    if not paths:
        return _texts(path, texts, config, notes)
    inside = [item for item in paths if item.parent != path]
    if not inside:
        labelled = None if place.table is None else labelled_by(place.table, path, config, notes)
        return labelled or ImageRecords(path, paths, None, memory)
    if len(inside) < len(paths):
        notes.append(f"{len(paths) - len(inside):,} images beside the folders of the classes are left out")
    labels = np.asarray([storable(item.relative_to(path).parts[0]) for item in inside], dtype=np.str_)
    return ImageRecords(path, inside, labels, memory)


def _files(root: Path, without: tuple[Path, ...], above: tuple[Path, ...] = ()) -> list[Path]:
    """All files below a folder but those that systems hide; of links none that leads back to a folder above it."""
    found: list[Path] = []
    above = (*above, root.resolve())
    for item in visible(root):
        if item.is_file():
            found.append(item)
        elif item not in without and item.resolve() not in above:
            found += _files(item, without, above)
    return found


def _note_left(root: Path, found: list[Path], used: list[Path], notes: list[str]) -> None:
    taken = set(used)
    others = [item.relative_to(root).as_posix() for item in found if item not in taken and not is_image(item)]
    if others:
        notes.append(f"{len(others):,} other files are left out: {', '.join(others[:5])}{' …' * (len(others) > 5)}")
    full = {item.relative_to(root).parts[0] for item in used}
    empty = [item.name for item in visible(root) if item.is_dir() and item.name not in full]
    kept = [name for name in empty if not any(other.startswith(f"{name}/") for other in others)]
    if kept:
        notes.append(f"folders without anything to read: {', '.join(kept[:5])}{' …' * (len(kept) > 5)}")


def _with_masks(root: Path, images: Path, masks: Path, memory: int) -> MaskRecords:
    paths = sorted(item for item in images.rglob("*") if item.is_file() and is_image(item))
    if not paths:
        raise DataError(f"{images}: there are no images in it.")
    by_stem = {item.relative_to(masks).with_suffix("").as_posix(): item for item in masks.rglob("*") if is_image(item)}
    if not by_stem:
        found = next((item.name for item in sorted(masks.rglob("*")) if item.is_file()), "nothing")
        raise DataError(
            f"{masks}: there are no masks in it, but {found}. Images and masks are pictures of the same names; boxes, "
            "as detectors learn them, are not read: for classes of whole images make a folder for each of them."
        )
    labels = []
    for item in paths:
        stem = item.relative_to(images).with_suffix("").as_posix()
        mask = next((by_stem[stem + ending] for ending in _ENDINGS if stem + ending in by_stem), None)
        labels.append("" if mask is None else str(mask))
    return MaskRecords(root, paths, np.asarray(labels, dtype=np.str_), memory)


def _texts(root: Path, paths: list[Path], config: DataConfig, notes: list[str]) -> TableRecords:
    """A file per text, a folder per class."""
    if not paths:
        rows = [item for item in visible(root) if plain_suffix(item) in TEXT_SUFFIXES and item.is_file()]
        # Of the files whose names say little the largest: the others explain it.
        largest = max(rows, key=lambda item: item.stat().st_size, default=None)
        near = "" if largest is None else f" Name a file that has them, such as {in_shell(largest)}."
        raise DataError(
            f"{root}: there is no file of rows in it, and no folder of images or of .txt files per class.{near}"
        )
    columns: dict[str, list[str]] = {"text": [], "label": []}
    chinese = ""
    for path in paths:
        encoding = find_encoding(path, config.encoding)
        chinese = chinese or (path.name if encoding == "gb18030" else "")
        with open_text(path, encoding) as file:
            columns["text"].append(file.read())
        columns["label"].append(storable(path.relative_to(root).parts[0]))
    if chinese and config.encoding == "auto":
        notes.append(f"{chinese} and others are not UTF-8 and were read as GB18030 (GBK)")
    table = pa.table({name: pa.array(values, pa.large_string()) for name, values in columns.items()})
    ids = np.asarray([storable(path.relative_to(root).as_posix()) for path in paths], dtype=np.str_)
    return TableRecords(root.name, table, ids, config.memory_mb << 20)
