"""Image files with a class each: the name of the folder that they are in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....printable import storable
from ...config.data import DataConfig, refuse
from ...config.rules import SettingError
from ...errors import DataError
from ...tasks.registry import target_of
from ...tasks.target import Target
from ..fingerprints import digest_of_array, digest_of_file, of_bytes, of_rows
from ..labels import class_names, to_codes
from ..numbers import MISSING
from ..pixels import NO_IMAGE, Pixels, common_form, in_parallel, look, read_pixels, try_pixels
from ..schema import BYTE, Schema
from .base import Fault, Records

if TYPE_CHECKING:
    from typing_extensions import Self

    from ..inputs import TensorInputs

# Normalised once as float32 up to here; beyond, batch by batch, in a quarter of the memory.
_FLOATS = 1 << 28
_SAMPLE = 5000


class ImageRecords(Records):
    """Images in files.

    Args:
        root: the folder that the ids are relative to.
        paths: of the images.
        labels: one each, or None.
        memory: bytes that the pixels may take to be held in memory.
        predicts: which column of a table the labels are, and why; "" where they are folders.
    """

    what = "images"
    kinds = ("image",)

    def __init__(
        self,
        root: Path,
        paths: Sequence[Path],
        labels: NDArray[np.str_] | None,
        memory: int = 1 << 31,
        predicts: str = "",
    ) -> None:
        super().__init__(str(root), np.arange(len(paths)))
        self.root, self.paths, self.labels, self.memory, self._predicts = root, paths, labels, memory, predicts
        # What was decoded stays so, for all subsets: by the form of the pixels and the number of the path.
        self.decoded: dict[tuple[int, ...], dict[int, Pixels | str]] = {}

    @property
    def ids(self) -> Sequence[str]:
        return [storable(self.paths[row].relative_to(self.root).as_posix()) for row in self.rows]

    def raw(self, row: int) -> dict[str, Any]:
        path = self.paths[int(self.rows[row])]
        channels, height, width = common_form([path], None)
        return {"image": read_pixels(path, channels, (height, width)).transpose(1, 2, 0)}

    def plan(self, config: DataConfig, others: Sequence[Self]) -> Schema:
        if config.kind not in ("auto", "image"):
            raise SettingError("data.kind", "image for a folder of images", config.kind, "image")
        unused = ("text", "delimiter", "drop", "group")
        if self._predicts:
            refuse(config, unused, "images have one label each")
        else:
            refuse(config, ("target", *unused), "images have their folders for labels")
        labels = [part.labels[part.rows] for part in (self, *others) if part.labels is not None]
        if not labels:
            raise DataError(f"{self.root}: images to train on stand in one folder per class, such as cats/ and dogs/.")
        schema = Schema("image", "multiclass", (), self._form(config))
        return class_names(schema, np.concatenate(labels), config.task, None, str(self.root))

    def _form(self, config: DataConfig) -> tuple[int, int, int]:
        return common_form([self.paths[row] for row in self.rows], config.image_size)

    def predicts(self, config: DataConfig) -> str:
        return self._predicts

    def bad_rows(self, schema: Schema) -> dict[int, Fault]:
        bad = self._unlabelled()
        if self.fits(schema):
            store = self._pixels(schema)
            found = [store[int(row)] for row in self.rows]
            bad |= {row: Fault("input", value) for row, value in enumerate(found) if isinstance(value, str)}
        else:
            # Too many to decode them all beforehand: their headers.
            seen = in_parallel(look, [self.paths[row] for row in self.rows])
            bad |= {row: Fault("input", NO_IMAGE) for row, value in enumerate(seen) if value is None}
        return dict(sorted(bad.items()))

    def _unlabelled(self) -> dict[int, Fault]:
        if self.labels is None or not self._predicts:
            return {}
        fault = Fault("label", "it has no label in the table")
        return {row: fault for row, label in enumerate(self.labels[self.rows]) if label in MISSING}

    def fit(self, schema: Schema, config: DataConfig) -> Schema:
        rows = np.unique(np.linspace(0, len(self) - 1, min(len(self), _SAMPLE)).astype(np.int64))
        pixels = self.take(rows)._array(schema).astype(np.float32) / 255
        mean, std = pixels.mean((0, 2, 3), dtype=np.float64), pixels.std((0, 2, 3), dtype=np.float64)
        return replace(schema, mean=tuple(mean.tolist()), std=tuple(np.maximum(std, 1e-3).tolist()))

    def now(self, schema: Schema) -> TensorInputs:
        import torch

        from ..inputs import TensorInputs

        images = torch.from_numpy(self._array(schema))
        mean, std = (torch.tensor(values) * 255 for values in (schema.mean, schema.std))
        inputs = TensorInputs(images, mean=mean, std=std)
        if images.numel() * 4 > _FLOATS:
            return inputs
        batch = inputs.take(torch.arange(len(images)))
        assert isinstance(batch, torch.Tensor), "images alone are one tensor"
        return TensorInputs(batch)

    def labelled(self, schema: Schema) -> bool:
        if self.labels is None or target_of(schema.task) is Target.MASK:
            return False
        own = set(self.labels[self.rows].tolist())
        if own & set(schema.labels):
            return True
        if len(own) > 1:
            raise DataError(
                f"{self.name}: none of its folders ({_some(own)}) is one of the classes ({_some(schema.labels)})."
            )
        return False

    def codes(self, schema: Schema) -> NDArray[Any] | None:
        # The names of folders are no masks.
        if self.labels is None or target_of(schema.task) is Target.MASK:
            return None
        return to_codes(self.labels[self.rows], schema, self.name, self.ids)

    def fingerprints(self, schema: Schema) -> NDArray[np.uint64]:
        if self.fits(schema):
            return of_rows(self._array(schema))
        return of_bytes(self.paths[row].read_bytes() for row in self.rows)

    def contents(self, schema: Schema, recorded: Mapping[str, str]) -> dict[str, str]:
        labels = {} if self.labels is None else {"labels": digest_of_array(self.labels[self.rows])}
        return {**self._files(recorded), **labels}

    def _files(self, recorded: Mapping[str, str]) -> dict[str, str]:
        return digests(self.ids, [self.paths[row] for row in self.rows], recorded)

    def notes(self, schema: Schema, config: DataConfig) -> list[str]:
        sizes = {seen.size for seen in in_parallel(look, [self.paths[row] for row in self.rows[:_SAMPLE]]) if seen}
        height, width = schema.input_shape[1:]
        if sizes == {(height, width)}:
            return []
        what = f"of {len(sizes)} sizes" if len(sizes) > 1 else "of {}x{}".format(*next(iter(sizes)))
        return [f"images {what} are resized to {height}x{width} (--data.image_size changes that)"]

    def white(self, schema: Schema) -> float:
        return BYTE

    def columns(self, rows: slice) -> dict[str, list[Any]]:
        return {"file": list(self.take(np.arange(rows.start, rows.stop)).ids)}

    def fits(self, schema: Schema) -> bool:
        channels, height, width = schema.input_shape
        return len(self.paths) * channels * height * width <= self.memory

    def _pixels(self, schema: Schema) -> dict[int, Pixels | str]:
        """Of each row, decoded at most once where all fit into memory."""
        channels, height, width = schema.input_shape
        store = self.decoded.setdefault(schema.input_shape, {}) if self.fits(schema) else {}
        missing = [int(row) for row in self.rows if int(row) not in store]
        found = in_parallel(try_pixels(channels, (height, width)), [self.paths[row] for row in missing])
        store.update(zip(missing, found, strict=True))
        return store

    def _array(self, schema: Schema) -> Pixels:
        """(N, K, H, W)."""
        store = self._pixels(schema)
        images = [store[int(row)] for row in self.rows]
        for row, image in enumerate(images):
            if isinstance(image, str):
                raise DataError(f"{self.ids[row]}: {image}")
        return np.stack([image for image in images if not isinstance(image, str)])


def digests(names: Sequence[str], paths: Sequence[Path], recorded: Mapping[str, str]) -> dict[str, str]:
    """The digests of files by their names."""
    before = {path: recorded.get(name) for name, path in zip(names, paths, strict=True)}
    found = in_parallel(lambda path: digest_of_file(path, before[path]), paths)
    return dict(zip(names, found, strict=True))


def _some(names: Iterable[str]) -> str:
    ordered = sorted(names)
    return ", ".join(ordered[:5]) + (", …" if len(ordered) > 5 else "")
