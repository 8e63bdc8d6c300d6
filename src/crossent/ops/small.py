"""The one path through torch's own losses: inputs too small to pay for a Python autograd function.

At (32, 10) torch's fused composite takes as long as entering `autograd.Function` does, and while logits stay in cache
its extra passes are cheap. Taken only where it computes the very same: float32 and float64 on the CPU, no option beyond
torch's. Each of these functions comes before all checks, which take as long as the loss itself, and returns None for
what it does not take: what torch refuses is left to them. Their arguments are those of the loss; `off` is what options
that torch does not have are where they are off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from ..core.checks.weights import like, real_tensor
from ..kernels import cpu
from ..kernels.registry import LONG_ROWS as LONG_ROWS
from ..kernels.registry import SMALL as SMALL

# What torch.nn.functional's functions of these names call, after checks that are made here or by these themselves.
_torch_cross_entropy: Callable[..., Tensor] = torch._C._nn.cross_entropy_loss
_torch_nll_loss: Callable[..., Tensor] = torch._C._nn.nll_loss_nd
_torch_bce_with_logits: Callable[..., Tensor] = torch.binary_cross_entropy_with_logits
_torch_bce: Callable[..., Tensor] = torch._C._nn.binary_cross_entropy
Options = Mapping[str, Any]
_REDUCTIONS = {"none": 0, "mean": 1, "sum": 2}

_EXACT = (torch.float32, torch.float64)
_REFUSALS = (RuntimeError, IndexError, ValueError, TypeError, KeyError)

# A negative log likelihood reads one number per row and writes zeros: torch's is as good until a gradient of 32 MiB is
# better mapped in large pages.
NLL_SMALL = 2**22
# The binary losses are one pass of a kernel, and torch's several: it is the faster one up to 2**15 and 2**13 numbers.
_OF_SCORES, _OF_PROBABILITIES = 2, 8
# The differences of numbers of this size are finite in float32, and so is what torch makes of them.
_FAR = 1e30
_LEAST_POSITIVE, _LARGEST = 2.0**-126, 3e38

# Bound once: looking them up in torch's modules costs as much as calling them.
_is_compiling, _transforms = torch.compiler.is_compiling, torch._C._functorch.peek_interpreter_stack
_modes = torch._C._len_torch_dispatch_stack


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
    *,
    sample_weight: Tensor | None = None,
    off: Options,
    **extras: Any,
) -> Tensor | None:
    """Torch's own, of few (N, C) logits and int64 labels, or probabilities."""
    shape = input.shape
    if (
        size_average is not None
        or reduce is not None
        or (extras and not _are_off(extras, off))
        or not _takes(input, SMALL)
        or not _plain(target)
        or len(shape) != 2
        or shape[1] >= LONG_ROWS
    ):
        return None
    try:
        kind = _REDUCTIONS[reduction]
        by_label = target.dtype is torch.int64
        all_count = by_label and not cpu.holds(target, ignore_index)
        if weight is not None or not all_count or sample_weight is not None:
            if weight is not None and not _plain(weight := _beside(weight, input)):
                return None
            if sample_weight is not None:
                if not all_count:
                    return None
                each = _torch_cross_entropy(input, target, weight, 0, ignore_index, label_smoothing)
                return _weighed(each, sample_weight, reduction, target, weight)
            # Torch takes 0 · (−inf) for NaN, and what an ignored row holds, NaN included, reaches its gradient
            # (pytorch#11551). Neither happens among numbers.
            if not (all_count and (weight is None or _within(weight, input, _LEAST_POSITIVE, _LARGEST))) and not (
                (by_label or (_within(target, input, -_LARGEST, _LARGEST) and ignore_index < 0 < input.numel()))
                and (weight is None or _within(weight, input, -_LARGEST, _LARGEST))
                and _within(input, input, -_FAR, _FAR)
            ):
                return None
        return _torch_cross_entropy(input, target, weight, kind, ignore_index, label_smoothing)
    except _REFUSALS:
        return None


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    *,
    sample_weight: Tensor | None = None,
    off: Options,
    **extras: Any,
) -> Tensor | None:
    """Torch's own, of (N, C) or (N, C, …) log-probabilities and int64 labels."""
    if (
        size_average is not None
        or reduce is not None
        or (extras and not _are_off(extras, off))
        or not _takes(input, NLL_SMALL)
        or not _plain(target)
        or target.dtype is not torch.int64
        or target.numel() >= SMALL
        # Torch's own cannot differentiate other strides of four axes, and takes one label in a list for one label.
        or not input.is_contiguous()
        or input.dim() < 2
    ):
        return None
    try:
        # Where a class weighs nothing torch takes 0 · (−inf) for NaN.
        if weight is not None and not (
            _plain(weight := _beside(weight, input)) and _within(weight, input, _LEAST_POSITIVE, _LARGEST)
        ):
            return None
        if sample_weight is not None:
            each = _torch_nll_loss(input, target, weight, 0, ignore_index)
            plain = target.dim() == 1 and not cpu.holds(target, ignore_index)
            return _weighed(each, sample_weight, reduction, target, weight) if plain else None
        return _torch_nll_loss(input, target, weight, _REDUCTIONS[reduction], ignore_index)
    except _REFUSALS:
        return None


