"""Negative log likelihood of laid-out log-probabilities, as its formula: loss_i = −w[y_i] · x[i, y_i]."""

from __future__ import annotations

import torch
from torch import Tensor

from ..core.dtypes import count_dtype
from ..core.labels import equal_to


def nll(log_p: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int) -> tuple[Tensor, Tensor]:
    """Loss per position, and the 0-d weight of all positions that count."""
    if not log_p.shape[1]:
        return log_p.sum(1), log_p.new_zeros((), dtype=count_dtype(log_p.device))
    ignored = equal_to(target, ignore_index)
    label = torch.where(ignored, 0, target).long()
    picked = log_p.gather(1, label.unsqueeze(1)).squeeze(1)
    picked = picked if log_p.dtype == torch.float64 else picked.float()
    own = torch.ones_like(picked) if weight is None else weight.to(picked.dtype)[label]
    # A weight of 0 frees the position, a masked class included.
    picked = torch.where(own == 0, 0.0, picked)
    return torch.where(ignored, 0.0, -own * picked), torch.where(ignored, 0.0, own).sum(dtype=count_dtype(own.device))
