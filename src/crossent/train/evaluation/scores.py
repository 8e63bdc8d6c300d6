"""All figures of a set of outputs: what metrics.json holds and the report shows.

Legend: N samples, C classes.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from . import metrics
from .calibration import Calibration, calibration, probabilities
from .metrics import Average, ClassFigures, Counts
from .outputs import Outputs, PixelOutputs, predictions
from .ranking import average_precision, roc_auc

# A matrix of more classes is neither drawn nor stored; the pairs confused most often are.
_MATRIX = 512
_PAIRS = 20
# Ranking sorts the scores of each class: beyond this many numbers it would take longer than the training.
_RANKED = 50_000_000


@dataclass(frozen=True)
class Confused:
    """How often a class was taken for another."""

    label: str
    prediction: str
    count: int


@dataclass(frozen=True)
class Scores:
    """What a model is worth on a data set. A figure is None where it is not defined.

    Attributes:
        task: "multiclass", "binary", "multilabel" or "segmentation".
        samples: rows of the data set.
        counted: targets that count; pixels of a segmentation, labels of a multi-label task.
        loss: the mean of the criterion that was trained with: with its weights, its smoothing.
        figures: the figures of the whole, by name.
        averages: precision, recall and F1 as "micro", "macro" and "weighted" means.
        classes: the figures of each class.
        confusion: (C, C) counts, row: the target, column: the prediction; None for multi-label, or beyond 512 classes.
        confused: the pairs of classes confused most often.
        calibration: of the probabilities as the model gives them.
        warnings: what a reader has to know about the figures.
    """

    task: str
    samples: int
    counted: int
    loss: float | None
    figures: dict[str, float | None]
    averages: dict[str, Average]
    classes: list[ClassFigures]
    confusion: list[list[int]] | None
    confused: list[Confused]
    calibration: Calibration
    warnings: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Plain values; JSON has no NaN and no infinity, which become None."""
        made: dict[str, Any] = _plain(asdict(self))
        return made

    def with_warnings(self, *warnings: str) -> Scores:
        """The same with further warnings."""
        return replace(self, warnings=[*self.warnings, *warnings])


def scores(outputs: Outputs | PixelOutputs, classes: tuple[str, ...], cuts: Tensor | float = 0.0) -> Scores:
    """All figures of outputs with targets.

    Args:
        outputs: what `collect` gave.
        classes: the names, in the order of the logits; of a binary task the negative one, then the positive one.
        cuts: binary and multi-label: predicted are logits above this, one number or one per label.

    Example::

        >>> outputs = Outputs("binary", torch.tensor([2.0, -1.0, 0.5]), torch.tensor([1, 0, 0]), None, None, "abc", 0.5)
        >>> found = scores(outputs, ("no", "yes"))
        >>> found.confusion, found.classes[1].precision, found.figures["roc_auc"]
        ([[1, 1], [0, 1]], 0.5, 1.0)
    """
    if isinstance(outputs, PixelOutputs):
        return _of_pixels(outputs, classes)
    assert outputs.targets is not None, "only data with labels can be scored"
    real, targets, prediction = outputs.counted(), outputs.targets, predictions(outputs.task, outputs.logits, cuts)
    matrix = None
    if outputs.task == "multilabel":
        counts = Counts.of_labels(prediction, targets == 1, real)
        pairs: list[Confused] = []
    else:
        truth, prediction = torch.where(real, targets, 0).long(), prediction.long()
        counts = Counts.of_classes(prediction, truth, real, len(classes))
        if len(classes) <= _MATRIX:
            matrix = metrics.confusion(prediction, truth, real, len(classes))
        pairs = _confused(prediction[real], truth[real], classes)
    lines = _ranked(metrics.figures(counts, classes), outputs)
    means = metrics.averages(lines)
    trust = calibration(outputs)
    figures = {**_whole(outputs, lines, means, counts, prediction), **_trust(trust)}
    return Scores(
        task=outputs.task,
        samples=len(outputs.ids),
        counted=int(real.sum()),
        loss=_finite(outputs.loss),
        figures=figures,
        averages=means,
        classes=lines,
        confusion=None if matrix is None else matrix.tolist(),
        confused=pairs,
        calibration=trust,
        warnings=_warnings(outputs, real, lines),
    )


def _of_pixels(outputs: PixelOutputs, classes: tuple[str, ...]) -> Scores:
    counts = outputs.counts()
    lines = metrics.figures(counts, classes)
    means = metrics.averages(lines)
    support = sum(line.support for line in lines)
    off = outputs.confusion - torch.diag(outputs.confusion.diagonal())
    order = [(int(off[r, c]), r, c) for r, c in off.nonzero().tolist()]
    pairs = [Confused(classes[r], classes[c], n) for n, r, c in sorted(order, key=lambda p: -p[0])[:_PAIRS]]
    trust = calibration(outputs.sample())
    warnings = ["There is no pixel that counts: no figure can be computed."] if not support else []
    return Scores(
        task=outputs.task,
        samples=len(outputs.ids),
        counted=support,
        loss=_finite(outputs.loss),
        figures={
            "pixel_accuracy": metrics.ratio(sum(line.hits for line in lines), support),
            "miou": metrics.mean(line.iou for line in lines),
            "dice": metrics.mean(line.f1 for line in lines),
            "balanced_accuracy": metrics.mean(line.recall for line in lines),
            **_trust(trust),
        },
        averages=means,
        classes=lines,
        confusion=outputs.confusion.tolist() if len(classes) <= _MATRIX else None,
        confused=pairs,
        calibration=trust,
        warnings=warnings + _absent(lines),
    )


