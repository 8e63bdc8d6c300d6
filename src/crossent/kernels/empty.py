"""Losses over an axis of 0 entries: no kernel is asked, for there is nothing to read and no address to read it from."""

from __future__ import annotations

import math
from collections.abc import Iterable

from torch import Tensor

from ..core import checks
from .backend import Results


def fill(results: Results, reduction: str) -> None:
    """Write the sum of nothing, 0, to every position there is and to a sum; the mean is 0/0; no class is predicted."""
    results.total.zero_()
    results.loss.fill_(math.nan if reduction == "mean" else 0.0)
    for values, nothing in zip(results.stats, (-math.inf, -1, False, 0.0), strict=False):
        values.fill_(nothing)


def require_ignored(target: Tensor, ignore_index: int) -> None:
    """Raise for a label that counts where there are no classes. Elsewhere than on the CPU nobody waits to look."""
    if target.device.type == "cpu" and not target.is_floating_point():
        checks.labels_in_range(target, 0, ignore_index)


def clear(gradients: Iterable[Tensor | None]) -> None:
    """Write the gradient of nothing."""
    for gradient in gradients:
        if gradient is not None:
            gradient.zero_()
