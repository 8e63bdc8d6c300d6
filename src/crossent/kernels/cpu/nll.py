"""Negative log likelihood: nll.cpp gets its tensors. Shapes as in the kernels of plain torch."""

from __future__ import annotations

import torch
from torch import Tensor

from ...core import checks
from . import _kernels
from ._tensors import REDUCTIONS, address, fresh, labels, shape, values


def forward(
    log_p: Tensor,  # (P, C)
    target: Tensor,  # (P,)
    weight: Tensor | None,  # (C,)
    ignore_index: int,
    reduction: str,
    loss: Tensor,  # (P,) out; () for a sum or mean
    total: Tensor,  # () out, float64
) -> None:
    """Fill `loss` with the losses and `total` with the weight of all positions that count."""
    target, weight = target.contiguous(), None if weight is None else weight.contiguous()
    options = ignore_index, REDUCTIONS[reduction], torch.get_num_threads()
    if _kernels.nll_forward(
        shape(log_p), values(log_p), labels(target), address(weight), *options, address(loss), address(total)
    ):
        checks.labels_in_range(target, log_p.shape[1], ignore_index)


def backward(
    grad_loss: Tensor,  # (P,); () for a sum or mean
    target: Tensor,  # (P,)
    weight: Tensor | None,  # (C,)
    ignore_index: int,
    reduction: str,
    total: Tensor,  # ()
    grad_log_p: Tensor,  # (P, C) out
) -> None:
    """Fill the gradient: one write."""
    target, weight = target.contiguous(), None if weight is None else weight.contiguous()
    grad_loss = grad_loss.contiguous()
    options = ignore_index, REDUCTIONS[reduction], torch.get_num_threads()
    out = values(fresh(grad_log_p))
    _kernels.nll_backward(
        shape(grad_log_p), out, labels(target), address(weight), *options, address(grad_loss), address(total)
    )
