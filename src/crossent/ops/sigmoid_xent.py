"""The binary cross entropy operator: elementwise losses, or their sum or mean without the N×C losses."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from ..core.dtypes import accumulate_dtype, count_dtype
from ..core.reduction import reduced
from ..core.spec import SigmoidSpec
from ..kernels import empty, registry
from ..reference import sigmoid_xent as formula
from . import _early as early
from ._autograd import backward_wants_formula, gradient_of_formula, under_grad_mode, wants_formula
from ._library import register


def sigmoid_xent(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None,
    pos_weight: Tensor | None,
    spec: SigmoidSpec,
    reduction: str,
) -> tuple[Tensor, Tensor]:
    """The losses, their sum or mean, and the 0-d number that count; weights have the shape of input."""
    weights = [w for w in (weight, pos_weight) if w is not None]
    if wants_formula(input, target, *weights) or any(w.requires_grad for w in weights):
        loss, count = formula.sigmoid_xent(input, target, weight, pos_weight, spec)
        return reduced(loss, count, reduction), count
    tensors = under_grad_mode(input, target, weight, pos_weight)
    loss, count = _SigmoidXent.apply(*tensors, spec, reduction)  # type: ignore[no-untyped-call]
    return loss, count


class _SigmoidXent(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        input: Tensor,
        target: Tensor,
        weight: Tensor | None,
        pos_weight: Tensor | None,
        spec: SigmoidSpec,
        reduction: str,
    ) -> Any:
        dtype = accumulate_dtype(input.dtype)
        loss = torch.empty_like(input, dtype=dtype) if reduction == "none" else input.new_empty((), dtype=dtype)
        count = input.new_empty((), dtype=count_dtype(input.device))
        ready = guess = written_for = ctx.early = None
        if early.wanted("sigmoid_xent", input, reduction, ctx.needs_input_grad[:2]):
            ctx.early, ready = early.begin("sigmoid_xent", input, reduction), torch.empty_like(input)
            guess, written_for = ctx.early.guess, ctx.early.written_for
        upstream = 1.0 if ctx.early is None else ctx.early.upstream
        _forward(input, target, weight, pos_weight, *_pack(spec), reduction, loss, count, upstream, ready, guess)
        ctx.save_for_backward(input, target, weight, pos_weight, count, ready, written_for)
        ctx.spec, ctx.reduction = spec, reduction
        ctx.mark_non_differentiable(count)
        return loss, count

    @staticmethod
    def backward(ctx: Any, grad_loss: Tensor, _: Any) -> Any:
        input, target, weight, pos_weight, count, ready, written_for = ctx.saved_tensors
        spec, reduction = ctx.spec, ctx.reduction
        by_input, by_target = ctx.needs_input_grad[:2]
        if backward_wants_formula(grad_loss, input):
            grads = gradient_of_formula(
                lambda x, t: reduced(*formula.sigmoid_xent(x, t, weight, pos_weight, spec), reduction),
                (input, target),
                (by_input, by_target),
                grad_loss,
            )
            return *grads, None, None, None, None
        given = input, target, weight, pos_weight, *_pack(spec), reduction
        if isinstance(ctx.early, early.EarlyOnDevice):

            def correct(buffer: Tensor, guess: Tensor | None, last: Tensor | None) -> None:
                _backward(grad_loss, *given, count, buffer, None, guess, last)

            return ctx.early.take(ready, written_for, correct), None, None, None, None, None
        if ready is not None:

            def write(upstream: float, buffer: Tensor) -> None:
                loss = torch.empty((), dtype=accumulate_dtype(input.dtype), device=input.device)
                _forward(*given, loss, torch.empty_like(count), upstream, buffer, None)

            return ctx.early.take(ready, written_for, grad_loss, write), None, None, None, None, None
        grad_input = torch.empty_like(input) if by_input else None
        grad_target = torch.empty_like(target) if by_target else None
        _backward(grad_loss, *given, count, grad_input, grad_target, None, None)
        return grad_input, grad_target, None, None, None, None


def _pack(spec: SigmoidSpec) -> tuple[bool, float | None, float]:
    return spec.logits, spec.ignore_index, spec.label_smoothing


def _kernels(input: Tensor) -> ModuleType:
    return registry.kernels("sigmoid_xent", input.device.type, input.dtype)


def _run_forward(input: Tensor, target: Tensor, weight: Tensor | None, pos_weight: Tensor | None, *rest: Any) -> None:
    *options, reduction, loss, count, upstream, grad_input, guess = rest
    if input.numel() == 0:
        empty.fill(loss, count, reduction)
        return
    given = input, target, weight, pos_weight, SigmoidSpec(*options), reduction
    on_device = () if guess is None else (guess,)
    _kernels(input).forward(*given, loss, count, upstream, grad_input, *on_device)


def _run_backward(
    grad_loss: Tensor, input: Tensor, target: Tensor, weight: Tensor | None, pos_weight: Tensor | None, *rest: Any
) -> None:
    *options, reduction, count, grad_input, grad_target, guess, last = rest
    if input.numel() == 0:
        return
    given = grad_loss, input, target, weight, pos_weight, SigmoidSpec(*options), reduction, count
    on_device = () if guess is None else (guess, last)
    _kernels(input).backward(*given, grad_input, grad_target, *on_device)


_ARGUMENTS = (
    "Tensor input, Tensor target, Tensor? weight, Tensor? pos_weight, "
    "bool logits, float? ignore_index, float label_smoothing, str reduction"
)
_forward = register(
    f"sigmoid_xent_forward({_ARGUMENTS}, Tensor(a!) loss, Tensor(b!) count, float upstream, Tensor(c!)? grad_input, "
    "Tensor? guess)",
    _run_forward,
)
_backward = register(
    f"sigmoid_xent_backward(Tensor grad_loss, {_ARGUMENTS}, Tensor count, "
    "Tensor(a!)? grad_input, Tensor(b!)? grad_target, Tensor? guess, Tensor(c!)? last)",
    _run_backward,
)