def bce_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
    *,
    sample_weight: Tensor | None = None,
    off: Options,
    **extras: Any,
) -> Tensor | None:
    """Torch's own, of scores, after the check of the targets that torch leaves out."""
    if (
        size_average is not None
        or reduce is not None
        or (extras and not _are_off(extras, off))
        or not _takes(input, SMALL // _OF_SCORES)
        or not _plain(target)
        or target.shape != input.shape
    ):
        return None
    try:
        # A float64 target beside float32 scores widens them; within 16 or 32 bits nothing is lost.
        hard = target if target.dtype in (input.dtype, torch.float64) else target.to(input.dtype)
        # At infinity torch takes 0 · ∞ for NaN.
        if not (_within(hard, input, 0.0, 1.0) and _within(input, input, -_FAR, _FAR)):
            return None
        if weight is not None and not _spreads(weight := _beside(weight, input), input):
            return None
        if pos_weight is not None and not _spreads(pos_weight := _beside(pos_weight, input), input):
            return None
        if sample_weight is not None:
            return _weighed(_torch_bce_with_logits(input, hard, weight, pos_weight, 0), sample_weight, reduction)
        return _torch_bce_with_logits(input, hard, weight, pos_weight, _REDUCTIONS[reduction])
    except _REFUSALS:
        return None


def bce(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    *,
    sample_weight: Tensor | None = None,
    off: Options,
    **extras: Any,
) -> Tensor | None:
    """Torch's own, of probabilities."""
    if (
        size_average is not None
        or reduce is not None
        or (extras and not _are_off(extras, off))
        or not _takes(input, SMALL // _OF_PROBABILITIES)
        or not _plain(target)
        or target.shape != input.shape
    ):
        return None
    try:
        hard = target if target.dtype in (input.dtype, torch.float64) else target.to(input.dtype)
        if not (_within(hard, input, 0.0, 1.0) and _within(input, input, 0.0, 1.0)):
            return None
        if weight is not None:
            if not _spreads(weight := _beside(weight, input), input):
                return None
            weight = weight.expand(input.size())
        if sample_weight is not None:
            return _weighed(_torch_bce(input, hard, weight, 0), sample_weight, reduction)
        return _torch_bce(input, hard, weight, _REDUCTIONS[reduction])
    except _REFUSALS:
        return None


def _weighed(
    each: Tensor, sample: Tensor, reduction: str, target: Tensor | None = None, weight: Tensor | None = None
) -> Tensor | None:
    """Losses that all count times the weights of their samples; a mean is divided by what samples and classes weigh."""
    # Where a sample weighs nothing its loss would have to be a number.
    if not (
        _plain(sample)
        and sample.size() in (each.size(), each.size()[:1])
        and _within(sample, each, 0.0, _LARGEST)
        and _within(each, each, -_LARGEST, _LARGEST)
    ):
        return None
    kind = _REDUCTIONS[reduction]
    if kind == 1:
        total = (sample if weight is None else sample * weight[target]).sum().item()
        if not 0 < abs(total) < _LARGEST:
            return None
        sample = sample / (total * (each.numel() // sample.numel()))
    if kind and each.dim() == 1:
        return torch.dot(each, sample)
    each = each * sample.view(each.size() if sample.dim() > 1 else (-1, *[1] * (each.dim() - 1)))
    return each.sum() if kind else each


def _are_off(extras: Options, off: Options) -> bool:
    """Return whether options are known and off; tensors, and what else has no plain answer, are not."""
    return all(
        name in off and (value is off[name] or (type(value) in (int, float, str) and value == off[name]))
        for name, value in extras.items()
    )


def _takes(input: Tensor, limit: int) -> bool:
    """Return whether the input, which is no subclass, is small and exact on torch's path, and nobody watches."""
    return (
        input.numel() < limit
        and input.dtype in _EXACT
        and input.is_cpu
        and not _is_compiling()
        and _transforms() is None
        and not _modes()
    )


def _plain(other: Tensor) -> bool:
    """Return whether a target or weight is a plain tensor that lies in line and asks for no gradient."""
    return (
        type(other) is Tensor
        and other.is_cpu
        and other.layout is torch.strided
        and other.is_contiguous()
        and not other.requires_grad
    )


def _within(values: Tensor, input: Tensor, low: float, high: float) -> bool:
    """Return whether values of the input's dtype, in line and with their signs, all are in [low, high]."""
    return (
        values.dtype is input.dtype and values.is_contiguous() and not values.is_neg() and cpu.within(values, low, high)
    )


def _beside(weight: Tensor, input: Tensor) -> Tensor:
    """Make a list, an array or numbers of another dtype the weight that the checks make of it."""
    if type(weight) is Tensor and weight.dtype is input.dtype:
        return weight
    return like(real_tensor("weight", weight), input)


def _spreads(weight: Tensor, input: Tensor) -> bool:
    """Return whether a finite weight fits the last axes of the input, without an axis of 1 that would be spread."""
    return (
        _plain(weight)
        and 0 < weight.dim() <= input.dim()
        and weight.shape == input.shape[-weight.dim() :]
        and _within(weight, input, -_LARGEST, _LARGEST)
    )
