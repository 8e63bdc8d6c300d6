"""All figures of a set of outputs: what metrics.json holds and the report shows.

Legend: N samples, C classes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from torch import Tensor

from ...wording import listed
from ..tasks import metrics
from ..tasks.metrics import Average, ClassMetrics
from .calibration import Calibration, calibration
from .outputs import Outputs, PixelOutputs
from .ranking import ranked
from .sums import Sums

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


def scores(outputs: Outputs | PixelOutputs, cuts: Tensor | float = 0.0, sums: Sums | None = None) -> Scores:
    """All figures of outputs with targets.

    Args:
        outputs: what `collect` gave.
        cuts: of tasks with thresholds: predicted are logits above this, one number or one per class.
        sums: of all samples, where the outputs are of some of them.

    Example::

        >>> from crossent.train.tasks.binary import Binary
        >>> logits, targets = torch.tensor([2.0, -1.0, 0.5]), torch.tensor([1, 0, 0])
        >>> found = scores(Outputs(Binary(("no", "yes")), logits, targets, None, "abc", 0.5))
        >>> found.confusion, found.classes[1].precision, found.figures["roc_auc"]
        ([[1, 1], [0, 1]], 0.5, 1.0)
    """
    task, classes, trust = outputs.task, outputs.task.classes, calibration(outputs.sample())
    whole = Sums.of(outputs, cuts) if sums is None else sums
    lines = metrics.class_metrics(whole.counts, classes)
    if isinstance(outputs, Outputs):
        lines = ranked(lines, outputs, classes)
    means = {name: metrics.ratio(*pair) for name, pair in whole.means.items()}
    summed = means.pop("loss")
    measured = task.measured(whole.counts, lines, means)
    return Scores(
        task=task.name,
        samples=whole.samples,
        counted=whole.counted,
        loss=_finite(outputs.loss if sums is None else summed),
        figures={**measured, **{name: _finite(getattr(trust, name)) for name in ("log_loss", "brier", "ece")}},
        averages=metrics.averages(lines),
        classes=lines,
        confusion=None if whole.matrix is None else whole.matrix.tolist(),
        confused=_confused(whole.cells, classes),
        calibration=trust,
        warnings=_warnings(whole, isinstance(outputs, PixelOutputs)) + _absent(lines),
        weight=whole.weight,
    )


def _confused(cells: Mapping[int, int], classes: tuple[str, ...]) -> list[Confused]:
    """The cells of the matrix with the highest counts; a cell is target · C + prediction."""
    highest = sorted(cells.items(), key=lambda item: (-item[1], item[0]))[:_PAIRS]
    pairs = ((*divmod(cell, len(classes)), count) for cell, count in highest)
    return [Confused(classes[label], classes[predicted], count) for label, predicted, count in pairs]


def _warnings(sums: Sums, pixels: bool) -> list[str]:
    warnings = []
    if sums.broken:
        warnings.append(
            f"The model gave NaN for {sums.broken:,} of {sums.samples:,} samples: their predictions mean nothing. "
            "ROC-AUC, average precision and calibration leave them out."
        )
    if not sums.counted and pixels:
        warnings.append("There is no pixel that counts: no figure can be computed.")
    elif not sums.counted:
        warnings.append("There is no label that counts: no figure can be computed.")
    return warnings


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
