"""Images with a mask each: a class per pixel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...config.data import DataConfig, refuse
from ...errors import DataError
from ...tasks.registry import target_of
from ...tasks.target import Target
from ..labels import masks_to_codes, task_for
from ..pixels import in_parallel, look, opened
from ..schema import Schema
from .base import Fault, Records, Rows
from .images import ImageRecords, digests

if TYPE_CHECKING:
    from torch import Tensor
    from typing_extensions import Self

_LOOK, _FEW = 2000, 200
_MANY = 64
VOID = 255
# Values of pixels in colour begin here: red, green and blue below it.
_COLOUR = 1 << 24
_MODES = ("RGB", "RGBA", "CMYK", "YCbCr")

NO_MASK = Fault("label", "it has no mask (a file of the same name in masks/)")


class MaskRecords(ImageRecords):
    """Images in files, with `labels` the paths of their masks ("" where there is none)."""

    what = "images with masks"

    def plan(self, config: DataConfig, others: Sequence[Self]) -> Schema:
        task = task_for(config.task, Target.MASK, "segmentation", "segmentation for images with masks")
        refuse(config, ("target", "text", "delimiter", "drop", "group"), "masks are the labels")
        colours = self._in_colour()
        values = sorted(set().union(*(part._values(colours) for part in (self, *others))))
        void = config.ignore_index
        coloured = bool(values) and values[-1] >= _COLOUR
        if void is None and VOID in values and values != [0, VOID] and not coloured:
            void = VOID
        labels = tuple(str(value) for value in values if value != void)
        if not values:
            row, fault = next(iter(self._faults(colours).items()))
            raise DataError(f"{self.ids[row]}: {fault.reason}; and no other mask can be read either.")
        if len(labels) < 2:
            raise DataError(
                f"{self.root}: all pixels of the masks have the same value, {', '.join(labels) or void}; "
                "a model needs at least two classes to tell apart."
            )
        names = self._names()
        if coloured and len(labels) > _MANY:
            raise DataError(
                f"{self.root}: the masks hold {len(labels):,} different colours: were they resized with smoothing, or "
                "saved as JPEG? A mask has one colour for each class; save it as PNG."
            )
        # Of masks in colour, in the order of their colours.
        places = range(len(labels)) if coloured else map(int, labels)
        named = zip(places, labels, strict=True)
        classes = tuple(names.get(place, _name(label, coloured)) for place, label in named)
        ignore_index = None if void is None else VOID
        return Schema("image", task, classes, self._form(config), labels=labels, ignore_index=ignore_index)

    def bad_rows(self, schema: Schema) -> dict[int, Fault]:
        bad = super().bad_rows(schema)
        colours = any(int(label) >= _COLOUR for label in schema.labels if label.isdecimal())
        return bad if self.labels is None else dict(sorted((bad | self._faults(colours)).items()))

    def _faults(self, colours: bool) -> dict[int, Fault]:
        """The faults of masks, by row."""
        bad: dict[int, Fault] = {}
        for row, (path, mask) in enumerate(zip(self._paths(), self._mask_paths(), strict=True)):
            if mask is None:
                bad[row] = NO_MASK
                continue
            problem = mask_problem(mask, colours)
            image, size = look(path), look(mask)
            if problem is None and image is not None and size is not None and image.size != size.size:
                (height, width), (rows, columns) = image.size, size.size
                problem = f"its mask has {rows}x{columns} pixels, the image {height}x{width}"
            if problem is not None:
                bad[row] = Fault("label", problem)
        return bad

    def labelled(self, schema: Schema) -> bool:
        return self.labels is not None and any(self.labels[self.rows])

    def alike(self, part: Records, name: str) -> Self:
        if type(part) is ImageRecords:
            # Images whose masks are not known.
            part = type(self)(part.root, part.paths, None, part.memory)
        return super().alike(part, name)

    def targets(self, schema: Schema) -> Any:
        # Masks name no class of an image.
        if self.labels is None or not all(self.labels[self.rows]) or target_of(schema.task) is not Target.MASK:
            return None
        return super().targets(schema) if self.fits(schema) else LazyMasks(self, schema)

    def codes(self, schema: Schema) -> NDArray[Any]:
        """The masks as class numbers, (N, H, W)."""
        height, width = schema.input_shape[1:]
        masks = [read_mask(mask, (height, width)) for mask in self._mask_paths() if mask is not None]
        codes = [masks_to_codes(mask, schema, name) for mask, name in zip(masks, self.ids, strict=True)]
        return np.stack(codes)

    def strata(self, schema: Schema) -> Rows | None:
        return None

    def contents(self, schema: Schema, recorded: Mapping[str, str]) -> dict[str, str]:
        images = self._files(recorded)
        if self.labels is None:
            return images
        masks = {f"mask of {name}": path for name, path in zip(self.ids, self._mask_paths(), strict=True) if path}
        return images | digests(list(masks), list(masks.values()), recorded)

    def notes(self, schema: Schema, config: DataConfig) -> list[str]:
        notes = super().notes(schema, config)
        if schema.labels == ("0", "255"):
            notes.append("masks of 0 and 255 are read as the classes 0 and 1")
        if schema.ignore_index is not None:
            notes.append(f"mask pixels of {config.ignore_index or VOID} do not count (--data.ignore_index)")
        if schema.labels and int(schema.labels[-1]) >= _COLOUR:
            notes.append(f"masks in colour: each of the {len(schema.labels)} colours is a class")
        photos = [mask for mask in self._mask_paths() if mask is not None and mask.suffix.lower() in (".jpg", ".jpeg")]
        if photos and 2 < len(schema.classes) <= _MANY:
            notes.append(
                f"masks are JPEG files ({photos[0].name}), which blur the borders: their {len(schema.classes)} values "
                "may be fewer classes; save masks as PNG"
            )
        if len(schema.classes) > _MANY:
            smooth = "were they resized with smoothing, or saved as JPEG?"
            notes.append(f"the masks hold {len(schema.classes)} different values: {smooth}")
        single = sum(len(np.unique(read_mask(mask))) == 1 for mask in self._mask_paths()[:200] if mask is not None)
        looked = min(len(self), 200)
        if single > looked / 2:
            notes.append(f"{single} of {looked} training masks hold one class only")
        return notes

    def _in_colour(self) -> bool:
        """Decide whether classes are colours: all masks are kept so."""
        masks = [mask for mask in self._mask_paths()[:: max(1, len(self) // _FEW)] if mask is not None]
        return bool(masks) and all(map(_is_coloured, masks))

    def _values(self, colours: bool) -> set[int]:
        step = max(1, len(self) // _LOOK)
        found_masks = (mask for mask in self._mask_paths()[::step] if mask is not None)
        masks = [mask for mask in found_masks if mask_problem(mask, colours) is None]
        found: set[int] = set()
        return found.union(*in_parallel(_unique, masks)) if masks else found

    def _names(self) -> dict[int, str]:
        """Class names from classes.txt: a name per line, for the values 0, 1, 2, …."""
        path = self.root / "classes.txt"
        if not path.exists():
            return {}
        lines = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines()]
        return dict(enumerate(line for line in lines if line))

    def _paths(self) -> list[Path]:
        return [self.paths[row] for row in self.rows]

    def _mask_paths(self) -> list[Path | None]:
        assert self.labels is not None, "masks are asked for where there are some"
        return [Path(str(mask)) if mask else None for mask in self.labels[self.rows]]


class LazyMasks:
    """Masks that are read as they are asked for."""

    def __init__(self, records: MaskRecords, schema: Schema) -> None:
        self.records, self.schema = records, schema

    def __len__(self) -> int:
        return len(self.records)

    def take(self, rows: Tensor) -> Tensor:
        import torch

        return torch.from_numpy(self.records.take(rows.cpu().numpy()).codes(self.schema))

    def subset(self, rows: Tensor) -> LazyMasks:
        return LazyMasks(self.records.take(rows.cpu().numpy()), self.schema)


def read_mask(path: Path, size: tuple[int, int] | None = None) -> NDArray[np.int64]:
    """The values of a mask, (H, W): the places in its palette, its grey values, or numbers of its colours.

    They are never mixed in resizing.
    """
    with opened(path) as image:
        if image.mode in _MODES:
            image = image.convert("RGB")
        plain = image.convert("L") if image.mode in ("1", "LA") else image
        if size is not None and plain.size != (size[1], size[0]):
            plain = plain.resize((size[1], size[0]), Image.Resampling.NEAREST)
        values = np.asarray(plain).astype(np.int64)
    if values.ndim == 2:
        return values
    red, green, blue = np.moveaxis(values, -1, 0)
    colours: NDArray[np.int64] = np.where(
        (red == green) & (green == blue), red, _COLOUR | red << 16 | green << 8 | blue
    )
    return colours


def _is_coloured(path: Path) -> bool:
    try:
        with opened(path) as image:
            return image.mode in _MODES
    except OSError:
        return False


def mask_problem(path: Path, colours: bool = False) -> str | None:
    """Why a mask cannot be used; `colours`: each of them is a class."""
    try:
        with opened(path) as image:
            pixels = np.asarray(image)
            if not colours and image.mode in _MODES and (pixels[..., 0:1] != pixels[..., :3]).any():
                return (
                    "its mask is in colour: a mask holds a number per pixel (grey or palette PNG), one for each class"
                )
            if image.mode == "F":
                return "its mask holds fractions: a mask holds a whole number per pixel"
    except OSError:
        return "its mask is no image that can be read"
    return None


def _name(label: str, coloured: bool) -> str:
    """A class by its value, or by its colour as HTML writes it."""
    value = int(label)
    if not coloured:
        return label
    return f"#{value - _COLOUR:06x}" if value >= _COLOUR else f"#{value:02x}{value:02x}{value:02x}"


def _unique(path: Path) -> set[int]:
    return set(np.unique(read_mask(path)).tolist())
