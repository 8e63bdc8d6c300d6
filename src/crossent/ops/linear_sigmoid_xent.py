"""The binary cross entropy of a linear layer's scores, without the (N, C) scores or a dense target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ..core.dtypes import accumulate_dtype, count_dtype
from ..core.linear_options import LinearOptions
from ..core.reduction import reduced
from ..core.spec import SigmoidSpec
from ..kernels import linear_sigmoid_xent as kernels
from ..kernels.linear_products import Gradients
from ..reference import sigmoid_xent as formula
from . import _early_head as early
from ._autograd import backward_wants_formula, gradient_of_formula, under_grad_mode, wants_formula
from ._library import register


def linear_sigmoid_xent(
    input: Tensor,  # (N, D)
    linear_weight: Tensor,  # (C, D)
    linear_bias: Tensor | None,  # (C,)
    target: Tensor,  # (N, C), or (N, K) labels
    weight: Tensor | None,  # (N, C), expanded
    pos_weight: Tensor | None,  # (N, C), expanded
    spec: SigmoidSpec,
    by_labels: bool,
    options: LinearOptions,
    reduction: str,
) -> tuple[Tensor, Tensor]:
    """The losses of `input @ linear_weight.T + linear_bias`, their sum or mean, and the 0-d number that count."""
    tensors = (input, linear_weight, linear_bias, target, weight, pos_weight)
    if wants_formula(*tensors) or any(t is not None and t.requires_grad for t in tensors[3:]):
        loss, count = _formula(*tensors, spec, by_labels, options)
        return reduced(loss, count, reduction), count
    given = under_grad_mode(*tensors)
    loss, count = _LinearSigmoidXent.apply(*given, spec, by_labels, options, reduction)  # type: ignore[no-untyped-call]
    return loss, count


def _formula(
    input: Tensor,
    linear_weight: Tensor,
    linear_bias: Tensor | None,
    target: Tensor,
    weight: Tensor | None,
    pos_weight: Tensor | None,
    spec: SigmoidSpec,
    by_labels: bool,
    options: LinearOptions,
) -> tuple[Tensor, Tensor]:
    scores = early.logits(input, linear_weight, linear_bias, options.float32_logits)
    target = kernels.dense(target, len(linear_weight)) if by_labels else target
    return formula.sigmoid_xent(scores, target, weight, pos_weight, spec)


class _LinearSigmoidXent(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        input: Tensor,
        linear_weight: Tensor,
        linear_bias: Tensor | None,
        target: Tensor,
        weight: Tensor | None,
        pos_weight: Tensor | None,
        spec: SigmoidSpec,
        by_labels: bool,
        options: LinearOptions,
        reduction: str,
    ) -> Any:
        given = input, linear_weight, linear_bias, target, weight, pos_weight
        ctx.packed = spec.logits, spec.ignore_index, spec.label_smoothing, by_labels, *options.pack(), reduction
        shape = (len(input), len(linear_weight)) if reduction == "none" else ()
        loss = input.new_empty(shape, dtype=accumulate_dtype(input.dtype))
        count = input.new_empty((), dtype=count_dtype(input.device))
        needs = ctx.needs_input_grad[:3]
        ctx.early = None
        if early.wanted(reduction, needs):
            ctx.early = early.Early("linear_sigmoid_xent", linear_weight, reduction, options.float32_logits)
        upstream = 1.0 if ctx.early is None else ctx.early.upstream
        grads = early.buffers(given[:3], needs if ctx.early else (False,) * 3)
        _forward(*given, *ctx.packed, loss, count, upstream, *grads)
        ctx.save_for_backward(*given, count, early.as_tensor(upstream) if ctx.early else None, *grads)
        ctx.spec, ctx.by_labels, ctx.options, ctx.reduction = spec, by_labels, options, reduction
        ctx.mark_non_differentiable(count)
        return loss, count

    @staticmethod
    def backward(ctx: Any, grad_loss: Tensor, _: Any) -> Any:
        *given, count, written_for, grad_input, grad_weight, grad_bias = ctx.saved_tensors
        needs = ctx.needs_input_grad[:3]
        if backward_wants_formula(grad_loss, given[0]):

            def loss_of(x: Tensor, w: Tensor, b: Tensor | None) -> Tensor:
                target, weight, pos_weight = given[3:]
                given_too = target, weight, pos_weight, ctx.spec, ctx.by_labels, ctx.options
                each, counted = _formula(x, w, b, *given_too)
                return reduced(each, counted, ctx.reduction)

            return *gradient_of_formula(loss_of, given[:3], needs, grad_loss), *[None] * 7
        if ctx.early is not None:

            def write(upstream: float, buffers: Sequence[Tensor | None]) -> None:
                loss = given[0].new_empty((), dtype=accumulate_dtype(given[0].dtype))
                _forward(*given, *ctx.packed, loss, torch.empty_like(count), upstream, *buffers)

            ready = grad_input, grad_weight, grad_bias
            return *ctx.early.take(ready, written_for, grad_loss, write), *[None] * 7
        grads = early.buffers(given[:3], needs)
        _backward(grad_loss, *given, *ctx.packed, count, *grads)
        return *grads, *[None] * 7


def _unpack(given: tuple[Any, ...]) -> tuple[kernels.Problem, str]:
    """The arguments of the schema as the kernels take them."""
    *options, by_labels, budget, rows, float32_logits, reduction = given[6:]
    linear = LinearOptions(budget, rows, float32_logits)
    return kernels.Problem._make((*given[:6], SigmoidSpec(*options), by_labels, linear)), reduction


def _run_forward(*arguments: Any) -> None:
    problem, reduction = _unpack(arguments[:_GIVEN])
    loss, count, upstream, *grads = arguments[_GIVEN:]
    kernels.forward(problem, reduction, loss, count, upstream, Gradients(*grads))


def _run_backward(grad_loss: Tensor, *arguments: Any) -> None:
    problem, reduction = _unpack(arguments[:_GIVEN])
    count, *grads = arguments[_GIVEN:]
    kernels.backward(problem, reduction, grad_loss, count, Gradients(*grads))


_ARGUMENTS = (
    "Tensor input, Tensor linear_weight, Tensor? linear_bias, Tensor target, Tensor? weight, Tensor? pos_weight, "
    "bool logits, float? ignore_index, float label_smoothing, bool by_labels, "
    "SymInt? memory_budget, SymInt? rows, bool float32_logits, str reduction"
)
# How many arguments _ARGUMENTS names.
_GIVEN = 14
_GRADIENTS = "Tensor(c!)? grad_input, Tensor(d!)? grad_linear_weight, Tensor(e!)? grad_linear_bias"
_forward = register(
    f"linear_sigmoid_xent_forward({_ARGUMENTS}, Tensor(a!) loss, Tensor(b!) count, float upstream, {_GRADIENTS})",
    _run_forward,
)
_backward = register(
    f"linear_sigmoid_xent_backward(Tensor grad_loss, {_ARGUMENTS}, Tensor count, {_GRADIENTS})", _run_backward
)
