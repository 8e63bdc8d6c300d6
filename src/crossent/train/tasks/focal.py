"""The focal factor, the same for softmax and sigmoid."""

from __future__ import annotations

import torch
from torch import Tensor


def focal(plain: Tensor, whole: Tensor, gamma: float, reduction: str) -> Tensor:
    """loss_i = (1 − p_i)^γ · whole_i, where plain_i = −log p_i has neither weights nor smoothing.

    Source: Lin et al. 2017, arXiv:1708.02002.
    """
    # 1 - p as -expm1(-loss): exact where p is nearly 1. A power below 1 has no slope at 0, hence the tiny floor.
    factor = (-torch.expm1(-plain)).clamp_min(torch.finfo(plain.dtype).tiny) ** gamma
    losses = factor * whole
    return losses.sum() if reduction == "sum" else losses
