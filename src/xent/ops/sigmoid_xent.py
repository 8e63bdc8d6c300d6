"""The binary cross entropy operator: elementwise losses, or their sum without the N×C losses."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..core.dtypes import accumulate_dtype, count_dtype
from ..core.spec import SigmoidSpec
from ..kernels import registry
from ..reference import sigmoid_xent as formula
from ._autograd import backward_wants_formula, gradient_of_formula, wants_formula
from ._library import register


def sigmoid_xent(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None,
    pos_weight: Tensor | None,
    spec: SigmoidSpec,
    elementwise: bool,
) -> tuple[Tensor, Tensor]:
    """The losses (`elementwise`) or their sum, and the 0-d number that count; weights have the shape of input."""
    weights = [w for w in (weight, pos_weight) if w is not None]
    if wants_formula(input, target, *weights) or any(w.requires_grad for w in weights):
        loss, count = formula.sigmoid_xent(input, target, weight, pos_weight, spec)
        return loss if elementwise else loss.sum(), count
    loss, count = _SigmoidXent.apply(input, target, weight, pos_weight, spec, elementwise)  # type: ignore[no-untyped-call]
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
        elementwise: bool,
    ) -> Any:
        dtype = accumulate_dtype(input.dtype)
        loss = torch.empty_like(input, dtype=dtype) if elementwise else None
        total = input.new_empty((), dtype=dtype)
        count = input.new_empty((), dtype=count_dtype(input.device))
        _forward(input, target, weight, pos_weight, *_pack(spec), loss, total, count)
        ctx.save_for_backward(input, target, weight, pos_weight)
        ctx.spec, ctx.elementwise = spec, elementwise
        ctx.mark_non_differentiable(count)
        return total if loss is None else loss, count

    @staticmethod
    def backward(ctx: Any, grad: Tensor, _: Any) -> Any:
        input, target, weight, pos_weight = ctx.saved_tensors
        by_input, by_target = ctx.needs_input_grad[:2]
        if backward_wants_formula(grad, input):

            def loss_of(x: Tensor, t: Tensor) -> Tensor:
                loss = formula.sigmoid_xent(x, t, weight, pos_weight, ctx.spec)[0]
                return loss if ctx.elementwise else loss.sum()

            grads = gradient_of_formula(loss_of, (input, target), (by_input, by_target), grad)
            return *grads, None, None, None, None
        grad_input = torch.empty_like(input) if by_input else None
        grad_target = torch.empty_like(target) if by_target else None
        _backward(
            grad.expand(input.shape), input, target, weight, pos_weight, *_pack(ctx.spec), grad_input, grad_target
        )
        return grad_input, grad_target, None, None, None, None


_OPTIONS = "bool logits, float? ignore_index, float label_smoothing"


def _pack(spec: SigmoidSpec) -> tuple[bool, float | None, float]:
    return spec.logits, spec.ignore_index, spec.label_smoothing


def _run_forward(input: Tensor, target: Tensor, weight: Tensor | None, pos_weight: Tensor | None, *rest: Any) -> None:
    *options, loss, total, count = rest
    kernels = registry.kernels("sigmoid_xent", input.device.type, input.dtype)
    kernels.forward(input, target, weight, pos_weight, SigmoidSpec(*options), loss, total, count)


def _run_backward(
    grad_loss: Tensor, input: Tensor, target: Tensor, weight: Tensor | None, pos_weight: Tensor | None, *rest: Any
) -> None:
    *options, grad_input, grad_target = rest
    kernels = registry.kernels("sigmoid_xent", input.device.type, input.dtype)
    kernels.backward(grad_loss, input, target, weight, pos_weight, SigmoidSpec(*options), grad_input, grad_target)


_forward = register(
    f"sigmoid_xent_forward(Tensor input, Tensor target, Tensor? weight, Tensor? pos_weight, {_OPTIONS}, "
    "Tensor(a!)? loss, Tensor(b!) total, Tensor(c!) count)",
    _run_forward,
)
_backward = register(
    f"sigmoid_xent_backward(Tensor grad_loss, Tensor input, Tensor target, Tensor? weight, Tensor? pos_weight, "
    f"{_OPTIONS}, Tensor(a!)? grad_input, Tensor(b!)? grad_target)",
    _run_backward,
)