def _whole(
    outputs: Outputs, lines: list[ClassFigures], means: dict[str, Average], counts: Counts, prediction: Tensor
) -> dict[str, float | None]:
    assert outputs.targets is not None, "only data with labels can be scored"
    support = sum(line.support for line in lines)
    if outputs.task == "multilabel":
        real = outputs.counted()
        decided = int(counts.decided.sum())
        wrong = sum(line.predicted + line.support - 2 * line.hits for line in lines)
        there = real.any(1)
        exact = ((prediction == (outputs.targets == 1)) | ~real).all(1) & there
        return {
            "micro_f1": means["micro"].f1,
            "macro_f1": means["macro"].f1,
            "accuracy": metrics.ratio(decided - wrong, decided),
            "exact_match": metrics.ratio(int(exact.sum()), int(there.sum())),
            "roc_auc": metrics.mean(line.roc_auc for line in lines),
            "average_precision": metrics.mean(line.average_precision for line in lines),
        }
    shared = {
        "accuracy": metrics.ratio(sum(line.hits for line in lines), support),
        "balanced_accuracy": metrics.mean(line.recall for line in lines),
    }
    if outputs.task == "binary":
        return {
            **shared,
            "f1": lines[1].f1,
            "precision": lines[1].precision,
            "recall": lines[1].recall,
            "roc_auc": lines[1].roc_auc,
            "average_precision": lines[1].average_precision,
        }
    top = {"top_5_accuracy": _top(outputs, 5)} if len(lines) >= 10 else {}
    return {
        **shared,
        "macro_f1": means["macro"].f1,
        **top,
        "roc_auc": metrics.mean(line.roc_auc for line in lines),
        "average_precision": metrics.mean(line.average_precision for line in lines),
    }


def _top(outputs: Outputs, k: int) -> float | None:
    assert outputs.targets is not None, "only data with labels can be scored"
    real = outputs.counted()
    best = outputs.logits[real].topk(k, dim=1).indices
    right = (best == outputs.targets[real].unsqueeze(1)).any(1)
    return metrics.ratio(int(right.sum()), len(right))


def _ranked(lines: list[ClassFigures], outputs: Outputs) -> list[ClassFigures]:
    """The figures of the classes with what their scores are worth, whatever the threshold."""
    assert outputs.targets is not None, "only data with labels can be scored"
    real = outputs.counted()
    p = probabilities(outputs) if outputs.task == "multiclass" else outputs.logits.double()
    if p.numel() > _RANKED:
        return lines
    if outputs.task == "binary":
        p, columns = torch.stack([-p, p], 1), torch.stack([outputs.targets != 1, outputs.targets == 1], 1)
        real = real.unsqueeze(1).expand(-1, 2)
    elif outputs.task == "multiclass":
        columns = torch.where(real, outputs.targets, 0).long().unsqueeze(1) == torch.arange(len(lines))
        real = real.unsqueeze(1).expand(-1, len(lines))
    else:
        columns = outputs.targets == 1
    ranked = []
    for index, line in enumerate(lines):
        there = real[:, index]
        values, positive = p[there, index], columns[there, index]
        ranked.append(
            replace(line, roc_auc=roc_auc(values, positive), average_precision=average_precision(values, positive))
        )
    return ranked


def _confused(prediction: Tensor, truth: Tensor, classes: tuple[str, ...]) -> list[Confused]:
    wrong = prediction != truth
    cells, counts = (truth[wrong] * len(classes) + prediction[wrong]).unique(return_counts=True)
    order = counts.argsort(descending=True, stable=True)[:_PAIRS].tolist()
    pairs = ((*divmod(int(cells[place]), len(classes)), int(counts[place])) for place in order)
    return [Confused(classes[label], classes[predicted], count) for label, predicted, count in pairs]


def _trust(trust: Calibration) -> dict[str, float | None]:
    return {"log_loss": _finite(trust.log_loss), "brier": _finite(trust.brier), "ece": _finite(trust.ece)}


def _warnings(outputs: Outputs, real: Tensor, lines: list[ClassFigures]) -> list[str]:
    warnings = []
    nan = outputs.logits.isnan()
    broken = int(nan.any(1).sum() if nan.dim() > 1 else nan.sum())
    if broken:
        warnings.append(
            f"The model gave NaN for {broken:,} of {len(outputs.ids):,} samples: their predictions mean nothing. "
            "ROC-AUC, average precision and calibration leave them out."
        )
    if not real.any():
        return [*warnings, "There is no label that counts: no figure can be computed."]
    return warnings + _absent(lines)


def _absent(lines: list[ClassFigures]) -> list[str]:
    absent = [line.name for line in lines if not line.support]
    if not absent or len(absent) == len(lines):
        return []
    named = ", ".join(absent[:5]) + (f" and {len(absent) - 5} more" if len(absent) > 5 else "")
    return [f"Without a sample here, so without a recall: {named}."]


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return _finite(value) if isinstance(value, float) else value
