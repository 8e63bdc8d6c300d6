"""Weights computed from labels: per class for the softmax losses, per column for the sigmoid losses."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .core import checks


def class_weights(
    labels: Any,
    num_classes: int | None = None,
    method: str = "balanced",
    *,
    beta: float = 0.999,
    ignore_index: int | None = None,
) -> Tensor:
    r"""Weights per class from the labels of the training set, for `weight=` of the softmax losses.

    With n_c samples of class c, N in all and C classes:

    - ``"balanced"``: ``w_c = N / (C · n_c)``, scikit-learn's rule: every class gets the same share of the loss;
    - ``"inverse"``: ``w_c ∝ 1 / n_c``, scaled to a mean of 1 over the classes that occur;
    - ``"effective"``: ``w_c ∝ (1 − β) / (1 − β^{n_c})``, the effective number of samples, scaled likewise.

    A class without a sample gets 0.0: it cannot be learnt, and an infinite weight would end as NaN.

    Args:
        labels: class indices: a tensor of any shape and integer dtype, a list, a NumPy array. Negative
            labels (such as -100) do not count.
        num_classes: C; by default the largest label + 1.
        method: "balanced", "inverse" or "effective".
        beta: β of "effective", in [0, 1).
        ignore_index: a label that does not count, such as 255 in masks.

    Returns:
        A float32 tensor of shape (C,).

    Raises:
        ValueError: no label counts, or a label is not below `num_classes`, or an option is unknown.

    Source: King & Zeng 2001 (balanced); Cui et al. 2019, arXiv:1901.05555 (effective).

    Example::

        >>> import crossent
        >>> crossent.class_weights([0, 0, 0, 1])
        tensor([0.6667, 2.0000])
        >>> crossent.class_weights([0, 0, 0, 1], method="effective", beta=0.9)
        tensor([0.5391, 1.4609])
    """
    if method not in ("balanced", "inverse", "effective"):
        raise ValueError(f"method must be 'balanced', 'inverse' or 'effective', got {method!r}.")
    if not 0.0 <= beta < 1.0:
        raise ValueError(f"beta must be in [0, 1), got {beta}. A usual value is 0.999.")
    return weights_of_counts(_count(labels, num_classes, ignore_index), method, beta)


def weights_of_counts(counts: Tensor, method: str, beta: float = 0.999) -> Tensor:
    """The weights of `class_weights` from the number of samples of each class, (C,), float64."""
    seen = counts > 0
    if method == "balanced":
        weights = counts.sum() / (len(counts) * counts)
    else:
        effective = counts if method == "inverse" else (1.0 - beta**counts) / (1.0 - beta)
        weights = 1.0 / effective
        weights = weights / weights[seen].mean()
    return torch.where(seen, weights, torch.zeros_like(weights)).float()


def pos_weights(labels: Any) -> Tensor:
    """Negatives over positives per column of a 0/1 label matrix, for `pos_weight=` of the binary losses.

    ``p_c = n_negative,c / n_positive,c``, so that positives and negatives of each class get the same share of the loss.

    Args:
        labels: 0/1 (any integer, bool or floating dtype), shape (N,) or (N, C) or (N, C, …); NaN and negative entries
            are missing labels and do not count.

    Returns:
        A float32 tensor of shape (C,), or 0-d for (N,). A column without a positive gets 1.0.

    Raises:
        ValueError: an entry is neither 0, 1 nor missing, or the labels are 0-d.

    Source: the ratio that the documentation of torch.nn.BCEWithLogitsLoss recommends.

    Example::

        >>> import crossent
        >>> crossent.pos_weights([[1, 0], [0, 0], [0, 0], [0, 1]])
        tensor([3., 3.])
    """
    matrix = torch.as_tensor(labels)
    if matrix.dim() == 0:
        raise ValueError("labels must have the shape (N,) or (N, C), got a single number.")
    positive = matrix == 1
    negative = matrix == 0
    missing = torch.isnan(matrix) if matrix.is_floating_point() else torch.zeros_like(positive)
    if matrix.dtype != torch.bool:
        missing = missing | (matrix < 0)
    wrong = ~(positive | negative | missing)
    if bool(wrong.any()):
        value = matrix[wrong][0].item()
        hint = "Write labels / 255." if value == 255 else "For class indices use crossent.class_weights."
        raise ValueError(f"labels must be 0 or 1 (NaN or negative: missing), got {checks.outside_unit(value)}. {hint}")
    axes = [a for a in range(matrix.dim()) if a != 1]
    positives = positive.sum(axes, dtype=torch.float64)
    negatives = negative.sum(axes, dtype=torch.float64)
    return torch.where(positives > 0, negatives / positives, torch.ones_like(positives)).float()


def _count(labels: Any, num_classes: int | None, ignore_index: int | None) -> Tensor:
    values = checks.real_tensor("labels", labels).detach().flatten()
    if values.is_floating_point():
        if not bool((values == values.round()).all()):
            raise ValueError(f"labels must be class indices, got {values.dtype} with fractions.")
        values = values.long()
    values = values[values >= 0] if ignore_index is None else values[(values >= 0) & (values != ignore_index)]
    if values.numel() == 0:
        raise ValueError("labels holds no class index >= 0, so there is nothing to count.")
    largest = int(values.max())
    if num_classes is not None and largest >= num_classes:
        raise ValueError(
            f"labels holds {largest}, but num_classes={num_classes} allows 0…{num_classes - 1}. "
            + (
                "255 usually marks void: pass ignore_index=255."
                if largest == 255
                else f"Pass num_classes={largest + 1}, or labels - 1 if they are 1-based."
            )
        )
    return torch.bincount(values.long(), minlength=num_classes or 0).double()
