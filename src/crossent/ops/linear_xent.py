"""The linear cross entropy operator: (N, D) features and a (C·I, D) head to losses, without the (N, C·I) logits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ..core.linear_options import LinearOptions
from ..core.reduction import reduced
from ..core.spec import SoftmaxSpec
from ..kernels import linear_xent as kernels
from ..kernels.linear_products import Gradients
from ..reference import softmax_xent as formula
from . import _early_head as early
from ._autograd import backward_wants_formula, gradient_of_formula, under_grad_mode, wants_formula
from ._library import register
from .softmax_xent import OPTIONS, Rows, pack, row_buffers, softmax_xent


def linear_xent(
    input: Tensor,  # (N, D)
    linear_weight: Tensor,  # (C·I, D)
    linear_bias: Tensor | None,  # (C·I,)
    target: Tensor,  # (N,) or (N, I) indices, (N, C) or (N, C, I) probabilities
    weight: Tensor | None,  # (C,)
    spec: SoftmaxSpec,
    shape: tuple[int, ...],  # (C,) or (C, I): how the columns of the logits are laid out
    options: LinearOptions,
    reduction: str,
    stats: bool,
) -> Rows:
    """Losses of `input @ linear_weight.T + linear_bias`, differentiable to any order."""
    tensors = (input, linear_weight, linear_bias, target)
    if wants_formula(*tensors, weight) or (weight is not None and weight.requires_grad):
        logits = early.logits(input, linear_weight, linear_bias, options.float32_logits).unflatten(1, shape)
        return softmax_xent(logits, target, weight, spec, reduction, stats)
    given = under_grad_mode(*tensors, weight)
    loss, total, *rest = _LinearXent.apply(*given, spec, shape, options, reduction, stats)  # type: ignore[no-untyped-call]
    return Rows(loss, total, tuple(rest))


class _LinearXent(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        input: Tensor,
        linear_weight: Tensor,
        linear_bias: Tensor | None,
        target: Tensor,
        weight: Tensor | None,
        spec: SoftmaxSpec,
        shape: tuple[int, ...],
        options: LinearOptions,
        reduction: str,
        stats: bool,
    ) -> Any:
        given = input, linear_weight, linear_bias, target, weight
        packed = *pack(spec), shape, *options.pack(), reduction
        positions = input.shape[:1] + shape[1:]
        loss, total, extra = row_buffers(input, positions if reduction == "none" else (), stats, positions)
        needs = ctx.needs_input_grad[:4]
        ctx.early = (
            early.Early("linear_xent", linear_weight, reduction, options.float32_logits)
            if early.wanted(reduction, needs)
            else None
        )
        upstream = 1.0 if ctx.early is None else ctx.early.upstream
        grads = early.buffers(given[:3], needs[:3] if ctx.early else (False,) * 3)
        _forward(*given, *packed, loss, total, extra, upstream, *grads)
        written_for = early.as_tensor(upstream) if ctx.early else None
        ctx.save_for_backward(*given, total, written_for, *grads)
        ctx.spec, ctx.shape, ctx.options, ctx.reduction = spec, shape, options, reduction
        ctx.mark_non_differentiable(total, *extra)
        return loss, total, *extra

    @staticmethod
    def backward(ctx: Any, grad_loss: Tensor, *_: Any) -> Any:
        input, linear_weight, linear_bias, target, weight, total, written_for, *ready = ctx.saved_tensors
        spec, shape, options, reduction = ctx.spec, ctx.shape, ctx.options, ctx.reduction
        needs = ctx.needs_input_grad[:4]
        inputs = (input, linear_weight, linear_bias, target)
        if backward_wants_formula(grad_loss, input):

            def loss_of(x: Tensor, w: Tensor, b: Tensor | None, t: Tensor) -> Tensor:
                z = early.logits(x, w, b, options.float32_logits).unflatten(1, shape)
                return reduced(*formula.softmax_xent(z, t, weight, spec), reduction)

            return *gradient_of_formula(loss_of, inputs, needs, grad_loss), *[None] * 6

        given = *inputs, weight, *pack(spec), shape, *options.pack(), reduction
        if ctx.early is not None:

            def write(upstream: float, buffers: Sequence[Tensor | None]) -> None:
                loss, again, _ = row_buffers(input, (), False, ())
                _forward(*given, loss, again, [], upstream, *buffers)

            return *ctx.early.take(ready, written_for, grad_loss, write), *[None] * 7
        grads = early.buffers(inputs, needs)
        _backward(grad_loss, *given, total, *grads)
        return *grads, *[None] * 6


def _problem(
    tensors: tuple[Any, ...], spec: SoftmaxSpec, shape: tuple[int, ...], options: LinearOptions
) -> kernels.Problem:
    return kernels.Problem._make((*tensors, spec, tuple(shape), options))


def _unpack(given: tuple[Any, ...]) -> tuple[kernels.Problem, str]:
    """The arguments of the schema as the kernels take them."""
    tensors, options = given[:5], given[5:10]
    shape, budget, rows, float32_logits, reduction = given[10:]
    return _problem(tensors, SoftmaxSpec(*options), shape, LinearOptions(budget, rows, float32_logits)), reduction


def _run_forward(*arguments: Any) -> None:
    problem, reduction = _unpack(arguments[:_GIVEN])
    loss, total, stats, upstream, *grads = arguments[_GIVEN:]
    kernels.forward(problem, reduction, loss, total, stats, upstream, Gradients(*grads))


def _run_backward(grad_loss: Tensor, *arguments: Any) -> None:
    problem, reduction = _unpack(arguments[:_GIVEN])
    total, *grads, grad_target = arguments[_GIVEN:]
    kernels.backward(problem, reduction, grad_loss, total, Gradients(*grads), grad_target)


_ARGUMENTS = (
    "Tensor input, Tensor linear_weight, Tensor? linear_bias, Tensor target, Tensor? weight, "
    f"{OPTIONS}, SymInt[] shape, SymInt? memory_budget, SymInt? rows, bool float32_logits, str reduction"
)
# How many arguments _ARGUMENTS names.
_GIVEN = 15
_forward = register(
    f"linear_xent_forward({_ARGUMENTS}, Tensor(a!) loss, Tensor(b!) total, Tensor(d!)[] stats, "
    "float upstream, Tensor(e!)? grad_input, Tensor(f!)? grad_linear_weight, Tensor(g!)? grad_linear_bias)",
    _run_forward,
)
_backward = register(
    f"linear_xent_backward(Tensor grad_loss, {_ARGUMENTS}, Tensor total, Tensor(a!)? grad_input, "
    "Tensor(b!)? grad_linear_weight, Tensor(c!)? grad_linear_bias, Tensor(d!)? grad_target)",
    _run_backward,
)
