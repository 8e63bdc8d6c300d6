"""How well scores put the samples of a class before the others, whatever the threshold: scikit-learn, where defined."""

from __future__ import annotations

from torch import Tensor


def roc_auc(scores: Tensor, positive: Tensor) -> float | None:
    """The area under the ROC curve; None without samples of both kinds, or where all scores of a kind are NaN.

    Example::

        >>> roc_auc(torch.tensor([0.1, 0.4, 0.35, 0.8]), torch.tensor([False, False, True, True]))
        0.75
        >>> roc_auc(torch.tensor([0.1, 0.4]), torch.tensor([True, True])) is None
        True
    """
    from sklearn.metrics import roc_auc_score

    scores, positive = _finite(scores, positive)
    if not positive.any() or positive.all():
        return None
    return float(roc_auc_score(positive.numpy(), scores.numpy()))


def average_precision(scores: Tensor, positive: Tensor) -> float | None:
    """The mean of the precisions at each positive sample, as scikit-learn sums it; None without a positive sample."""
    from sklearn.metrics import average_precision_score

    scores, positive = _finite(scores, positive)
    return float(average_precision_score(positive.numpy(), scores.numpy())) if positive.any() else None


def _finite(scores: Tensor, positive: Tensor) -> tuple[Tensor, Tensor]:
    # NaN has no rank, and its sample is left out. Places instead of scores: an infinite logit has one like others.
    real = ~scores.isnan()
    return scores[real].unique(return_inverse=True)[1], positive[real].bool()
