"""The negative log likelihood operator: (P, C) or (O, C, I) log-probabilities to one loss per position."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..core.dtypes import accumulate_dtype, count_dtype
from ..kernels import registry
from ..reference import nll as formula
from ._autograd import backward_wants_formula, gradient_of_formula, wants_formula
from ._library import register


def nll(log_p: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int) -> tuple[Tensor, Tensor]:
    """Loss per position, and the 0-d weight of all positions that count; differentiable to any order."""
    if wants_formula(log_p, weight) or (weight is not None and weight.requires_grad):
        return formula.nll(log_p, target, weight, ignore_index)
    loss, total = _NLL.apply(log_p, target, weight, ignore_index)  # type: ignore[no-untyped-call]
    return loss, total


class _NLL(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, log_p: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int) -> Any:
        loss = log_p.new_empty(log_p.shape[:1] + log_p.shape[2:], dtype=accumulate_dtype(log_p.dtype))
        total = log_p.new_empty((), dtype=count_dtype(log_p.device))
        _forward(log_p, target, weight, ignore_index, loss, total)
        ctx.save_for_backward(log_p, target, weight)
        ctx.ignore_index = ignore_index
        ctx.mark_non_differentiable(total)
        return loss, total

    @staticmethod
    def backward(ctx: Any, grad_loss: Tensor, _: Any) -> Any:
        log_p, target, weight = ctx.saved_tensors
        if backward_wants_formula(grad_loss, log_p):
            grads = gradient_of_formula(
                lambda x: formula.nll(x, target, weight, ctx.ignore_index)[0], (log_p,), (True,), grad_loss
            )
            return *grads, None, None, None
        grad_log_p = torch.empty_like(log_p)
        _backward(grad_loss, target, weight, ctx.ignore_index, grad_log_p)
        return grad_log_p, None, None, None


def _run_forward(
    log_p: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, loss: Tensor, total: Tensor
) -> None:
    registry.kernels("nll", log_p.device.type, log_p.dtype).forward(log_p, target, weight, ignore_index, loss, total)


def _run_backward(
    grad_loss: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, grad_log_p: Tensor
) -> None:
    kernels = registry.kernels("nll", grad_log_p.device.type, grad_log_p.dtype)
    kernels.backward(grad_loss, target, weight, ignore_index, grad_log_p)


_forward = register(
    "nll_forward(Tensor log_p, Tensor target, Tensor? weight, int ignore_index, Tensor(a!) loss, Tensor(b!) total)",
    _run_forward,
)
_backward = register(
    "nll_backward(Tensor grad_loss, Tensor target, Tensor? weight, int ignore_index, Tensor(a!) grad_log_p)",
    _run_backward,
)
