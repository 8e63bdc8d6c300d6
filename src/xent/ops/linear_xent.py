"""The linear cross entropy operator: (N, D) features and a (C·I, D) head to one loss per position, in row blocks."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from ..core.dtypes import NARROW
from ..core.spec import SoftmaxSpec
from ..kernels import registry
from ..reference import softmax_xent as formula
from ._autograd import backward_wants_formula, gradient_of_formula, wants_formula
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
    rows: int,
    float32_logits: bool,
    stats: bool,
) -> Rows:
    """Losses of `input @ linear_weight.T + linear_bias`, at most `rows` rows of which exist at a time."""
    tensors = (input, linear_weight, linear_bias, target)
    if wants_formula(*tensors, weight) or (weight is not None and weight.requires_grad):
        logits = _logits(input, linear_weight, linear_bias, shape, float32_logits)
        return softmax_xent(logits, target, weight, spec, "none", stats)
    loss, total, *rest = _LinearXent.apply(*tensors, weight, spec, shape, rows, float32_logits, stats)  # type: ignore[no-untyped-call]
    return Rows(loss, total, tuple(rest))


def _logits(
    input: Tensor, linear_weight: Tensor, linear_bias: Tensor | None, shape: tuple[int, ...], float32: bool
) -> Tensor:
    if float32 and input.dtype in NARROW:
        input, linear_weight = input.float(), linear_weight.float()
        linear_bias = None if linear_bias is None else linear_bias.float()
    return torch.nn.functional.linear(input, linear_weight, linear_bias).view(-1, *shape)


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
        rows: int,
        float32_logits: bool,
        stats: bool,
    ) -> Any:
        positions = input.shape[:1] + shape[1:]
        loss, total, extra = row_buffers(input, positions, stats, positions)
        blocks = (shape, rows, float32_logits)
        _forward(input, linear_weight, linear_bias, target, weight, *pack(spec), *blocks, loss, total, extra)
        ctx.save_for_backward(input, linear_weight, linear_bias, target, weight)
        ctx.spec, ctx.blocks = spec, blocks
        ctx.mark_non_differentiable(total, *extra)
        return loss, total, *extra

    @staticmethod
    def backward(ctx: Any, grad_loss: Tensor, *_: Any) -> Any:
        input, linear_weight, linear_bias, target, weight = ctx.saved_tensors
        needs = ctx.needs_input_grad[:4]
        if backward_wants_formula(grad_loss, input):
            shape, _, float32_logits = ctx.blocks

            def loss_of(x: Tensor, w: Tensor, b: Tensor | None, t: Tensor) -> Tensor:
                return formula.softmax_xent(_logits(x, w, b, shape, float32_logits), t, weight, ctx.spec)[0]

            inputs = (input, linear_weight, linear_bias, target)
            return *gradient_of_formula(loss_of, inputs, needs, grad_loss), *[None] * 6
        grads = [
            torch.empty_like(t, memory_format=torch.contiguous_format) if need else None
            for t, need in zip((input, linear_weight, linear_bias, target), needs, strict=True)
        ]
        _backward(grad_loss, input, linear_weight, linear_bias, target, weight, *pack(ctx.spec), *ctx.blocks, *grads)
        return *grads, *[None] * 6


def _run_forward(*arguments: Any) -> None:
    given, buffers = arguments[:_GIVEN], arguments[_GIVEN:]
    _kernels(given[0]).forward(*_with_spec(given), *buffers)


def _run_backward(grad_loss: Tensor, *arguments: Any) -> None:
    given, buffers = arguments[:_GIVEN], arguments[_GIVEN:]
    _kernels(given[0]).backward(grad_loss, *_with_spec(given), *buffers)


def _kernels(input: Tensor) -> ModuleType:
    return registry.kernels("linear_xent", input.device.type, input.dtype)


def _with_spec(given: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments of the schema with the options packed, as the kernels take them."""
    *tensors, ignore_index, smoothing, smoothing_weight, z_loss, softcap, shape, rows, float32_logits = given
    spec = SoftmaxSpec(ignore_index, smoothing, smoothing_weight, z_loss, softcap)
    return *tensors, spec, shape, rows, float32_logits


_ARGUMENTS = (
    "Tensor input, Tensor linear_weight, Tensor? linear_bias, Tensor target, Tensor? weight, "
    f"{OPTIONS}, SymInt[] shape, SymInt rows, bool float32_logits"
)
# How many arguments _ARGUMENTS names.
_GIVEN = 13
_forward = register(
    f"linear_xent_forward({_ARGUMENTS}, Tensor(a!) loss, Tensor(b!) total, Tensor(c!)[] stats)", _run_forward
)
_backward = register(
    f"linear_xent_backward(Tensor grad_loss, {_ARGUMENTS}, Tensor(a!)? grad_input, Tensor(b!)? grad_linear_weight, "
    "Tensor(c!)? grad_linear_bias, Tensor(d!)? grad_target)",
    _run_backward,
)
