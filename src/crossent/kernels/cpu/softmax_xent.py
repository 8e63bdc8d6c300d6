"""Softmax cross entropy: softmax_xent.cpp gets its tensors. Shapes as in the kernels of plain torch."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...core import checks
from ...core.spec import SoftmaxSpec
from . import _kernels
from ._tensors import ABSENT, REDUCTIONS, address, fresh, labels, shape, values

# What a forward pass keeps per position for labels and for probabilities: max and Σ exp(z − max), and the mass of the
# probabilities. Not the lse: at |z| ~ 1e30 that is the max, and the sum is lost.
KEPT = (2, 3)
WRITES_GRADIENT_FORWARD = True
GUESSES_ON_DEVICE = False


def forward(
    logits: Tensor,  # (P, C)
    target: Tensor,  # (P,) or (P, C)
    weight: Tensor | None,  # (C,)
    spec: SoftmaxSpec,
    reduction: str,
    loss: Tensor,  # (P,) out; () for a sum or mean
    total: Tensor,  # () out, float64
    saved: Tensor | None,  # (kept, P) out
    stats: Sequence[Tensor],  # lse, prediction, correct, entropy, each (P,) out; or empty
    upstream: float,
    grad_logits: Tensor | None,  # (P, C) out
) -> None:
    """Fill `loss` with the losses, `total` with the weight of all positions that count, and what is kept.

    With `grad_logits` also the gradient of a sum or mean for an upstream gradient of `upstream`, while the logits are
    in cache.
    """
    target, weight = _side_by_side(target, weight)
    problem = _problem(logits, target, weight, spec, reduction)
    buffers = address(loss), address(total), address(saved)
    addresses = tuple(map(address, stats)) if stats else (0, 0, 0, 0)
    if _kernels.softmax_forward(*problem, *buffers, addresses, upstream, values(fresh(grad_logits))):  # type: ignore[arg-type]
        checks.labels_in_range(target, logits.shape[1], spec.ignore_index)


def backward(
    grad_loss: Tensor,  # (P,); () for a sum or mean
    logits: Tensor,  # (P, C)
    target: Tensor,  # (P,) or (P, C)
    weight: Tensor | None,  # (C,)
    spec: SoftmaxSpec,
    reduction: str,
    total: Tensor,  # ()
    saved: Tensor,  # (kept, P)
    grad_logits: Tensor | None,  # (P, C) out
    grad_target: Tensor | None,  # (P, C) out
) -> None:
    """Fill the gradients that are asked for: one read of the logits, one write each."""
    target, weight = _side_by_side(target, weight)
    problem = _problem(logits, target, weight, spec, reduction)
    grad_loss = grad_loss.contiguous()
    _kernels.softmax_backward(
        *problem,
        address(grad_loss),
        address(total),
        address(saved),
        values(fresh(grad_logits)),
        values(fresh(grad_target)),
    )


_Problem = tuple[
    tuple[int, int, int],
    tuple[int, int, int, int, int],
    tuple[int, int, int, int, int],
    tuple[int, int],
    int,
    tuple[int, float, bool, float, float, int, int],
]


def _side_by_side(target: Tensor, weight: Tensor | None) -> tuple[Tensor, Tensor | None]:
    """Labels and weights without gaps: few beside the logits. Kept by the caller for as long as their addresses are."""
    return (
        target if target.is_floating_point() else target.contiguous(),
        None if weight is None else weight.contiguous(),
    )


def _problem(logits: Tensor, target: Tensor, weight: Tensor | None, spec: SoftmaxSpec, reduction: str) -> _Problem:
    """What both passes read."""
    by_index = not target.is_floating_point()
    options = (
        spec.ignore_index,
        spec.label_smoothing,
        spec.smoothing_weight == "target",
        spec.z_loss,
        spec.softcap or 0.0,
        REDUCTIONS[reduction],
        torch.get_num_threads(),
    )
    probabilities, given_labels = (ABSENT, labels(target)) if by_index else (values(target), (0, 0))
    return shape(logits), values(logits), probabilities, given_labels, address(weight), options
