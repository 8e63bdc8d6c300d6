"""The softmax cross entropy operator: (P, C) or (O, C, I) logits to one loss per position, or their sum or mean."""

from __future__ import annotations

from functools import lru_cache
from types import ModuleType
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..core.dtypes import accumulate_dtype, count_dtype
from ..core.reduction import reduced
from ..core.spec import SoftmaxSpec
from ..kernels import registry
from ..reference import softmax_xent as formula
from . import _early as early
from ._autograd import backward_wants_formula, gradient_of_formula, under_grad_mode, wants_formula
from ._library import register


class Rows(NamedTuple):
    """The loss (per position or reduced), the 0-d weight of all that count, and per position what `Stats` tells."""

    loss: Tensor
    total: Tensor
    stats: tuple[Tensor, ...] = ()


def softmax_xent(
    logits: Tensor, target: Tensor, weight: Tensor | None, spec: SoftmaxSpec, reduction: str, stats: bool
) -> Rows:
    """Losses of laid-out logits against index targets or probabilities, differentiable to any order."""
    if wants_formula(logits, target, weight) or (weight is not None and weight.requires_grad):
        loss, total = formula.softmax_xent(logits, target, weight, spec)
        return Rows(
            reduced(loss, total, reduction), total, formula.softmax_stats(logits, target, spec) if stats else ()
        )
    tensors = under_grad_mode(logits, target, weight)
    loss, total, *rest = _SoftmaxXent.apply(*tensors, spec, reduction, stats)  # type: ignore[no-untyped-call]
    return Rows(loss, total, tuple(rest))


def row_buffers(
    like: Tensor, losses: tuple[int, ...], stats: bool, positions: tuple[int, ...]
) -> tuple[Tensor, Tensor, list[Tensor]]:
    """For a kernel to fill: the losses, the weight of all that count, and what `Rows.stats` is made of."""
    dtype = accumulate_dtype(like.dtype)
    kinds = (dtype, torch.int64, torch.bool, dtype) if stats else ()
    total = like.new_empty((), dtype=count_dtype(like.device))
    return like.new_empty(losses, dtype=dtype), total, [like.new_empty(positions, dtype=kind) for kind in kinds]


class _SoftmaxXent(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        logits: Tensor,
        target: Tensor,
        weight: Tensor | None,
        spec: SoftmaxSpec,
        reduction: str,
        stats: bool,
    ) -> Any:
        positions = logits.shape[:1] + logits.shape[2:]
        loss, total, extra = row_buffers(logits, positions if reduction == "none" else (), stats, positions)
        saved = ready = ctx.early = None
        if early.wanted("softmax_xent", logits, reduction, ctx.needs_input_grad[:2]):
            ctx.early, ready = early.Early("softmax_xent", logits, reduction), torch.empty_like(logits)
        elif kept := registry.kept(logits.device.type, logits.dtype)[target.is_floating_point()]:
            saved = logits.new_empty((kept, *positions), dtype=loss.dtype)
        upstream = 1.0 if ctx.early is None else ctx.early.upstream
        _forward(logits, target, weight, *pack(spec), reduction, loss, total, saved, extra, upstream, ready)
        ctx.save_for_backward(logits, target, weight, total, saved, ready, None if ready is None else early.as_tensor(upstream))
        ctx.spec, ctx.reduction = spec, reduction
        ctx.mark_non_differentiable(total, *extra)
        return loss, total, *extra

    @staticmethod
    def backward(ctx: Any, grad_loss: Tensor, *_: Any) -> Any:
        logits, target, weight, total, saved, ready, written_for = ctx.saved_tensors
        spec, reduction = ctx.spec, ctx.reduction
        by_logits, by_target = ctx.needs_input_grad[:2]
        if backward_wants_formula(grad_loss, logits):
            grads = gradient_of_formula(
                lambda x, t: reduced(*formula.softmax_xent(x, t, weight, spec), reduction),
                (logits, target),
                (by_logits, by_target),
                grad_loss,
            )
            return *grads, None, None, None, None
        if ready is not None:

            def write(upstream: float, buffer: Tensor) -> None:
                loss, again, _ = row_buffers(logits, (), False, ())
                _forward(logits, target, weight, *pack(spec), reduction, loss, again, None, [], upstream, buffer)

            return ctx.early.take(ready, written_for, grad_loss, write), None, None, None, None, None
        grad_logits = torch.empty_like(logits) if by_logits else None
        grad_target = torch.empty_like(target) if by_target else None
        _backward(grad_loss, logits, target, weight, *pack(spec), reduction, total, saved, grad_logits, grad_target)
        return grad_logits, grad_target, None, None, None, None


OPTIONS = "int ignore_index, float label_smoothing, str smoothing_weight, float z_loss, float? softcap"


def pack(spec: SoftmaxSpec) -> tuple[int, float, str, float, float | None]:
    return spec.ignore_index, spec.label_smoothing, spec.smoothing_weight, spec.z_loss, spec.softcap


# The same few options come with every call.
_spec = lru_cache(maxsize=64)(SoftmaxSpec)


def _kernels(logits: Tensor) -> ModuleType:
    return registry.kernels("softmax_xent", logits.device.type, logits.dtype)


def _run_forward(logits: Tensor, target: Tensor, weight: Tensor | None, *rest: Any) -> None:
    *options, reduction, loss, total, saved, stats, upstream, grad_logits = rest
    given = logits, target, weight, _spec(*options), reduction
    _kernels(logits).forward(*given, loss, total, saved, stats, upstream, grad_logits)


def _run_backward(grad_loss: Tensor, logits: Tensor, target: Tensor, weight: Tensor | None, *rest: Any) -> None:
    *options, reduction, total, saved, grad_logits, grad_target = rest
    spec = _spec(*options)
    given = grad_loss, logits, target, weight, spec, reduction, total, saved
    _kernels(logits).backward(*given, grad_logits, grad_target)


_forward = register(
    f"softmax_xent_forward(Tensor logits, Tensor target, Tensor? weight, {OPTIONS}, str reduction, "
    "Tensor(a!) loss, Tensor(b!) total, Tensor(c!)? saved, Tensor(d!)[] stats, float upstream, "
    "Tensor(e!)? grad_logits)",
    _run_forward,
)
_backward = register(
    f"softmax_xent_backward(Tensor grad_loss, Tensor logits, Tensor target, Tensor? weight, {OPTIONS}, "
    "str reduction, Tensor total, Tensor? saved, Tensor(a!)? grad_logits, Tensor(b!)? grad_target)",
    _run_backward,
)
