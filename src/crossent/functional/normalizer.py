"""The denominator of reduction="mean"."""

from typing import Any

import torch
from torch import Tensor

from ..core import checks, reduction
from ..core.spec import check_ignore_index


def normalizer(
    target: Tensor,
    weight: Any = None,
    ignore_index: int = -100,
    *,
    sample_weight: Any = None,
    num_classes: int | None = None,
    group: Any = None,
) -> Tensor:
    """The divisor of ``reduction="mean"``: ``Σ_i s_i · w[y_i]`` over the targets that count, or their number.

    Summed over all micro-batches and ranks of one optimiser step it makes the mean exact:
    ``cross_entropy(..., reduction="sum") / normalizer(all_targets, group=g)``, so that k×1 equals 1×k.

    Args:
        target: class indices of any integer dtype and shape.
        weight: w, ``(C,)``: a tensor, a list or a NumPy array.
        ignore_index: the class index that marks positions that do not count.
        sample_weight: s, of the target's shape, or ``(N,)``; finite and not negative.
        num_classes: check the labels against this C (with `weight` they are checked against its length).
        group: a `torch.distributed` process group over which the result is summed; None does not communicate.

    Returns:
        A 0-d float64 tensor on the target's device, without gradient.

    Raises:
        IndexError: a class index is neither in [0, C) nor `ignore_index`.
        TypeError, RuntimeError: the target does not hold class indices, or weights do not fit.

    Example::

        >>> import torch, crossent
        >>> logits, target = torch.zeros(4, 2), torch.tensor([0, 1, -100, 1])
        >>> crossent.functional.normalizer(target, weight=[1.0, 4.0])
        tensor(9., dtype=torch.float64)
        >>> n = crossent.functional.normalizer(target)
        >>> parts = [crossent.functional.cross_entropy(logits[i], target[i], normalizer=n) for i in ([0, 2], [1, 3])]
        >>> sum(parts) == crossent.functional.cross_entropy(logits, target)
        tensor(True)
    """
    check_ignore_index(ignore_index)
    target = checks.class_indices(target)
    weight = checks.weight_of(target, weight, num_classes)
    sample = checks.sample_weight(sample_weight, target.new_empty((), dtype=torch.float64), target.shape)
    each = None if sample is None else sample.each.detach().expand(target.shape)
    target = target if each is None else torch.where(each == 0, ignore_index, target.long())
    checks.labels_in_range(target, len(weight) if weight is not None else num_classes, ignore_index)
    return reduction.target_weight(target, weight, ignore_index, group, each)
