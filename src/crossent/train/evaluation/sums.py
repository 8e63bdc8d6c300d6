"""The part of the figures that adds up over parts of a data set: counts, means, the matrix of who was taken for whom.

Legend: N samples, C classes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..tasks import metrics
from ..tasks.base import Target
from ..tasks.metrics import Counts
from .outputs import Outputs, PixelOutputs

# A matrix of more classes is neither drawn nor stored; the pairs confused most often are.
_MATRIX = 512


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums over samples.

    Attributes:
        counts: of each class.
        means: numerator and denominator of each mean, the loss among them.
        matrix: (C, C), row: the target, column: the prediction; None for multi-label, or beyond 512 classes.
        cells: how often a class was taken for another: target · C + prediction.
        samples: N; `counted` of them have targets that count, `broken` have NaN among their logits.
        weight: of all samples, where they have weights.
    """

    counts: Counts
    means: dict[str, tuple[float, float]]
    matrix: Tensor | None = None
    cells: Counter[int] = field(default_factory=Counter)
    samples: int = 0
    counted: int = 0
    broken: int = 0
    weight: float | None = None

    @classmethod
    def of(cls, outputs: Outputs | PixelOutputs, cuts: Tensor | float = 0.0) -> Sums:
        """Those of outputs with targets; `cuts`: of tasks with thresholds, the logits above which is predicted."""
        if isinstance(outputs, PixelOutputs):
            return cls._of_pixels(outputs)
        task, count, (targets, real) = outputs.task, len(outputs.task.classes), outputs.labelled()
        prediction = task.predictions(outputs.logits, cuts)
        counted = metrics.weighted(real, outputs.weights)
        pairs = task.means(outputs.logits, prediction, targets, counted)
        means = {name: (float(part), float(of)) for name, (part, of) in pairs.items()}
        nan, matrix, cells = outputs.logits.isnan(), None, Counter[int]()
        if task.target is Target.CLASS:
            truth, chosen = torch.where(real, targets, 0).long(), prediction.long()
            if count <= _MATRIX:
                matrix = metrics.confusion(chosen, truth, counted, count)
            wrong = real & (chosen != truth)
            places, often = (truth[wrong] * count + chosen[wrong]).unique(return_counts=True)
            cells.update(dict(zip(places.tolist(), often.tolist(), strict=True)))
        return cls(
            counts=task.tally(prediction, targets, counted),
            means={"loss": _total(outputs), **means},
            matrix=matrix,
            cells=cells,
            samples=len(outputs.ids),
            counted=int(real.sum()),
            broken=int(nan.any(1).sum() if nan.dim() > 1 else nan.sum()),
            weight=None if outputs.weights is None else float(outputs.weights.sum()),
        )

    @classmethod
    def _of_pixels(cls, outputs: PixelOutputs) -> Sums:
        wrong = (outputs.confusion - torch.diag(outputs.confusion.diagonal())).flatten()
        cells = Counter({int(cell): int(wrong[cell]) for cell in torch.nonzero(wrong).flatten()})
        matrix = outputs.confusion if len(outputs.task.classes) <= _MATRIX else None
        support = int(outputs.confusion.sum())
        return cls(outputs.counts(), {"loss": _total(outputs)}, matrix, cells, len(outputs.ids), support)

    def __add__(self, other: Sums) -> Sums:
        pairs = zip(self.means.values(), other.means.values(), strict=True)
        means = ((one[0] + two[0], one[1] + two[1]) for one, two in pairs)
        return Sums(
            self.counts + other.counts,
            dict(zip(self.means, means, strict=True)),
            None if self.matrix is None or other.matrix is None else self.matrix + other.matrix,
            self.cells + other.cells,
            self.samples + other.samples,
            self.counted + other.counted,
            self.broken + other.broken,
            None if self.weight is None or other.weight is None else self.weight + other.weight,
        )


def _total(outputs: Outputs | PixelOutputs) -> tuple[float, float]:
    """Σ loss and Σ weight."""
    return (outputs.loss * outputs.divisor if outputs.divisor else 0.0), outputs.divisor
