"""The negative log likelihood operator: (P, C) or (O, C, I) log-probabilities to a loss per position, or reduced."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from ..core.dtypes import accumulate_dtype, count_dtype
from ..core.reduction import reduced
from ..core.spec import SoftmaxSpec
from ..kernels import empty, registry
from ..reference import nll as formula
from ._autograd import backward_wants_formula, gradient_of_formula, under_grad_mode, wants_formula
from ._library import register


def nll(
    log_p: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str
) -> tuple[Tensor, Tensor]:
    """The losses, their sum or mean, and the 0-d weight of all positions that count; differentiable to any order."""
    if wants_formula(log_p, weight) or (weight is not None and weight.requires_grad):
        loss, total = formula.nll(log_p, target, weight, ignore_index)
        return reduced(loss, total, reduction), total
    tensors = under_grad_mode(log_p, target, weight)
    loss, total = _NLL.apply(*tensors, ignore_index, reduction)  # type: ignore[no-untyped-call]
    return loss, total


class _NLL(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, log_p: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str
    ) -> Any:
        shape = log_p.shape[:1] + log_p.shape[2:] if reduction == "none" else ()
        loss = log_p.new_empty(shape, dtype=accumulate_dtype(log_p.dtype))
        total = log_p.new_empty((), dtype=count_dtype(log_p.device))
        _forward(log_p, target, weight, ignore_index, reduction, loss, total)
        ctx.save_for_backward(log_p, target, weight, total)
        ctx.ignore_index, ctx.reduction = ignore_index, reduction
        ctx.mark_non_differentiable(total)
        return loss, total

    @staticmethod
    def backward(ctx: Any, grad_loss: Tensor, _: Any) -> Any:
        log_p, target, weight, total = ctx.saved_tensors
        ignore_index, reduction = ctx.ignore_index, ctx.reduction
        if backward_wants_formula(grad_loss, log_p):
            grads = gradient_of_formula(
                lambda x: reduced(*formula.nll(x, target, weight, ignore_index), reduction),
                (log_p,),
                (True,),
                grad_loss,
            )
            return *grads, None, None, None, None
        grad_log_p = torch.empty_like(log_p)
        _backward(grad_loss, target, weight, ignore_index, reduction, total, grad_log_p)
        return grad_log_p, None, None, None, None


def _kernels(log_p: Tensor) -> ModuleType:
    return registry.kernels("nll", log_p.device.type, log_p.dtype)


def _run_forward(log_p: Tensor, *rest: Any) -> None:
    target, _, ignore_index, reduction, loss, total = rest
    if log_p.numel() == 0:
        empty.require_ignored(target, SoftmaxSpec(ignore_index))
        empty.fill(loss, total, reduction)
        return
    _kernels(log_p).forward(log_p, *rest)
    registry.watch_labels(target, log_p.shape[1], ignore_index)


def _run_backward(*given: Any) -> None:
    if given[-1].numel():
        _kernels(given[-1]).backward(*given)


_forward = register(
    "nll_forward(Tensor log_p, Tensor target, Tensor? weight, int ignore_index, str reduction, "
    "Tensor(a!) loss, Tensor(b!) total)",
    _run_forward,
)
_backward = register(
    "nll_backward(Tensor grad_loss, Tensor target, Tensor? weight, int ignore_index, str reduction, Tensor total, "
    "Tensor(a!) grad_log_p)",
    _run_backward,
)
