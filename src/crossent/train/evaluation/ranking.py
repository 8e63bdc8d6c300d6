"""How well scores put the samples of a class before the others, whatever the threshold: scikit-learn, where defined."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..tasks.metrics import ClassMetrics
from .outputs import Outputs

# The metrics of a class that need all its scores.
RANKINGS = {"roc_auc", "average_precision"}
# Ranking sorts the scores of each class: beyond this many numbers it would take longer than the training.
_RANKED = 50_000_000


def ranked(lines: list[ClassMetrics], outputs: Outputs, names: Collection[str]) -> list[ClassMetrics]:
    """The metrics of the classes, those of these names with what their scores are worth, whatever the threshold."""
    if outputs.logits.numel() > _RANKED:
        return lines
    scores, positive, counts = outputs.task.against_rest(outputs.logits, *outputs.labelled())
    weights = outputs.weights
    found = list(lines)
    for place, line in enumerate(lines):
        if line.name in names:
            there = counts[:, place]
            given = scores[there, place], positive[there, place], None if weights is None else weights[there]
            found[place] = replace(line, roc_auc=roc_auc(*given), average_precision=average_precision(*given))
    return found


def roc_auc(scores: Tensor, positive: Tensor, weights: Tensor | None = None) -> float | None:
    """The area under the ROC curve; None without samples of both kinds, or where all scores of a kind are NaN.

    Example::

        >>> import torch
        >>> roc_auc(torch.tensor([0.1, 0.4, 0.35, 0.8]), torch.tensor([False, False, True, True]))
        0.75
        >>> roc_auc(torch.tensor([0.1, 0.4]), torch.tensor([True, True])) is None
        True
    """
    from sklearn.metrics import roc_auc_score

    scores, positive, weights = _finite(scores, positive, weights)
    if not positive.any() or positive.all():
        return None
    return float(roc_auc_score(positive.numpy(), scores.numpy(), sample_weight=_plain(weights)))


def average_precision(scores: Tensor, positive: Tensor, weights: Tensor | None = None) -> float | None:
    """The mean of the precisions at each positive sample, as scikit-learn sums it; None without a positive sample."""
    from sklearn.metrics import average_precision_score

    scores, positive, weights = _finite(scores, positive, weights)
    if not positive.any():
        return None
    return float(average_precision_score(positive.numpy(), scores.numpy(), sample_weight=_plain(weights)))


def _finite(scores: Tensor, positive: Tensor, weights: Tensor | None) -> tuple[Tensor, Tensor, Tensor | None]:
    # NaN has no rank, and its sample is left out, as one of weight 0 is. Places instead of scores: an infinite logit
    # has one like others.
    real = ~scores.isnan() if weights is None else ~scores.isnan() & (weights > 0)
    places = scores[real].unique(return_inverse=True)[1]
    return places, positive[real].bool(), None if weights is None else weights[real]


def _plain(weights: Tensor | None) -> NDArray[np.float64] | None:
    return None if weights is None else weights.double().numpy()
