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
from ..core.labels import equal_to
from ..kernels.registry import SMALL
from ._autograd import wants_formula

_torch_cross_entropy, _torch_nll_loss = F.cross_entropy, F.nll_loss
_torch_bce_with_logits, _torch_bce = F.binary_cross_entropy_with_logits, F.binary_cross_entropy


def fits(input: Tensor, *others: Tensor | None) -> bool:
    """Whether the tensors are small, exact on torch's path, and no gradient flows to the others."""
    return (
        input.numel() < SMALL
        and input.dtype in (torch.float32, torch.float64)
        and input.device.type == "cpu"
        and not torch.compiler.is_compiling()
        and not any(t is not None and t.requires_grad for t in others)
        and not wants_formula(input, *others)
    )


def has_zero(weight: Tensor | None) -> bool:
    """Whether a class weighs nothing, where torch takes 0 · (−inf) for NaN."""
    return weight is not None and bool((weight == 0).any())


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None,
    ignore_index: int,
    reduction: str,
    label_smoothing: float,
) -> Tensor:
    """Torch's own, of (C,), (N, C) or (N, C, …) logits and class indices."""
    ignored = equal_to(target, ignore_index)
    if bool(ignored.any()):
        # What an ignored position holds, NaN included, must not reach the gradient, as torch lets it (pytorch#11551).
        input = input.masked_fill(ignored.unsqueeze(min(1, input.dim() - 1)), 0.0)
    return _torch_cross_entropy(
        input,
        target.long(),
        weight,
        ignore_index=ignore_index,
        reduction=reduction,
        label_smoothing=label_smoothing,
    )


def nll_loss(input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str) -> Tensor:
    """Torch's own, of (C,), (N, C) or (N, C, …) log-probabilities."""
    return _torch_nll_loss(input, target.long(), weight, ignore_index=ignore_index, reduction=reduction)


def bce_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None, pos_weight: Tensor | None, reduction: str
) -> Tensor:
    """Torch's own, of scores, after the check of the targets that torch leaves out."""
    if not checks.in_unit_interval(target):
        checks.unit_interval_target(target, None)
    return _torch_bce_with_logits(input, target.to(input.dtype), weight, reduction=reduction, pos_weight=pos_weight)


def bce(input: Tensor, target: Tensor, weight: Tensor | None, reduction: str) -> Tensor:
    """Torch's own, of probabilities; xent's words when it refuses a value."""
    if not checks.in_unit_interval(target):
        checks.unit_interval_target(target, None)
    if not checks.in_unit_interval(input):
        checks.unit_interval_input(input)
    return _torch_bce(input, target.to(input.dtype), weight, reduction=reduction)
