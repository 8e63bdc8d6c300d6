"""Logarithm of the softmax: log_softmax.cpp gets its tensors."""

from __future__ import annotations

import torch
from torch import Tensor

from . import _kernels
from ._tensors import fresh, shape, values


def forward(
    logits: Tensor,  # (P, C)
    log_p: Tensor,  # (P, C) out
) -> None:
    """Fill `log_p`: one read from memory and one write."""
    _kernels.log_softmax_forward(shape(logits), values(logits), values(fresh(log_p)), torch.get_num_threads())


def backward(
    grad_log_p: Tensor,  # (P, C)
    log_p: Tensor,  # (P, C)
    grad_logits: Tensor,  # (P, C) out
) -> None:
    """Fill the gradient: one read of what forward returned and of its gradient, one write."""
    out = values(fresh(grad_logits))
    _kernels.log_softmax_backward(shape(log_p), values(log_p), values(grad_log_p), out, torch.get_num_threads())
