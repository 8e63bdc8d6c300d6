"""The data sets that feed a model: rows by number, in batches ready for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from .inputs import Batch, Inputs, LazyTargets, chained
from .records.base import Records


class Augment(Protocol):
    """A random change to a batch, that draws from torch's global CPU generator alone."""

    def __call__(self, inputs: Batch, targets: Tensor | None) -> tuple[Batch, Tensor | None]: ...


@dataclass(frozen=True, eq=False)
class Dataset:
    """Inputs with their targets, by row number; N rows, C classes.

    Attributes:
        inputs: what the model is called with.
        targets: multiclass (N,), int64; binary (N,), 0.0 or 1.0; multilabel (N, C), 0, 1, or NaN for missing;
            segmentation (N, H, W), integer; None where there are no labels.
        ids: where each row is from: "reviews.csv:17", "cats/01.png".
        records: the rows before any preprocessing.
        text: the columns of the records that are the text.
        weights: (N,) of at least 0, how often each row counts, in losses and figures; None: once.
        classes: (C,) how many there are of each class, where these are a sample of more.
        augment: changes a batch at random, by torch's global CPU generator alone; training only.
    """

    inputs: Inputs
    targets: Tensor | LazyTargets | None
    ids: Sequence[str]
    records: Records | None = None
    augment: Augment | None = None
    text: tuple[str, ...] = ()
    weights: Tensor | None = None
    classes: Tensor | None = None

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def lazy(self) -> bool:
        """True if a batch is read from disk."""
        return self.inputs.lazy or not isinstance(self.targets, (Tensor, type(None)))

    def batch(self, rows: Tensor) -> tuple[Batch, Tensor | None]:
        """Inputs and targets of these rows, augmented where this is asked for; `rows`: (n,), int64, on the CPU."""
        return self.augmented(*self.read(rows))

    def read(self, rows: Tensor) -> tuple[Batch, Tensor | None]:
        """The first half of `batch`: no random number is drawn, so a thread may do it ahead of time."""
        inputs = self.inputs.take(rows)
        if self.targets is None:
            return inputs, None
        if isinstance(self.targets, Tensor):
            return inputs, self.targets[rows.to(self.targets.device)]
        return inputs, self.targets.take(rows)

    def weights_of(self, rows: Tensor) -> Tensor | None:
        """The weights of these rows, (n,)."""
        return None if self.weights is None else self.weights[rows.to(self.weights.device)]

    def augmented(self, inputs: Batch, targets: Tensor | None) -> tuple[Batch, Tensor | None]:
        """The second half of `batch`: in the order of the steps, since it draws from torch's global generator."""
        return (inputs, targets) if self.augment is None else self.augment(inputs, targets)

    def take(self, rows: Tensor) -> Dataset:
        """These rows alone, in this order."""
        targets = self.targets
        if isinstance(targets, Tensor):
            targets = targets[rows.to(targets.device)]
        elif targets is not None:
            targets = targets.subset(rows)
        ids = [self.ids[row] for row in rows.tolist()]
        records = None if self.records is None else self.records.take(rows.numpy())
        weights = self.weights_of(rows)
        return Dataset(self.inputs.subset(rows), targets, ids, records, self.augment, self.text, weights)

    def chained(self, other: Dataset) -> Dataset:
        """These rows and then those of another part, both with labels, in memory, without what people look at."""
        assert isinstance(self.targets, Tensor), "labelled"
        assert isinstance(other.targets, Tensor), "labelled"
        weights = None
        if self.weights is not None and other.weights is not None:
            weights = torch.cat([self.weights, other.weights])
        return replace(
            self,
            inputs=chained(self.inputs, other.inputs),
            targets=torch.cat([self.targets, other.targets]),
            ids=[*self.ids, *other.ids],
            records=None,
            weights=weights,
        )

    def to(self, device: torch.device) -> Dataset:
        """With everything that is in memory moved to the device, once."""
        targets = self.targets.to(device) if isinstance(self.targets, Tensor) else self.targets
        weights = None if self.weights is None else self.weights.to(device)
        return replace(self, inputs=self.inputs.to(device), targets=targets, weights=weights)

    def show(self, row: int) -> str | dict[str, Any] | Tensor | None:
        """A row as people look at it: its text, its columns, its picture (H, W, K) as uint8; None for bare tensors."""
        if self.records is None:
            return None
        raw = self.records.raw(row)
        if self.text:
            return "\n".join("" if raw[name] is None else str(raw[name]) for name in self.text)
        return torch.from_numpy(raw["image"].copy()) if isinstance(raw.get("image"), np.ndarray) else raw or None
