"""Softmax cross entropy: softmax_xent.cpp gets its tensors. Shapes as in the kernels of plain torch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ...core import checks
from ...core.labels import absent
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
    if not _kernels.softmax_forward(*plain, *buffers, addresses, early.upstream, grad, **more):  # type: ignore[arg-type]
        return
    classes = problem.logits.shape[1]
    if problem.ids is None:
        checks.labels_in_range(problem.target, classes, problem.spec.ignore_index)
    else:
        void = absent(problem.target)
        void = void if problem.factor is None else void | (problem.factor == 0)
        raise checks.listed_error(problem.ids, void, classes) or AssertionError


def backward(
    problem: SoftmaxProblem,
    grad_loss: Tensor,  # (P,); () for a sum or mean
    total: Tensor,  # ()
    saved: Tensor | None,  # (numbers, P)
    grad_logits: Tensor | None,  # (P, C) out
    grad_target: Tensor | None,  # (P, C) or (P, K) out
    guess: Guess,
) -> None:
    """Fill the gradients that are asked for: one read of the logits, one write each."""
    plain, more, _alive = arguments(problem)
    grad_loss = grad_loss.contiguous()
    came = address(grad_loss), address(total), address(saved), values(fresh(grad_logits))
    if problem.ids is None or grad_target is None:
        _kernels.softmax_backward(*plain, *came, values(fresh(grad_target)), **more)
        return
    # The kernel writes the gradients of a position's list side by side.
    listed = torch.empty_like(grad_target.movedim(1, -1), memory_format=torch.contiguous_format)
    _kernels.softmax_backward(*plain, *came, ABSENT, **more, grad_masses=address(listed))
    grad_target.copy_(listed.movedim(-1, 1))


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

    The caller keeps the last for as long as the kernel runs: what has no gaps may be a copy.
    """
    logits, target, weight, spec, reduction, _, factor, ids, base = problem
    alive = [None if t is None else t.contiguous() for t in (weight, factor, base)]
    weight, factor, base = alive
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
    probabilities, given_labels = ABSENT, (0, 0)
    if ids is not None:
        ids, target = _side_by_side(ids, -1), _side_by_side(target, 0)
        more["listed"] = ids.data_ptr(), ids.shape[-1], target.data_ptr(), address(base)
    elif target.is_floating_point():
        probabilities = values(target)
    else:
        target = target.contiguous()
        given_labels = labels(target)
    plain = shape(logits), values(logits), probabilities, given_labels, address(weight), options
    return plain, more, (target, ids, alive)


def _side_by_side(tensor: Tensor, nothing: int) -> Tensor:
    """(O, K, I) as (O, I, K) without gaps; with one entry that is nothing for a K of 0, which has no address."""
    tensor = tensor.movedim(1, -1).contiguous()
    return tensor if tensor.shape[-1] else tensor.new_full((*tensor.shape[:-1], 1), nothing)
