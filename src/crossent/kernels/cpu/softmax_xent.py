"""Softmax cross entropy: softmax_xent.cpp gets its tensors. Shapes as in the kernels of plain torch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ...core import checks
from ..backend import EarlyGradient, Guess, Results, SoftmaxProblem
from . import _kernels
from ._tensors import ABSENT, REDUCTIONS, address, fresh, labels, shape, values

# What a forward pass keeps per position for labels and for probabilities: max and Σ exp(z − max) − 1, and the mass of
# the probabilities. Not the lse: at |z| ~ 1e30 that is the max, and the sum is lost.
KEPT = (2, 3)
KEEPS_STATE = True
WRITES_GRADIENT_FORWARD = True
GUESSES_ON_DEVICE = REPORTS_LABELS = False


def forward(problem: SoftmaxProblem, results: Results, early: EarlyGradient) -> None:
    """Fill the results, and the gradient that is asked for, while the logits are in cache."""
    plain, more, _alive = arguments(problem)
    loss, total, stats, saved = results
    buffers = address(loss), address(total), address(saved)
    addresses = tuple(map(address, stats)) if stats else (0, 0, 0, 0)
    grad = values(fresh(early.into))
    if _kernels.softmax_forward(*plain, *buffers, addresses, early.upstream, grad, **more):  # type: ignore[arg-type]
        checks.labels_in_range(problem.target, problem.logits.shape[1], problem.spec.ignore_index)


def backward(
    problem: SoftmaxProblem,
    grad_loss: Tensor,  # (P,); () for a sum or mean
    total: Tensor,  # ()
    saved: Tensor | None,  # (numbers, P)
    grad_logits: Tensor | None,  # (P, C) out
    grad_target: Tensor | None,  # (P, C) out
    guess: Guess,
) -> None:
    """Fill the gradients that are asked for: one read of the logits, one write each."""
    plain, more, _alive = arguments(problem)
    grad_loss = grad_loss.contiguous()
    _kernels.softmax_backward(
        *plain,
        address(grad_loss),
        address(total),
        address(saved),
        values(fresh(grad_logits)),
        values(fresh(grad_target)),
        **more,
    )


_Problem = tuple[
    tuple[int, int, int],
    tuple[int, int, int, int, int],
    tuple[int, int, int, int, int],
    tuple[int, int],
    int,
    tuple[int, float, bool, float, float, int, int],
]


def arguments(problem: SoftmaxProblem) -> tuple[_Problem, dict[str, Any], Any]:
    """The problem in plain numbers; arguments that few calls have; and the tensors whose addresses are among these.

    The caller keeps the last for as long as the kernel runs: labels, weights and factors without gaps may be copies.
    """
    logits, target, weight, spec, reduction, _, factor, *_ = problem
    by_index = not target.is_floating_point()
    target = target.contiguous() if by_index else target
    weight = None if weight is None else weight.contiguous()
    factor = None if factor is None else factor.contiguous()
    options = (
        spec.ignore_index,
        spec.label_smoothing,
        spec.smoothing_weight == "target",
        spec.z_loss,
        spec.transform.softcap or 0.0,
        REDUCTIONS[reduction],
        torch.get_num_threads(),
    )
    more: dict[str, Any] = {} if factor is None else {"factors": factor.data_ptr()}
    if spec.transform.temperature != 1.0:
        more["temperature"] = spec.transform.temperature
    probabilities, given_labels = (ABSENT, labels(target)) if by_index else (values(target), (0, 0))
    plain = shape(logits), values(logits), probabilities, given_labels, address(weight), options
    return plain, more, (target, weight, factor)
