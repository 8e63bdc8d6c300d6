"""Which files and folders of a folder are the parts of a data set."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from ....printable import in_shell
from ....wording import listed
from ...errors import DataError
from ..pixels import is_image
from .shards import OF_DATASETS, SHARDS, is_sharded
from .table_files import is_table

PARTS = ("train", "val", "test")
_WORDS = {
    "train": ("train", "training", "trn", "训练", "训练集"),
    "val": ("val", "valid", "validation", "validate", "dev", "eval", "evaluation", "验证", "验证集"),
    "test": ("test", "testing", "tst", "holdout", "测试", "测试集"),
}
# What may be written behind the name of a part without a mark between them: trainset, testannot.
_BEHIND = ("set", "data", "dataset", "split", "images", "imgs", "annot", "annotations", "masks", "mask", "labels")
_MASKS = ("annot", "annotation", "annotations", "mask", "masks", "label", "labels", "gt", "labelled")
_PART_OF = {
    word + behind: (part, behind) for part, words in _WORDS.items() for word in words for behind in ("", *_BEHIND)
}
_SHOWN = 8


@dataclass(frozen=True)
class Place:
    """Where a part is.

    Attributes:
        path: a file or folder.
        masks: the folder of its masks, where it is beside that of the images.
        without: folders in it that belong to other parts.
        table: of the labels of its images, where one is beside it.
        root: the folder that was named, where this is the one file in it: the rest is left out, unless it is used.
        files: the files of rows in the folder that are of this part.
    """

    path: Path
    masks: Path | None = None
    without: tuple[Path, ...] = ()
    table: Path | None = None
    root: Path | None = None
    files: tuple[Path, ...] = ()


class Layout(NamedTuple):
    """The parts of a folder, and what has to be said about them."""

    parts: dict[str, Place]
    notes: list[str]


def find_layout(path: Path) -> Layout:
    """The parts of a file or folder: "train" alone, or with "val" and "test" where names of files or folders say so.

    Raises:
        DataError: folders look like parts, and their names do not say which.
    """
    if not path.is_dir():
        return Layout({"train": Place(path)}, [])
    root = unwrapped(path)
    notes = [] if root == path else [f"read from {root.relative_to(path.parent).as_posix()}"]
    items = [item for item in visible(root) if item.is_dir() or is_rows(item)]
    if sharded := _sharded(root, items):
        return Layout(sharded, notes)
    found = _by_part(root, items)
    folders = [item for item in items if item.is_dir()]
    named = {place.path for place in found.values()} | {place.masks for place in found.values()}
    others = [item for item in folders if item not in named]
    if "train" in found and (len(found) > 1 or not _is_class(found["train"].path, others)):
        table = _labels_of(found, items)
        found = {part: replace(place, table=table) for part, place in found.items()}
        return Layout(found, [*notes, *_told(root, found, {*named, table})])
    inner = {} if "train" in found else _in_pairs(folders)
    if inner:
        return Layout(inner, notes)
    if "train" not in found and found:
        classes = Place(root, without=tuple(place.path for place in found.values()))
        _check_train(root, found, others)
        return Layout({"train": classes, **found}, [*notes, *_told(root, found, {*named, *others})])
    _check_alike(root, folders)
    tables = [item for item in items if item.is_file()]
    if len(tables) > 1:
        names = ", ".join(item.name for item in tables[:5])
        raise DataError(
            f"{root}: which of {names} is to train on? Name one, such as {in_shell(tables[0])} (and "
            f"--data.test {in_shell(tables[1])}), or name them train, val and test."
        )
    if tables:
        return Layout({"train": Place(tables[0], root=root)}, notes)
    return Layout({"train": Place(root)}, notes)


def unwrapped(path: Path) -> Path:
    """The folder itself, or the one that is alone in it and holds the data."""
    while True:
        items = visible(path)
        folders = [item for item in items if item.is_dir()]
        if len(folders) != 1 or any(is_rows(item) or is_image(item) for item in items if item.is_file()):
            return path
        inside = visible(folders[0])
        if not any(item.is_dir() or is_rows(item) for item in inside):
            return path
        path = folders[0]


def visible(path: Path) -> list[Path]:
    """The files and folders in a folder, in order, but for hidden ones, and what is neither, such as a pipe."""
    hidden = ("Thumbs.db", "desktop.ini", "__MACOSX", "__pycache__", *OF_DATASETS)
    items = (item for item in path.iterdir() if not item.name.startswith(".") and item.name not in hidden)
    return sorted(item for item in items if item.is_file() or item.is_dir())


def is_rows(path: Path) -> bool:
    """Return whether the file's name is that of a table or of arrays."""
    return is_table(path) or path.suffix.lower() == ".npz"


def part_of(name: str) -> tuple[str, tuple[str, ...]] | None:
    """The part that a name is of, and its other words: seg_train → ("train", ("seg",)); None for no or two parts."""
    apart = re.sub(r"([a-z])([A-Z])", r"\1 \2", name)
    words = re.findall(r"[a-z]+|[\u4e00-\u9fff]+", apart.lower())
    hits = [_PART_OF[word] for word in words if word in _PART_OF]
    if len({part for part, _ in hits}) != 1:
        return None
    rest = [word for word in words if word not in _PART_OF]
    return hits[0][0], (*rest, *(behind for _, behind in hits if behind))


