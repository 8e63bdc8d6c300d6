"""How often predictions that are 80 % sure come true, and the one temperature that makes it 80 of 100.

Legend: N samples, C classes, M answers. Probabilities are in float64: of the predicted class where all logits answer
one question, of yes where each answers its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..tasks.metrics import along
from .outputs import Outputs

_BINS = 15
# How far apart the logits of a sample are on average at the coldest and at the hottest temperature that is looked at:
# probabilities of 0 and 1, and of all classes the same.
_COLDEST, _HOTTEST = 100.0, 0.01


@dataclass(frozen=True)
class Bin:
    """Predictions with a probability in (low, high]; confidence and accuracy are None for an empty bin."""

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: float | None


@dataclass(frozen=True)
class Calibration:
    """How far probabilities can be trusted.

    Attributes:
        samples: predictions that were looked at.
        log_loss: mean −log p of the target, in nats.
        brier: mean squared distance of the probabilities from 0 and 1; summed over the classes in a multi-class task.
        ece: mean distance between probability and frequency, over 15 bins of equal width weighted by their predictions.
        bins: the bins.
    """

    samples: int
    log_loss: float | None
    brier: float | None
    ece: float | None
    bins: list[Bin]


@dataclass(frozen=True)
class Temperature:
    """The divisor of the logits, fitted on validation data; 1 and the reason if none could be fitted."""

    value: float
    reason: str


def calibration(outputs: Outputs, temperature: float = 1.0) -> Calibration:
    """The calibration of outputs with targets; samples with NaN logits are left out."""
    logits, targets, weights = _usable(outputs)
    if not len(targets):
        return Calibration(0, None, None, None, [])
    logits = logits / temperature
    if logits.dim() == 2:
        log_p = logits.log_softmax(1)
        p = log_p.exp()
        surprise = -log_p.gather(1, targets.unsqueeze(1)).squeeze(1)
        # Σ (p − onehot)² = Σ p² − 2·p[target] + 1
        distance = p.square().sum(1) - 2 * (-surprise).exp() + 1
        confidence, prediction = p.max(1)
        outcome = prediction == targets
    else:
        surprise = torch.nn.functional.softplus(torch.where(targets == 1, -logits, logits))
        confidence = logits.sigmoid()
        distance = (confidence - targets).square()
        outcome = targets == 1
    bins, shares = _bins(confidence, outcome.double(), weights)
    ece = sum(share * abs((bin.confidence or 0) - (bin.accuracy or 0)) for bin, share in zip(bins, shares, strict=True))
    log_loss, brier = (_mean(values, weights).item() for values in (surprise, distance))
    return Calibration(len(targets), log_loss, brier, ece, bins)


def fit_temperature(outputs: Outputs) -> Temperature:
    """The temperature with the lowest log loss; the loss is convex in its inverse, so Newton's steps find it.

    Example::

        >>> import torch
        >>> from crossent.train.tasks.multiclass import Multiclass
        >>> logits, targets = torch.tensor([[4.0, 0.0]] * 4), torch.tensor([0, 0, 0, 1])  # says 98 %, is right in 75 %
        >>> outputs = Outputs(Multiclass(("a", "b")), logits, targets, None, [""] * 4, 0.0)
        >>> round(fit_temperature(outputs).value, 3) == round(4 / math.log(3), 3)
        True
    """
    logits, targets, weights = _usable(outputs)
    if not len(targets):
        return Temperature(1.0, "no validation sample could be used")
    spread = _spread(logits)
    if spread == 0:
        return Temperature(1.0, "the logits of the validation samples say no more than chance")
    low, high = _HOTTEST / spread, _COLDEST / spread
    if _slope(logits, targets, weights, high)[0] <= 0:
        return Temperature(1.0, "every validation sample is right, so that more confidence always looks better")
    if _slope(logits, targets, weights, low)[0] >= 0:
        return Temperature(1.0, "the logits of the validation samples say no more than chance")
    inverse = min(max(1.0, low), high)
    for _ in range(60):
        slope, curvature = _slope(logits, targets, weights, inverse)
        low, high = (low, inverse) if slope > 0 else (inverse, high)
        step = inverse - slope / curvature if curvature > 0 else math.inf
        following = step if low < step < high else math.sqrt(low * high)
        if abs(following - inverse) <= 1e-9 * inverse:
            break
        inverse = following
    return Temperature(1 / inverse, "the lowest log loss on the validation samples")


def _usable(outputs: Outputs) -> tuple[Tensor, Tensor, Tensor | None]:
    """Logits that are numbers, with the answers to them that count: (N, C) and (N,) int64; or (M,) and (M,) float64;
    and their weights, where they have any."""
    targets, counts = outputs.labelled()
    answers, logits = outputs.task.answers(targets), outputs.logits.double()
    counts = counts.reshape(*counts.shape, *[1] * (answers.dim() - counts.dim())).expand(answers.shape)
    bad = logits.isnan() | logits.isposinf()
    keep = counts & ~(bad if outputs.task.yes_no else bad.any(1))
    weights = outputs.weights
    if weights is not None:
        weights = along(weights.double(), keep).expand(keep.shape)
        keep = keep & (weights > 0)
        weights = weights[keep]
    # A class masked with −inf has probability 0 at every temperature; as a number it does no harm to products with 0.
    return logits[keep].clamp(min=-1e30, max=1e30), answers[keep], weights


def _mean(values: Tensor, weights: Tensor | None) -> Tensor:
    return values.mean() if weights is None else (values * weights).sum() / weights.sum()


def _spread(logits: Tensor) -> float:
    """How far apart the logits of a sample are, on average; a masked class is left out."""
    if logits.dim() == 1:
        return logits.abs().mean().item()
    lowest = torch.where(logits > -1e29, logits, torch.inf).amin(1)
    return (logits.amax(1) - lowest).clamp(min=0).mean().item()


def _slope(logits: Tensor, targets: Tensor, weights: Tensor | None, inverse: float) -> tuple[float, float]:
    """First and second derivative of the mean log loss by the inverse temperature."""
    if logits.dim() == 1:
        p = (inverse * logits).sigmoid()
        slope, curvature = (p - targets) * logits, p * (1 - p) * logits.square()
        return _mean(slope, weights).item(), _mean(curvature, weights).item()
    # Only differences between logits matter.
    logits = logits - logits.amax(1, keepdim=True)
    p = (inverse * logits).softmax(1)
    expected = (p * logits).sum(1)
    slope = expected - logits.gather(1, targets.unsqueeze(1)).squeeze(1)
    return _mean(slope, weights).item(), _mean((p * logits.square()).sum(1) - expected.square(), weights).item()


def _bins(confidence: Tensor, outcome: Tensor, weights: Tensor | None) -> tuple[list[Bin], list[float]]:
    """The bins, and the share of each in all weights."""
    place = (confidence * _BINS).ceil().long().clamp(1, _BINS) - 1
    each = torch.ones_like(confidence) if weights is None else weights
    counts = torch.bincount(place, minlength=_BINS).tolist()
    totals, *sums = (
        torch.bincount(place, values, minlength=_BINS) for values in (each, each * confidence, each * outcome)
    )
    means = [(part / totals).tolist() for part in sums]
    bins = [
        Bin(index / _BINS, (index + 1) / _BINS, count, *((mean[index] if count else None) for mean in means))
        for index, count in enumerate(counts)
    ]
    return bins, (totals / totals.sum()).tolist()
