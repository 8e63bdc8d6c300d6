"""The log-softmax operator: (P, C) or (O, C, I) logits to log-probabilities."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..kernels import registry
from . import small
from ._autograd import backward_wants_formula, gradient_of_formula, wants_formula
from ._library import operator


def serves(input: Tensor, dim: int) -> bool:
    """Return whether the kernel is faster: torch's own is exact too, and as good where the classes lie side by side.

    Where they do not, torch copies or strides; under `torch.compile` its own is fused with what surrounds it.
    """
    return (
        input.numel() >= max(1, small.SMALL)
        and input.stride(dim) != 1
        and not torch.compiler.is_compiling()
        and not wants_formula(input)
        and registry.choose("log_softmax", input.device.type, input.dtype).backend == "cpu"
    )


def log_softmax(logits: Tensor) -> Tensor:
    """Log-probabilities of laid-out logits, differentiable to any order."""
    result: Tensor = _LogSoftmax.apply(logits)  # type: ignore[no-untyped-call]
    return result


class _LogSoftmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, logits: Tensor) -> Tensor:
        log_p = torch.empty_like(logits)
        _forward(logits, log_p)
        ctx.save_for_backward(logits, log_p)
        return log_p

    @staticmethod
    def backward(ctx: Any, grad_log_p: Tensor) -> Any:
        logits, log_p = ctx.saved_tensors
        if backward_wants_formula(grad_log_p, logits):
            return gradient_of_formula(lambda z: z.log_softmax(1), (logits,), (True,), grad_log_p)[0]
        grad_logits = torch.empty_like(logits)
        _backward(grad_log_p.resolve_neg(), log_p, grad_logits)
        return grad_logits


@operator("log_softmax_forward", "log_p")
def _forward(logits: Tensor, log_p: Tensor) -> None:
    registry.kernels("log_softmax", logits.device.type, logits.dtype).forward(logits, log_p)


@operator("log_softmax_backward", "grad_logits")
def _backward(grad_log_p: Tensor, log_p: Tensor, grad_logits: Tensor) -> None:
    registry.kernels("log_softmax", log_p.device.type, log_p.dtype).backward(grad_log_p, log_p, grad_logits)
