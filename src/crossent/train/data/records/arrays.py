"""Arrays in memory as rows: the bundled data sets, .npz files, tensors from Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...config.data import DataConfig, refuse
from ...config.rules import SettingError
from ...errors import DataError
from ...tasks.registry import target_of
from ...tasks.target import Target
from ..fingerprints import chance_of_equal, digest_of_array, of_rows
from ..labels import class_names, matrix_plan, task_for, to_codes, written
from ..numbers import MISSING
from ..numeric import column_notes, fit_columns, parted, standardised, with_parts
from ..schema import BYTE, Column, Schema
from ..shift import shifted_numbers
from .base import Fault, Records, Rows

if TYPE_CHECKING:
    from typing_extensions import Self

    from ..inputs import TensorInputs

NOT_FINITE = Fault("input", "its input has NaN or infinite values")


class ArrayRecords(Records):
    """Inputs and labels as arrays.

    Args:
        x: (N, F) for a table, (N, H, W), (N, H, W, K) or (N, K, H, W) for images, (N, K, T) for signals, any other
            (N, …) as it is.
        y: (N,) one label each, (N, C) of 0 and 1 for several, (N, H, W) for masks, or None.
        name: of the source; a row's id is this and its number.
        classes: the names of the labels 0 to C − 1.
        features: the names of the columns of a table.
    """

    what = "arrays"

    def __init__(
        self,
        x: NDArray[Any],
        y: NDArray[Any] | None,
        name: str = "",
        classes: Sequence[str] | None = None,
        features: Sequence[str] | None = None,
    ) -> None:
        if y is not None and len(x) != len(y):
            raise DataError(f"{name}: there are {len(x):,} inputs and {len(y):,} labels; each input needs one label.")
        if len(x) == 0:
            raise DataError(f"{name}: there are no rows in it.")
        super().__init__(name, np.arange(len(x)))
        self.x, self.y = x, y
        self.classes, self.features = classes, features

    @property
    def ids(self) -> Sequence[str]:
        prefix = f"{self.name}:" if self.name else ""
        return [f"{prefix}{number}" for number in self.rows.tolist()]

    def take(self, rows: Rows) -> Self:
        part = super().take(rows)
        part.x, part.y = self.x[rows], None if self.y is None else self.y[rows]
        return part

    def raw(self, row: int) -> dict[str, Any]:
        if self._is_image():
            return {"image": _viewable(self.x[row])}
        if self.x.ndim == 2:
            return dict(zip(self._features(), self.x[row].tolist(), strict=True))
        return {"input": self.x[row]}

    def plan(self, config: DataConfig, others: Sequence[Self]) -> Schema:
        refuse(config, ("target", "text", "delimiter", "drop"), f"{self.name or 'an array'} brings its own labels")
        for other in others:
            if other.x.shape[1:] != self.x.shape[1:]:
                raise DataError(
                    f"{other.name}: its inputs have the shape {other.x.shape[1:]}, "
                    f"those to train on {self.x.shape[1:]}; all parts need the same."
                )
        kind = self._kind(config)
        schema = Schema(kind, "multiclass", (), self._image_shape() if kind == "image" else self.x.shape[1:])
        return self._with_labels(schema, config, [part.y for part in (self, *others)])

    def _kind(self, config: DataConfig) -> str:
        """The kind of the inputs: by the rank of their array, and of rank 3 by its sides too."""
        usual = "image" if self._is_image() else {2: "tabular", 3: "signal"}.get(self.x.ndim, "tensor")
        asked = usual if config.kind == "auto" else config.kind
        if asked != usual and not (self.x.ndim == 3 and asked in ("image", "signal")):
            raise SettingError("data.kind", f"{usual} for arrays of the shape {self.x.shape}", asked, usual)
        return asked

    def _with_labels(self, schema: Schema, config: DataConfig, labels: list[NDArray[Any] | None]) -> Schema:
        y = np.concatenate([part for part in labels if part is not None])
        if y.ndim == 3 and schema.kind == "image":
            return _mask_plan(schema, y, config, self.classes)
        if y.ndim == 2 and y.shape[1] > 1:
            return matrix_plan(schema, y, config.task, self.classes, self.name)
        return class_names(schema, y.reshape(len(y)), config.task, self.classes, self.name)

    def bad_rows(self, schema: Schema) -> dict[int, Fault]:
        bad: dict[int, Fault] = {}
        if schema.kind != "tabular" and self.x.dtype.kind == "f":
            finite = np.isfinite(self.x.reshape(len(self.x), -1)).all(1)
            bad.update(dict.fromkeys(np.flatnonzero(~finite).tolist(), NOT_FINITE))
        if self.y is not None and self.y.dtype.kind in "fOU" and target_of(schema.task) is Target.CLASS:
            lost = {text for text in MISSING if text}
            texts = written(self.y.reshape(len(self.y)))
            for row in np.flatnonzero([text in MISSING for text in texts]).tolist():
                bad[row] = Fault("label", f"it has no label ({texts[row] if texts[row] in lost else self.y[row]!r})")
        return bad

    def fit(self, schema: Schema, config: DataConfig) -> Schema:
        if schema.kind == "tabular":
            values = self.x.astype(np.float64)
            read = with_parts([Column(name, "number") for name in self._features()], values)
            columns = fit_columns(read, self._read(read))
            return replace(schema, columns=columns, input_shape=(len(columns),))
        if schema.kind == "image":
            schema = replace(schema, white=self._scale())
            pixels = _channels_first(self.x).astype(np.float64) / self.white(schema)
            mean, std = pixels.mean((0, 2, 3)), pixels.std((0, 2, 3))
            return replace(schema, mean=tuple(mean.tolist()), std=tuple(np.maximum(std, 1e-3).tolist()))
        if schema.kind == "signal":
            signals = self.x.astype(np.float64)
            mean, std = signals.mean((0, 2)), signals.std((0, 2))
            return replace(schema, mean=tuple(mean.tolist()), std=tuple(np.where(std > 0, std, 1.0).tolist()))
        return schema

    def now(self, schema: Schema) -> TensorInputs:
        import torch

        from ..inputs import TensorInputs

        self._check_shape(schema)
        if schema.kind == "tabular":
            return TensorInputs(torch.from_numpy(standardised(schema.columns, self._read(schema.columns))))
        if schema.kind == "image":
            images = torch.from_numpy(_channels_first(self.x).astype(np.float32) / np.float32(self.white(schema)))
            mean, std = (torch.tensor(values).view(-1, 1, 1) for values in (schema.mean, schema.std))
            return TensorInputs(images.sub_(mean).div_(std))
        if schema.kind == "signal":
            shift, scale = (np.asarray(values)[:, None] for values in (schema.mean, schema.std))
            return TensorInputs(torch.from_numpy(((self.x - shift) / scale).astype(np.float32)))
        x = torch.as_tensor(self.x)
        return TensorInputs(x.float() if x.dtype == torch.float64 else x)

    def labelled(self, schema: Schema) -> bool:
        return self.y is not None

    def codes(self, schema: Schema) -> NDArray[Any] | None:
        return None if self.y is None else to_codes(self.y, schema, self.name)

    def groups(self, column: str) -> Rows:
        if column not in self._features():
            expected = f"one of the columns {', '.join(self._features())}"
            raise SettingError("data.group", expected, column, self._features()[0])
        return np.unique(self.x[:, self._features().index(column)], return_inverse=True)[1].astype(np.int64)

    def fingerprints(self, schema: Schema) -> NDArray[np.uint64]:
        return of_rows(self.x)

    def agreement(self, schema: Schema) -> float:
        return chance_of_equal(iter(self.x.T), len(self)) if schema.kind == "tabular" else 0.0

    def contents(self, schema: Schema, recorded: Mapping[str, str]) -> dict[str, str]:
        blocks = {"inputs": self.x}
        if self.x.ndim == 2:
            blocks = {f"column {name!r}": self.x[:, place] for place, name in enumerate(self._features())}
        return {name: digest_of_array(block) for name, block in {**blocks, **self._labels()}.items()}

    def _labels(self) -> dict[str, NDArray[Any]]:
        """The labels as a block, of which those of mixed types are text."""
        if self.y is None:
            return {}
        return {"labels": written(self.y) if self.y.dtype.kind == "O" else self.y}

    def notes(self, schema: Schema, config: DataConfig) -> list[str]:
        if schema.kind == "tabular":
            return column_notes(schema.values, self.x.astype(np.float64))
        if self.x.ndim != 3 or config.kind != "auto" or self.name in ("digits",):
            return []
        first, second = self.x.shape[1:]
        if schema.kind == "image":
            return [
                f"arrays of {first}x{second} are read as grey images; of signals, (N, channels, steps), write "
                "--data.kind signal"
            ]
        late = "; channels come before steps: x.transpose(0, 2, 1) if they do not" if first > second else ""
        return [
            f"arrays of {first}x{second} are read as signals of {first} channels and {second} steps{late}; of grey "
            "images write --data.kind image"
        ]

    def unknown(self, schema: Schema) -> list[str]:
        if schema.kind != "tabular":
            return []
        return shifted_numbers(schema.values, self.x.astype(np.float64), self.ids)

    def columns(self, rows: slice) -> dict[str, list[Any]]:
        if self.x.ndim != 2:
            return super().columns(rows)
        return {name: self.x[rows, place].tolist() for place, name in enumerate(self._features())}

    def _features(self) -> list[str]:
        return list(self.features or (f"x{number}" for number in range(self.x.shape[1] if self.x.ndim == 2 else 0)))

    def _is_image(self) -> bool:
        if self.x.ndim == 3:
            # Grey pictures have whole bytes, or sides of about one length; signals are longer than they have channels.
            sides = self.x.shape[1:]
            return self.x.dtype == np.uint8 or max(sides) <= 2 * min(sides)
        return self.x.ndim == 4 and _channel_axis(self.x) is not None

    def _image_shape(self) -> tuple[int, ...]:
        return _channels_first(self.x[:1]).shape[1:]

    def _check_shape(self, schema: Schema) -> None:
        """Raise for inputs of another shape than those of the training."""
        got = self._image_shape() if schema.kind == "image" and self.x.ndim in (3, 4) else self.x.shape[1:]
        if got != schema.sample_shape:
            raise DataError(f"{self.name}: expected inputs of the shape {schema.sample_shape}, got {got}.")

    def _read(self, columns: Sequence[Column]) -> NDArray[np.float64]:
        """The parts of the columns that are read, those of each column after its value."""
        places = np.cumsum([column.part == "value" for column in columns]) - 1
        values = self.x[:, places].astype(np.float64).T
        read = [parted(own, column.part) for own, column in zip(values, columns, strict=True)]
        return np.stack(read, 1)

    def white(self, schema: Schema) -> float:
        if self.x.dtype.kind not in "iu":
            return 1.0
        # Bytes are bytes, also for a model of pictures of 16 bits.
        if self.x.dtype == np.uint8:
            return min(schema.white or BYTE, BYTE)
        return schema.white or float(max(self.x.max(), 1))

    def _scale(self) -> float:
        """The whole number that is white, from training rows: of a byte, or of as many bits as they need."""
        if self.x.dtype.kind not in "iu":
            # Numbers with a point from 0 to 1, or as in a byte.
            return BYTE if np.abs(self.x).mean() <= 1 else 1.0
        return float(max(BYTE, 2.0 ** int(self.x.max()).bit_length() - 1))


def _mask_plan(schema: Schema, masks: NDArray[Any], config: DataConfig, names: Sequence[str] | None) -> Schema:
    values = [int(value) for value in np.unique(masks)]
    void = (
        config.ignore_index
        if config.ignore_index is not None
        else 255
        if 255 in values and values != [0, 255]
        else None
    )
    values = [value for value in values if value != void]
    classes = tuple(str(value) if names is None else names[place] for place, value in enumerate(values))
    labels = tuple(map(str, values))
    task = task_for(config.task, Target.MASK, "segmentation", "segmentation for images with masks")
    return replace(schema, task=task, classes=classes, labels=labels, ignore_index=255 if void is not None else None)


def _channel_axis(x: NDArray[Any]) -> int | None:
    # (N, K, H, W) or (N, H, W, K): the axis that can be the colours of an image.
    return next((axis for axis in (1, 3) if x.shape[axis] in (1, 3, 4)), None)


def _channels_first(x: NDArray[Any]) -> NDArray[Any]:
    if x.ndim == 3:
        return x[:, None]
    return x if _channel_axis(x) == 1 else x.transpose(0, 3, 1, 2)


def _viewable(image: NDArray[Any]) -> NDArray[np.uint8]:
    image = _channels_first(image[None])[0].transpose(1, 2, 0).astype(np.float64)
    low, high = image.min(), image.max()
    scaled = (image - low) / (high - low) * 255 if high > low else image * 0
    return scaled.astype(np.uint8)[..., :3]
