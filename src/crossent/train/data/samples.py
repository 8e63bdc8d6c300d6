"""Samples as torch datasets and loaders give them: (input, label), dicts by name, pictures, arrays, numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ..errors import DataError
from .labels import in_order, places, written
from .numbers import MISSING
from .pixels import to_pixels

# What the label of a sample that is a dict is called; the first of these that there is.
LABELS = ("label", "labels", "target", "targets", "class", "y", "标签", "类别")


@dataclass(frozen=True)
class Form:
    """The parts of each sample of a dataset, or of each batch of a loader.

    Attributes:
        names: of the inputs, where samples are dicts.
        label: the name of the label there, None where samples have none.
    """

    names: tuple[str, ...] = ()
    label: str | None = None

    @classmethod
    def of(cls, sample: Any, where: str, target: str | None = None) -> Form:
        """The form of a sample; `target` names the label of a dict.

        Raises:
            DataError: it is neither (input, …, label) nor a dict with a label.
        """
        inputs = sample[0] if _is_pair(sample) and isinstance(sample[0], Mapping) else sample
        if not isinstance(inputs, Mapping):
            return cls()
        names = tuple(map(str, inputs))
        label = None
        if inputs is sample:
            label = next((name for name in ((target,) if target else LABELS) if name in names), None)
        if len(names) == (label is not None):
            raise DataError(f"{where}: a sample has the keys {', '.join(names) or 'none'}, and no input among them.")
        return cls(tuple(name for name in names if name != label), label)

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments that a model is called with by name; one input alone needs none."""
        return self.names if len(self.names) > 1 else ()

    def labelled(self, sample: Any) -> bool:
        """Return whether a sample has a label."""
        return self.label is not None or _is_pair(sample)

    def inputs(self, sample: Any) -> tuple[Any, ...]:
        """The inputs of a sample, in the order of the names where there are any."""
        if self.label is None and _is_pair(sample):
            sample = tuple(sample[:-1])
            sample = sample[0] if len(sample) == 1 else sample
        if self.names:
            return tuple(sample[name] for name in self.names)
        return tuple(sample) if isinstance(sample, (tuple, list)) else (sample,)

    def target(self, sample: Any) -> Any:
        """The label of a sample."""
        return sample[self.label] if self.label is not None else sample[-1]


def _is_pair(sample: Any) -> bool:
    return isinstance(sample, (tuple, list)) and len(sample) >= 2


def as_input(value: Any) -> Tensor:
    """An input as a tensor: a picture (K, H, W) from 0 to 1, float64 as float32, anything else as it is.

    Raises:
        DataError: it is none of these.
    """
    if isinstance(value, Image.Image):
        return torch.from_numpy(to_pixels(value)).float().div_(255)
    try:
        tensor = torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError):
        shown = repr(value) if isinstance(value, str) else f"a {type(value).__name__}"
        raise DataError(
            f"an input of a sample must be a tensor, an array, a number or a picture, got {shown[:60]}; turn it into "
            "numbers in the dataset's __getitem__"
        ) from None
    return tensor.float() if tensor.dtype == torch.float64 else tensor


def stacked(values: Sequence[Any]) -> Tensor:
    """The inputs of several samples as one tensor; sequences of different lengths are padded with 0.

    Raises:
        DataError: their shapes differ in more than the length.
    """
    parts = [as_input(value) for value in values]
    if all(part.shape == parts[0].shape for part in parts):
        return torch.stack(parts)
    if all(part.dim() and part.shape[1:] == parts[0].shape[1:] for part in parts):
        return pad_sequence(parts, batch_first=True)
    other = next(part.shape for part in parts if part.shape != parts[0].shape)
    raise DataError(
        f"samples have inputs of different shapes, {tuple(parts[0].shape)} and {tuple(other)}: bring them to one, as "
        "with a transform that resizes"
    )


def numbered(
    labels: Sequence[Any], where: str, names: Sequence[str] | None = None
) -> tuple[Tensor, Sequence[str] | None]:
    """Labels as a tensor, and the names of their classes: words get numbers by the alphabet, or by their names.

    Raises:
        DataError: a label is missing, or none of the names.
    """
    first = next(iter(labels), None)
    if isinstance(first, Tensor) and first.dim():
        return torch.stack([torch.as_tensor(label) for label in labels]), names
    found = np.asarray([label.item() if isinstance(label, Tensor) else label for label in labels], dtype=object)
    if not any(isinstance(label, str) or label is None for label in found.flat):
        return torch.as_tensor(np.asarray(found.tolist())), names
    texts = written(found)
    lost = np.flatnonzero([text in MISSING for text in texts])
    if len(lost):
        raise DataError(f"{where}: sample {lost[0]} has no label ({found[lost[0]]!r})")
    names = names or in_order([str(text) for text in np.unique(texts)])
    codes = places(texts, names)
    if (codes < 0).any():
        raise DataError(f"{where}: the label {str(texts[codes < 0][0])!r} is none of the classes {', '.join(names)}.")
    return torch.from_numpy(codes), names


class Paired:
    """The batches of a loader that gives dicts, as (input, …, label), which is what a training reads."""

    def __init__(self, loader: Any, form: Form) -> None:
        self.loader, self.form = loader, form

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Any:
        for batch in self.loader:
            yield (*map(as_input, self.form.inputs(batch)), torch.as_tensor(self.form.target(batch)))
