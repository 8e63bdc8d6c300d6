"""What a model gives on a whole data set: one row per sample, in order; segmentation keeps sums instead of pixels.

Legend: N samples, C classes, L labels, M sampled pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from .metrics import Counts

# A missing label of a multi-label or binary target, beside NaN.
MISSING = 255


class Samples(Protocol):
    """What can be evaluated: `crossent.train.data.dataset.Dataset`, or anything with these."""

    @property
    def ids(self) -> Sequence[str]:
        """A name per sample, which leads a person to it."""

    def __len__(self) -> int: ...

    def batch(self, rows: Tensor) -> tuple[Any, Tensor | None]:
        """The inputs and the targets of these rows; targets are None where there are none."""


@dataclass(frozen=True, eq=False)
class Outputs:
    """Logits and targets of every sample, on the CPU.

    Attributes:
        task: "multiclass", "binary" or "multilabel".
        logits: (N, C), (N,) or (N, L), float32 or wider.
        targets: (N,), (N,) or (N, L) as the data give them; None for data without labels.
        ignore_index: the target that does not count; missing labels of the two other tasks are 255 or NaN.
        losses: (N,), each sample's surprise, −log p(its target) in nats, without class weights or smoothing; NaN where
            no target counts. None without targets.
        ids: the samples' names.
        loss: the criterion's mean, Σ loss / Σ weight; NaN where nothing counts.
    """

    task: str
    logits: Tensor
    targets: Tensor | None
    ignore_index: int | None
    losses: Tensor | None
    ids: Sequence[str]
    loss: float

    def counted(self) -> Tensor:
        """Which targets count; the shape of the targets."""
        assert self.targets is not None, "asked only of data with labels"
        return counted(self.task, self.targets, self.ignore_index)


@dataclass(frozen=True, eq=False)
class PixelOutputs:
    """What is kept of a segmentation: counts of all pixels, figures of each image, a sample of pixels.

    Attributes:
        task: "segmentation".
        confusion: (C, C) counts; row: the target, column: the prediction.
        losses: (N,), the mean surprise of each image's pixels, in nats; NaN where none counts.
        accuracies, ious: (N,), each image's share of right pixels and mean intersection over union of its classes.
        logits, targets: (M, C) and (M,): pixels drawn at random from every image, for calibration.
        ids: the images' names.
        loss: the criterion's mean.
    """

    task: str
    confusion: Tensor
    losses: Tensor
    accuracies: Tensor
    ious: Tensor
    logits: Tensor
    targets: Tensor
    ids: Sequence[str]
    loss: float

    def counts(self) -> Counts:
        """The counts of each class over all pixels."""
        support = self.confusion.sum(1)
        return Counts(self.confusion.diagonal(), self.confusion.sum(0), support, support.sum().expand(len(support)))

    def sample(self) -> Outputs:
        """The sampled pixels as samples of their own, which all count."""
        losses = -torch.log_softmax(self.logits.double(), 1).gather(1, self.targets.long().unsqueeze(1)).squeeze(1)
        ids = [""] * len(self.targets)
        return Outputs("multiclass", self.logits, self.targets, None, losses, ids, float("nan"))


def counted(task: str, targets: Tensor, ignore_index: int | None) -> Tensor:
    """Which targets count; bool, the shape of the targets."""
    if task in ("multiclass", "segmentation"):
        return targets != (-100 if ignore_index is None else ignore_index)
    present = targets != MISSING
    if targets.is_floating_point():
        present = present & ~targets.isnan()
    return present if ignore_index is None else present & (targets != ignore_index)


def predictions(task: str, logits: Tensor, cuts: Tensor | float = 0.0) -> Tensor:
    """The class of the largest logit, (N,) or (N, H, W); for binary and multi-label which logits are above the cuts."""
    return logits.argmax(1) if task in ("multiclass", "segmentation") else logits > cuts
