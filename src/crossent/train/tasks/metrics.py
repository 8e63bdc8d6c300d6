"""The metrics of each class, from three counts: how often it was there, was predicted, and both.

Legend: N samples, C classes (the labels of a multi-label task; the two sides of a binary one). A metric that would be
0/0 is None. A mean leaves out the classes that are neither there nor predicted, as they say nothing about a model; in
the others it takes None as 0. These are scikit-learn's means over the classes that occur.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import mul

import torch
from torch import Tensor

from ...core.dtypes import count_dtype


@dataclass(frozen=True, eq=False)
class Counts:
    """Counts that add up over batches and processes; (C,) each, on one device: int64, or float64 sums of weights.

    Attributes:
        hits: predicted as the class, and of it.
        predicted: predicted as the class.
        support: of the class.
        decided: decisions that count; in a multi-label task each label is one of its own.
    """

    hits: Tensor
    predicted: Tensor
    support: Tensor
    decided: Tensor

    @classmethod
    def zeros(cls, classes: int, device: torch.device | None = None) -> Counts:
        """Nothing counted yet."""
        return cls(*torch.zeros(4, classes, dtype=torch.int64, device=device))

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.hits + other.hits,
            self.predicted + other.predicted,
            self.support + other.support,
            self.decided + other.decided,
        )

    @classmethod
    def of_classes(cls, prediction: Tensor, target: Tensor, counted: Tensor, classes: int) -> Counts:
        """One class per position: predictions, targets and which of them count, or how much, of any one shape."""
        support = _bincount(target, counted, classes)
        return cls(
            _bincount(target, counted * (prediction == target), classes),
            _bincount(prediction, counted, classes),
            support,
            support.sum().expand(classes),
        )

    @classmethod
    def of_labels(cls, prediction: Tensor, target: Tensor, counted: Tensor) -> Counts:
        """Any number of labels per row: (N, C) bool each; or how much each counts."""
        positive, predicted = target * counted, prediction * counted
        return cls((positive * prediction).sum(0), predicted.sum(0), positive.sum(0), counted.sum(0))

    @classmethod
    def stacked(cls, rows: Tensor) -> Counts:
        """The counts of a (4, C) tensor, as `stack` gives it."""
        return cls(*rows)

    def stack(self) -> Tensor:
        """All counts in one (4, C) tensor, to send."""
        return torch.stack([self.hits, self.predicted, self.support, self.decided])


@dataclass(frozen=True)
class ClassMetrics:
    """One line of the table of classes; a metric is None where it would be 0/0.

    Attributes:
        name: the class.
        precision: of what was predicted as this class, the share that is of it.
        recall: of what is of this class, the share predicted as it.
        f1: harmonic mean of the two, 2·hits / (predicted + support); the Dice coefficient of segmentation.
        iou: hits / (predicted + support − hits), the Jaccard index.
        hits: how many are of this class and were predicted as it; of rows with weights the sum of these.
        support: how many are of this class.
        predicted: how many were predicted as it.
        roc_auc: chance that one of the class scores higher than one that is not; None without both kinds.
        average_precision: area under precision over recall; None without one of the class.
    """

    name: str
    precision: float | None
    recall: float | None
    f1: float | None
    iou: float | None
    hits: float
    support: float
    predicted: float
    roc_auc: float | None = None
    average_precision: float | None = None


@dataclass(frozen=True)
class Average:
    """Precision, recall and F1 over all classes."""

    precision: float | None
    recall: float | None
    f1: float | None


def class_metrics(counts: Counts, classes: Iterable[str]) -> list[ClassMetrics]:
    """The metrics of all classes, those without a sample included."""
    lines = []
    columns = zip(counts.hits.tolist(), counts.predicted.tolist(), counts.support.tolist(), strict=True)
    for name, (hits, predicted, support) in zip(classes, columns, strict=True):
        lines.append(
            ClassMetrics(
                name=name,
                precision=ratio(hits, predicted),
                recall=ratio(hits, support),
                f1=ratio(2 * hits, predicted + support),
                iou=ratio(hits, predicted + support - hits),
                hits=hits,
                support=support,
                predicted=predicted,
            )
        )
    return lines


def accuracy(lines: Sequence[ClassMetrics]) -> float | None:
    """The share of right predictions, where there is one for each sample."""
    return ratio(sum(line.hits for line in lines), sum(line.support for line in lines))


def averages(lines: Sequence[ClassMetrics]) -> dict[str, Average]:
    """Micro: of all decisions together; macro: each class counts the same; weighted: as often as it is there."""
    there = [line for line in lines if line.support or line.predicted]
    hits, predicted, support = (sum(getattr(line, name) for line in there) for name in ("hits", "predicted", "support"))

    def over_classes(weights: Sequence[float]) -> Average:
        columns = ([getattr(line, name) or 0.0 for line in there] for name in ("precision", "recall", "f1"))
        return Average(*(ratio(sum(map(mul, weights, column)), sum(weights)) for column in columns))

    return {
        "micro": Average(ratio(hits, predicted), ratio(hits, support), ratio(2 * hits, predicted + support)),
        "macro": over_classes([1] * len(there)),
        "weighted": over_classes([line.support for line in there]),
    }


def ratio(numerator: float, denominator: float) -> float | None:
    """The quotient; None for 0/0."""
    return numerator / denominator if denominator else None


def mean(values: Iterable[float | None]) -> float | None:
    """The mean of what is defined; None where nothing is."""
    defined = [value for value in values if value is not None]
    return sum(defined) / len(defined) if defined else None


def confusion(prediction: Tensor, target: Tensor, counted: Tensor, classes: int) -> Tensor:
    """(C, C) counts, or sums of weights; row: the target, column: the prediction."""
    cells = _bincount(target.long() * classes + prediction.long(), counted, classes * classes)
    return cells.view(classes, classes)


def along(weights: Tensor, values: Tensor) -> Tensor:
    """Weights of samples, (N,), that multiply values of any shape (N, …)."""
    return weights.view(-1, *[1] * (values.dim() - 1))


def weighted(there: Tensor, weights: Tensor | None) -> Tensor:
    """How much each position counts: whether it does, or the weight of its sample, (N,)."""
    return there if weights is None else there * along(weights.to(count_dtype(weights.device)), there)


def _bincount(values: Tensor, counted: Tensor, bins: int) -> Tensor:
    # What does not count goes to one bin more, which is dropped.
    kept = torch.where(counted.bool(), values.long(), bins).flatten()
    own = None if counted.dtype == torch.bool else counted.flatten()
    if kept.device.type == "cpu":
        return torch.bincount(kept, own, minlength=bins + 1)[:bins]
    # bincount would wait for the device, to learn the largest value.
    each = torch.ones_like(kept) if own is None else own
    return each.new_zeros(bins + 1).scatter_add_(0, kept, each)[:bins]