def _by_part(root: Path, items: Sequence[Path]) -> dict[str, Place]:
    images: dict[str, list[tuple[Path, bool]]] = {}
    masks: dict[str, Path] = {}
    for item in items:
        # a.csv.gz is named a.
        named = part_of(item.name.split(".")[0] if item.is_file() else item.name)
        if named is None:
            continue
        part, rest = named
        if item.is_dir() and set(rest) & set(_MASKS):
            masks[part] = item
        else:
            images.setdefault(part, []).append((item, not rest))
    found = {}
    for part in PARTS:
        places = images.get(part, [])
        # test.csv is the test part, beside a test_labels.csv too.
        chosen = [item for item, exact in places if exact] or [item for item, _ in places]
        if len(chosen) > 1:
            raise DataError(
                f"{root}: both {chosen[0].name} and {chosen[1].name} are the {part} part; remove one, or name the "
                f"files of the parts, such as {in_shell(chosen[0])} (and --data.test …)."
            )
        if chosen:
            path = chosen[0] if chosen[0].is_file() else unwrapped(chosen[0])
            found[part] = Place(path, masks.get(part))
    return found


def _labels_of(found: dict[str, Place], items: Sequence[Path]) -> Path | None:
    """The one table beside folders of images that no folders of classes are in: that of their labels."""
    places = [place.path for place in found.values()]
    flat = all(path.is_dir() and not any(item.is_dir() for item in visible(path)) for path in places)
    tables = [item for item in items if item.is_file()]
    return tables[0] if flat and len(tables) == 1 else None


def _sharded(root: Path, items: Sequence[Path]) -> dict[str, Place]:
    """Files of rows that belong together: all of one part, or of parts by their names, several of one at least."""
    if any("=" in item.name and item.is_dir() and is_sharded(item) for item in items):
        return {"train": Place(root)}
    shards = [item for item in items if item.is_file() and item.suffix.lower() in SHARDS]
    parts: dict[str, list[Path]] = {}
    for item in shards:
        named = part_of(item.name.split(".")[0])
        parts.setdefault("train" if named is None else named[0], []).append(item)
    if max(map(len, parts.values()), default=0) < 2 or "train" not in parts:
        return {}
    if len(parts) == 1:
        return {"train": Place(root)}
    return {part: Place(root, files=tuple(parts[part])) for part in PARTS if part in parts}


def _in_pairs(folders: Sequence[Path]) -> dict[str, Place]:
    """images/train with masks/train: the parts are one floor down."""
    named = {item.name.lower(): item for item in folders}
    images = next((named[name] for name in ("images", "image", "imgs") if name in named), None)
    masks = next((item for name, item in named.items() if name in _MASKS), None)
    if images is None or masks is None:
        return {}
    inner, outer = (_by_part(item, [f for f in visible(item) if f.is_dir()]) for item in (images, masks))
    if "train" not in inner or not set(inner) <= set(outer):
        return {}
    return {part: Place(place.path, outer[part].path) for part, place in inner.items()}


def _is_class(train: Path, others: Sequence[Path]) -> bool:
    """Return whether the folder "train" is a class beside others such as bus and car: images, no folders in each."""
    return train.is_dir() and bool(others) and not any(item.is_dir() for item in visible(train))


def _check_train(root: Path, found: dict[str, Place], others: Sequence[Path]) -> None:
    part, place = next(iter(found.items()))
    if not others or any(item.is_dir() for other in others for item in visible(other)):
        beside = others[0] if others else root / "train"
        raise DataError(
            f"{root}: {place.path.name} is the {part} part, and no name says what is to train on; write for example "
            f"crossent fit {in_shell(beside)} --data.{part} {in_shell(place.path)}"
        )


def _check_alike(root: Path, folders: Sequence[Path]) -> None:
    """Folders with the same folders in them are parts, not classes, more often than not."""
    inside = {item: {inner.name for inner in visible(item) if inner.is_dir()} for item in folders}
    full = [item for item in folders if len(inside[item]) > 1]
    for place, one in enumerate(full):
        for other in full[place + 1 :]:
            both = inside[one] & inside[other]
            if 2 * len(both) > min(len(inside[one]), len(inside[other])):
                names = ", ".join(sorted(both)[:3])
                raise DataError(
                    f"{root}: {one.name} and {other.name} hold folders of the same names ({names}): parts, or classes? "
                    f"For parts write crossent fit {in_shell(one)} --data.test {in_shell(other)}; for classes take the "
                    "images out of their inner folders."
                )


def _told(root: Path, found: dict[str, Place], used: set[Path | None]) -> list[str]:
    names = {part: place.path.relative_to(root).parts[0] for part, place in found.items()}
    plain = all(name.split(".")[0].lower() == part for part, name in names.items())
    said = ", ".join(f"{name} ({part})" for part, name in names.items())
    tops = {root / item.relative_to(root).parts[0] for item in used if item is not None}
    return [*([] if plain else [f"taken by their names: {said}"]), *told_left(root, tops)]


def told_left(root: Path, used: set[Path]) -> list[str]:
    """A sentence about the files that are left out of a folder."""
    left = [item.name + "/" * item.is_dir() for item in visible(root) if item not in used]
    return [f"files and folders left out: {listed(left, _SHOWN)}"] if left else []
