"""The one path through torch's own losses: inputs too small to pay for a Python autograd function.

At (32, 10) torch's fused composite takes as long as entering `autograd.Function` does, and while logits stay in cache
its extra passes are cheap. Taken only where it computes the very same: float32 and float64 on the CPU, no option beyond
torch's, class indices.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..core import checks
from ..core.values import readable
from ..kernels import cpu
from ..kernels.registry import LONG_ROWS as LONG_ROWS
from ..kernels.registry import SMALL as SMALL
from ._autograd import wants_formula

_torch_cross_entropy, _torch_nll_loss = F.cross_entropy, F.nll_loss
_torch_bce_with_logits, _torch_bce = F.binary_cross_entropy_with_logits, F.binary_cross_entropy

_PLAIN_TENSORS, _EXACT = (Tensor, torch.nn.Parameter), (torch.float32, torch.float64)


def fits(input: Tensor, *others: Tensor | None) -> bool:
    """Return whether the tensors are small, exact on torch's path, and no gradient flows to the others."""
    return (
        input.numel() < SMALL
        and input.dtype in (torch.float32, torch.float64)
        and input.device.type == "cpu"
        and readable(input, *others)
        and not any(t is not None and t.requires_grad for t in others)
        and not wants_formula(input, *others)
    )


def has_zero(weight: Tensor | None) -> bool:
    """Return whether a class weighs nothing: there torch takes 0 · (−inf) for NaN."""
    return weight is not None and bool((weight == 0).any())


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None,
    ignore_index: int,
    reduction: str,
    label_smoothing: float,
) -> Tensor | None:
    """Torch's own, of few (N, C) logits and int64 labels that all count; None for every other call.

    It comes before all checks, which take as long as the loss itself: what torch refuses is left to them.
    """
    if (
        weight is not None
        or type(input) not in _PLAIN_TENSORS
        or type(target) is not Tensor
        or input.dtype not in _EXACT
        or input.numel() >= SMALL
        or not (input.is_cpu and target.is_cpu)
        or target.dtype != torch.int64
        or not target.is_contiguous()
        or input.dim() != 2
        or input.shape[1] >= LONG_ROWS
        or torch.compiler.is_compiling()
        or torch._C._functorch.peek_interpreter_stack() is not None
        or torch._C._len_torch_dispatch_stack()
    ):
        return None
    try:
        # What an ignored row holds, NaN included, must not reach the gradient, as torch lets it (pytorch#11551).
        if cpu.holds(target, ignore_index):
            return None
        return _torch_cross_entropy(
            input, target, None, None, ignore_index, None, reduction, label_smoothing=label_smoothing
        )
    except (RuntimeError, IndexError, ValueError, TypeError):
        return None


def nll_loss(input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str) -> Tensor:
    """Torch's own, of (C,), (N, C) or (N, C, …) log-probabilities."""
    return _torch_nll_loss(input, target.long(), weight, ignore_index=ignore_index, reduction=reduction)


def bce_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None, pos_weight: Tensor | None, reduction: str
) -> Tensor:
    """Torch's own, of scores, after the check of the targets that torch leaves out."""
    if not checks.in_unit_interval(target):
        checks.unit_interval_target(target, None, weight, reduction)
    return _torch_bce_with_logits(input, target.to(input.dtype), weight, reduction=reduction, pos_weight=pos_weight)


def bce(input: Tensor, target: Tensor, weight: Tensor | None, reduction: str) -> Tensor | None:
    """Torch's own, of probabilities; crossent's words when it refuses a value, None where torch would refuse more."""
    if not checks.in_unit_interval(target):
        checks.unit_interval_target(target, None, weight, reduction)
        return None
    if not checks.in_unit_interval(input):
        checks.unit_interval_input(input)
    return _torch_bce(input, target.to(input.dtype), weight, reduction=reduction)
