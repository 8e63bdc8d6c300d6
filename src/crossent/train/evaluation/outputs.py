"""The outputs of a model on a whole data set: logits and targets of each sample; of masks sums instead of pixels.

Legend: N samples, C classes, L labels, M sampled pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from torch import Tensor

from ..tasks.base import Task
from ..tasks.metrics import Counts


class Samples(Protocol):
    """Samples that can be evaluated: `crossent.train.data.dataset.Dataset`, or anything with these."""

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
        task: what they are of.
        logits: (N, C), (N,) or (N, L), float32 or wider.
        targets: (N,), (N,) or (N, L) as the data give them; None for data without labels.
        losses: (N,), each sample's surprise, −log p(its target) in nats, without class weights or smoothing; NaN where
            no target counts. None without targets.
        ids: the samples' names.
        loss: the criterion's mean, Σ loss / Σ weight; NaN where nothing counts.
        weights: of the samples, (N,); None where all count the same.
        divisor: Σ weight of the loss.
    """

    task: Task
    logits: Tensor
    targets: Tensor | None
    losses: Tensor | None
    ids: Sequence[str]
    loss: float
    weights: Tensor | None = None
    divisor: float = 1.0

    def labelled(self) -> tuple[Tensor, Tensor]:
        """The targets, and which of them count."""
        assert self.targets is not None, "asked only of data with labels"
        return self.targets, self.task.counts(self.targets)

    def probabilities(self, temperature: float = 1.0) -> Tensor:
        """Those of the logits divided by the temperature; float64."""
        return self.task.probabilities(self.logits.double() / temperature)

    def sample(self) -> Outputs:
        """Outputs with a logit for each target: these."""
        return self


@dataclass(frozen=True, eq=False)
class PixelOutputs:
    """The outputs kept of a segmentation: counts of all pixels, metrics of each image, a sample of pixels.

    Attributes:
        task: what they are of.
        confusion: (C, C) counts; row: the target, column: the prediction.
        losses: (N,), the mean surprise of each image's pixels, in nats; NaN where none counts.
        accuracies, ious: (N,), each image's share of right pixels and mean intersection over union of its classes.
        logits, targets: (M, C) and (M,): pixels drawn at random from every image, for calibration.
        ids: the images' names.
        loss: the criterion's mean.
        divisor: Σ weight of the loss.
    """

    task: Task
    confusion: Tensor
    losses: Tensor
    accuracies: Tensor
    ious: Tensor
    logits: Tensor
    targets: Tensor
    ids: Sequence[str]
    loss: float
    divisor: float = 1.0

    def counts(self) -> Counts:
        """The counts of each class over all pixels."""
        support = self.confusion.sum(1)
        return Counts(self.confusion.diagonal(), self.confusion.sum(0), support, support.sum().expand(len(support)))

    def sample(self) -> Outputs:
        """The sampled pixels as samples of their own, which all count."""
        return Outputs(self.task, self.logits, self.targets, None, [""] * len(self.targets), float("nan"))
