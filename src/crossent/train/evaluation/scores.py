"""All figures of a set of outputs: what metrics.json holds and the report shows.

Legend: N samples, C classes.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, replace
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ...wording import listed
from ..tasks import metrics
from ..tasks.base import Target
from ..tasks.metrics import Average, ClassMetrics, Counts
from .calibration import Calibration, calibration
from .outputs import Outputs, PixelOutputs
from .ranking import ranked

# A matrix of more classes is neither drawn nor stored; the pairs confused most often are.
_MATRIX = 512
_PAIRS = 20


@dataclass(frozen=True)
class Confused:
    """How often a class was taken for another."""

    label: str
    prediction: str
    count: int


@dataclass(frozen=True)
class Scores:
    """The figures of a model on a data set. A figure is None where it is not defined.

    Attributes:
        task: its name.
        samples: rows of the data set.
        counted: targets that count; pixels of a segmentation, labels of a multi-label task.
        loss: the mean of the criterion that was trained with: with its weights, its smoothing.
        figures: the figures of the whole, by name.
        averages: precision, recall and F1 as "micro", "macro" and "weighted" means.
        classes: the figures of each class.
        confusion: (C, C) counts, or sums of weights; row: the target, column: the prediction; None for multi-label, or
            beyond 512 classes.
        confused: the pairs of classes confused most often.
        calibration: of the probabilities as the model gives them.
        warnings: what a reader has to know about the figures.
        weight: of all samples, where they have weights; counts of classes are sums of weights then.
    """

    task: str
    samples: int
    counted: int
    loss: float | None
    figures: dict[str, float | None]
    averages: dict[str, Average]
    classes: list[ClassMetrics]
    confusion: list[list[float]] | None
    confused: list[Confused]
    calibration: Calibration
    warnings: list[str] = field(default_factory=list)
    weight: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values; JSON has no NaN and no infinity, which become None."""
        made: dict[str, Any] = _plain(asdict(self))
        return made

    def with_warnings(self, *warnings: str) -> Scores:
        """The same with further warnings."""
        return replace(self, warnings=[*self.warnings, *warnings])


class _Found(NamedTuple):
    """The inputs of the metrics."""

    counts: Counts
    lines: list[ClassMetrics]
    means: dict[str, float | None]
    confusion: Tensor | None
    confused: list[Confused]
    counted: int
    warnings: list[str]


def scores(outputs: Outputs | PixelOutputs, cuts: Tensor | float = 0.0) -> Scores:
    """All figures of outputs with targets.

    Args:
        outputs: what `collect` gave.
        cuts: of tasks with thresholds: predicted are logits above this, one number or one per class.

    Example::

        >>> from crossent.train.tasks.binary import Binary
        >>> logits, targets = torch.tensor([2.0, -1.0, 0.5]), torch.tensor([1, 0, 0])
        >>> found = scores(Outputs(Binary(("no", "yes")), logits, targets, None, "abc", 0.5))
        >>> found.confusion, found.classes[1].precision, found.figures["roc_auc"]
        ([[1, 1], [0, 1]], 0.5, 1.0)
    """
    task, trust = outputs.task, calibration(outputs.sample())
    found = _of_pixels(outputs) if isinstance(outputs, PixelOutputs) else _of_samples(outputs, cuts)
    measured = task.measured(found.counts, found.lines, found.means)
    return Scores(
        task=task.name,
        samples=len(outputs.ids),
        counted=found.counted,
        loss=_finite(outputs.loss),
        figures={**measured, **{name: _finite(getattr(trust, name)) for name in ("log_loss", "brier", "ece")}},
        averages=metrics.averages(found.lines),
        classes=found.lines,
        confusion=None if found.confusion is None else found.confusion.tolist(),
        confused=found.confused,
        calibration=trust,
        warnings=found.warnings + _absent(found.lines),
        weight=float(outputs.weights.sum()) if isinstance(outputs, Outputs) and outputs.weights is not None else None,
    )


def _of_samples(outputs: Outputs, cuts: Tensor | float) -> _Found:
    task, classes, (targets, real) = outputs.task, outputs.task.classes, outputs.labelled()
    prediction = task.predictions(outputs.logits, cuts)
    counted = metrics.weighted(real, outputs.weights)
    counts = task.tally(prediction, targets, counted)
    lines = ranked(metrics.class_metrics(counts, classes), outputs, classes)
    pairs = task.means(outputs.logits, prediction, targets, counted)
    means = {name: metrics.ratio(float(part), float(of)) for name, (part, of) in pairs.items()}
    matrix, confused = None, []
    if task.target is Target.CLASS:
        truth, prediction = torch.where(real, targets, 0).long(), prediction.long()
        if len(classes) <= _MATRIX:
            matrix = metrics.confusion(prediction, truth, counted, len(classes))
        wrong = real & (prediction != truth)
        cells = truth[wrong] * len(classes) + prediction[wrong]
        cells, often = cells.unique(return_counts=True)
        confused = _confused(cells, often, classes)
    return _Found(counts, lines, means, matrix, confused, int(real.sum()), _warnings(outputs, real))


def _of_pixels(outputs: PixelOutputs) -> _Found:
    counts, classes = outputs.counts(), outputs.task.classes
    wrong = (outputs.confusion - torch.diag(outputs.confusion.diagonal())).flatten()
    cells = torch.nonzero(wrong).flatten()
    matrix = outputs.confusion if len(classes) <= _MATRIX else None
    support = int(outputs.confusion.sum())
    warnings = [] if support else ["There is no pixel that counts: no figure can be computed."]
    lines = metrics.class_metrics(counts, classes)
    return _Found(counts, lines, {}, matrix, _confused(cells, wrong[cells], classes), support, warnings)


def _confused(cells: Tensor, counts: Tensor, classes: tuple[str, ...]) -> list[Confused]:
    """The cells of the matrix with the highest counts; a cell is target · C + prediction."""
    order = counts.argsort(descending=True, stable=True)[:_PAIRS].tolist()
    pairs = ((*divmod(int(cells[place]), len(classes)), int(counts[place])) for place in order)
    return [Confused(classes[label], classes[predicted], count) for label, predicted, count in pairs]


def _warnings(outputs: Outputs, real: Tensor) -> list[str]:
    warnings = []
    nan = outputs.logits.isnan()
    broken = int(nan.any(1).sum() if nan.dim() > 1 else nan.sum())
    if broken:
        warnings.append(
            f"The model gave NaN for {broken:,} of {len(outputs.ids):,} samples: their predictions mean nothing. "
            "ROC-AUC, average precision and calibration leave them out."
        )
    return warnings if real.any() else [*warnings, "There is no label that counts: no figure can be computed."]


def _absent(lines: list[ClassMetrics]) -> list[str]:
    absent = [line.name for line in lines if not line.support]
    if not absent or len(absent) == len(lines):
        return []
    return [f"Without a sample here, so without a recall: {listed(absent)}."]


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return _finite(value) if isinstance(value, float) else value
