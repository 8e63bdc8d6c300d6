"""The softmax cross entropy operator: (P, C) or (O, C, I) logits to one loss per position, or their sum or mean."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from types import ModuleType
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..core.dtypes import accumulate_dtype, count_dtype
from ..core.reduction import reduced
from ..core.spec import SoftmaxSpec
from ..kernels import empty, registry
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
    logits: Tensor,
    target: Tensor,
    weight: Tensor | None,
    spec: SoftmaxSpec,
    reduction: str,
    stats: bool,
    positions: Sequence[int] | None = None,
    overwrite: bool = False,
) -> Rows:
    """Losses of laid-out logits against index targets or probabilities, differentiable to any order.

    `positions` is the shape of the target as the caller knows it, for messages. With `overwrite` the backward pass may
    write the gradient over the logits.
    """
    if wants_formula(logits, target, weight) or (weight is not None and weight.requires_grad):
        loss, total = formula.softmax_xent(logits, target, weight, spec)
        return Rows(
            reduced(loss, total, reduction), total, formula.softmax_stats(logits, target, spec) if stats else ()
        )
    tensors = under_grad_mode(logits, target, weight)
    places = tuple(target.shape if positions is None else positions)
    given = *tensors, spec, reduction, stats, places, overwrite
    loss, total, *rest = _SoftmaxXent.apply(*given)  # type: ignore[no-untyped-call]
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
        places: tuple[int, ...],
        overwrite: bool,
    ) -> Any:
        positions = logits.shape[:1] + logits.shape[2:]
        loss, total, extra = row_buffers(logits, positions if reduction == "none" else (), stats, positions)
        ready = saved = guess = written_for = ctx.early = None
        if not overwrite and early.wanted("softmax_xent", logits, reduction, ctx.needs_input_grad[:2]):
            ctx.early, ready = early.begin("softmax_xent", logits, reduction), torch.empty_like(logits)
            guess, written_for = ctx.early.guess, ctx.early.written_for
        if ready is None or guess is not None:
            kept = registry.kept(logits.device.type, logits.dtype)[target.is_floating_point()]
            saved = logits.new_empty((kept, *positions), dtype=loss.dtype) if kept else None
        upstream = 1.0 if ctx.early is None else ctx.early.upstream
        buffers = loss, total, saved, extra, upstream, ready, guess, places
        _forward(logits, target, weight, *pack(spec), reduction, *buffers)
        ctx.save_for_backward(logits, target, weight, total, saved, ready, written_for)
        ctx.spec, ctx.reduction, ctx.overwrite = spec, reduction, overwrite
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
            return *grads, *[None] * 6
        given = logits, target, weight, *pack(spec), reduction
        if isinstance(ctx.early, early.EarlyOnDevice):

            def correct(buffer: Tensor, guess: Tensor | None, last: Tensor | None) -> None:
                _backward(grad_loss, *given, total, saved, buffer, None, guess, last)

            return ctx.early.take(ready, written_for, correct), *[None] * 7
        if ready is not None:

            def write(upstream: float, buffer: Tensor) -> None:
                loss, again, _ = row_buffers(logits, (), False, ())
                _forward(*given, loss, again, None, [], upstream, buffer, None, ())

            return ctx.early.take(ready, written_for, grad_loss, write), *[None] * 7
        grad_logits, grad_target = None, torch.empty_like(target) if by_target else None
        if by_logits:
            grad_logits = logits.detach() if ctx.overwrite and _can_be_written(logits) else torch.empty_like(logits)
        _backward(grad_loss, *given, total, saved, grad_logits, grad_target, None, None)
        if ctx.overwrite and grad_logits is not None and grad_logits.data_ptr() == logits.data_ptr():
            # Autograd tells whoever needs the logits after this, this very loss a second time included.
            torch.autograd.graph.increment_version(logits)
        return grad_logits, grad_target, *[None] * 6


def _can_be_written(logits: Tensor) -> bool:
    """Whether a gradient fits over these logits: no two share an address, and no compiler plans their memory."""
    return not torch.compiler.is_compiling() and torch._debug_has_internal_overlap(logits) == 0


OPTIONS = "int ignore_index, float label_smoothing, str smoothing_weight, float z_loss, float? softcap"


def pack(spec: SoftmaxSpec) -> tuple[int, float, str, float, float | None]:
    return spec.ignore_index, spec.label_smoothing, spec.smoothing_weight, spec.z_loss, spec.softcap


# The same few options come with every call.
_spec = lru_cache(maxsize=64)(SoftmaxSpec)


def _kernels(logits: Tensor) -> ModuleType:
    return registry.kernels("softmax_xent", logits.device.type, logits.dtype)


def _run_forward(logits: Tensor, target: Tensor, weight: Tensor | None, *rest: Any) -> None:
    *options, reduction, loss, total, saved, stats, upstream, grad_logits, guess, positions = rest
    given = logits, target, weight, _spec(*options), reduction
    if logits.numel() == 0:
        empty.require_ignored(target, given[3])
        empty.fill(loss, total, reduction, stats)
        return
    kernels = _kernels(logits)
    on_device = (guess, positions) if kernels.GUESSES_ON_DEVICE else ()
    kernels.forward(*given, loss, total, saved, stats, upstream, grad_logits, *on_device)
    if not on_device and not target.is_floating_point():
        registry.watch_labels(target, logits.shape[1], options[0])


def _run_backward(grad_loss: Tensor, logits: Tensor, target: Tensor, weight: Tensor | None, *rest: Any) -> None:
    *options, reduction, total, saved, grad_logits, grad_target, guess, last = rest
    if logits.numel() == 0:
        return
    given = grad_loss, logits, target, weight, _spec(*options), reduction, total, saved
    on_device = () if guess is None else (guess, last)
    _kernels(logits).backward(*given, grad_logits, grad_target, *on_device)


_forward = register(
    f"softmax_xent_forward(Tensor logits, Tensor target, Tensor? weight, {OPTIONS}, str reduction, "
    "Tensor(a!) loss, Tensor(b!) total, Tensor(c!)? saved, Tensor(d!)[] stats, float upstream, "
    "Tensor(e!)? grad_logits, Tensor? guess, SymInt[] positions)",
    _run_forward,
)
_backward = register(
    f"softmax_xent_backward(Tensor grad_loss, Tensor logits, Tensor target, Tensor? weight, {OPTIONS}, "
    "str reduction, Tensor total, Tensor? saved, Tensor(a!)? grad_logits, Tensor(b!)? grad_target, "
    "Tensor? guess, Tensor(c!)? last)",
    _run_backward,
)
