"""From which probability on a class is predicted, tuned on validation data, for tasks that have thresholds."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from .outputs import Outputs

# With fewer samples of either kind, the best threshold on them is an accident.
_ENOUGH = 10
# Parts of the validation data that a threshold found in the others must prove itself on.
_PARTS = 5


@dataclass(frozen=True)
class Threshold:
    """The threshold of one class.

    Attributes:
        name: the class.
        probability: predicted from here on, exclusive.
        cut: the same as a logit.
        f1_at_half, f1: on the validation data, at 0.5 and at this threshold.
        positives: how many validation samples are of the class.
        rule: how it was found.
    """

    name: str
    probability: float
    cut: float
    f1_at_half: float | None
    f1: float | None
    positives: int
    rule: str


def tune(outputs: Outputs) -> list[Threshold]:
    """The thresholds with the highest F1, one for each class of the task that has one.

    A class with fewer than ten samples, or fewer than ten others, keeps 0.5; of several it takes the one threshold
    that is best for all of them together. So does a class whose own threshold, found in four fifths of the samples,
    gives no higher F1 on the fifth left out.
    """
    names = outputs.task.thresholded
    targets, counts = outputs.labelled()
    logits, targets, counts = (part.reshape(-1, len(names)) for part in (outputs.logits.double(), targets == 1, counts))
    counts = counts & ~logits.isnan()
    weights = torch.ones(len(logits)) if outputs.weights is None else outputs.weights
    weights = weights.double()[:, None].expand(logits.shape)
    common, common_rule = 0.0, "too few validation samples"
    if len(names) > 1 and _enough(targets[counts]):
        common = best_cut(logits[counts], targets[counts], weights[counts])
        common_rule = "the best for all labels together"
    found = []
    for column, name in enumerate(names):
        there = counts[:, column]
        positive = targets[there, column]
        given = logits[there, column], positive, weights[there, column]
        enough = _enough(positive)
        own = enough and _held_out_f1(*given) >= (_f1(*given, common) or 0.0)
        cut = best_cut(*given) if own else common
        found.append(
            Threshold(
                name=name,
                probability=1 / (1 + math.exp(-cut)) if cut > -700 else 0.0,
                cut=cut,
                f1_at_half=_f1(*given, 0.0),
                f1=_f1(*given, cut),
                positives=int(positive.sum()),
                rule="the best F1 on validation" if own else _UNPROVEN if enough and len(names) == 1 else common_rule,
            )
        )
    return found


def best_cut(scores: Tensor, positive: Tensor, weights: Tensor | None = None) -> float:
    """The logit between two samples above which predicting "yes" gives the highest F1; 0 where that is as good.

    Example::

        >>> import torch
        >>> best_cut(torch.tensor([-3.0, -2.0, -1.0, 1.0]), torch.tensor([False, True, True, True]))
        -2.5
    """
    weights = torch.ones(len(scores), dtype=torch.float64) if weights is None else weights
    ordered, order = scores.sort(descending=True)
    hits, predicted = ((part * weights)[order].cumsum(0) for part in (positive, torch.ones_like(positive)))
    f1 = 2 * hits / (predicted + hits[-1])
    # Equal scores are predicted alike: only the last of them ends a group.
    ends = torch.cat([ordered[1:] != ordered[:-1], torch.ones(1, dtype=torch.bool)])
    f1 = torch.where(ends, f1, -1)
    place = int(f1.argmax())
    if (_f1(scores, positive, weights, 0.0) or 0.0) >= f1[place]:
        return 0.0
    above = ordered[place].item()
    if place + 1 == len(ordered):
        return above - 1
    below = ordered[place + 1].item()
    middle = (above + below) / 2
    # Infinite logits, or two neighbours without a number between them.
    return middle if math.isfinite(middle) and below <= middle < above else max(below, -1e30)


_UNPROVEN = "no other threshold is better on validation samples left out"


def _held_out_f1(scores: Tensor, positive: Tensor, weights: Tensor) -> float:
    """F1 of predictions whose threshold was found without them, with as many positives in each part."""
    part = torch.empty(len(scores), dtype=torch.int64)
    part[positive.long().sort(stable=True).indices] = torch.arange(len(scores)) % _PARTS
    margins = torch.empty_like(scores)
    for number in range(_PARTS):
        out = part == number
        margins[out] = scores[out] - best_cut(scores[~out], positive[~out], weights[~out])
    return _f1(margins, positive, weights, 0.0) or 0.0


def _enough(positive: Tensor) -> bool:
    return _ENOUGH <= int(positive.sum()) <= len(positive) - _ENOUGH


def _f1(scores: Tensor, positive: Tensor, weights: Tensor, cut: float) -> float | None:
    predicted = scores > cut
    both = float((predicted * weights).sum() + (positive * weights).sum())
    return 2 * float((predicted & positive).mul(weights).sum()) / both if both else None
