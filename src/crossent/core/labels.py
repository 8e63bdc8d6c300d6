"""Comparisons of targets with plain numbers that hold for every dtype.

torch converts the number to the dtype of the tensor: in uint8, −100 is 156, and in int8, 200 is −56.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .values import readable

# torch has few operations for these; class indices among them are widened at the edge.
_UNSIGNED = tuple(getattr(torch, name) for name in ("uint16", "uint32", "uint64") if hasattr(torch, name))


def widened(target: Tensor) -> Tensor:
    """The target, in int64 if its integer dtype is one that torch barely supports."""
    return target.long() if target.dtype in _UNSIGNED else target


def equal_to(target: Tensor, mark: float) -> Tensor:
    """A mask of the entries that are `mark`; NaN as a mark finds NaN."""
    if target.is_floating_point():
        return target.isnan() if mark != mark else target == mark
    low, high = _range(target.dtype)
    return target == mark if low <= mark <= high else torch.zeros_like(target, dtype=torch.bool)


def absent(probabilities: Tensor, dim: int = 1) -> Tensor:
    """A mask of the positions whose probabilities, along `dim`, are nothing but NaN."""
    if not probabilities.shape[dim]:
        return torch.zeros_like(probabilities.sum(dim), dtype=torch.bool)
    first = probabilities.select(dim, 0).isnan()
    if readable(first) and first.device.type == "cpu" and not bool(first.any()):
        return first
    return probabilities.isnan().all(dim)


def outside(target: Tensor, classes: int) -> Tensor:
    """A mask of the entries that are not in [0, C)."""
    negative = target < 0
    return negative | (target >= classes) if classes <= _range(target.dtype)[1] else negative


def _range(dtype: torch.dtype) -> tuple[int, int]:
    if dtype == torch.bool:
        return 0, 1
    info = torch.iinfo(dtype)
    return info.min, info.max
