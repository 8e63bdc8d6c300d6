"""Negative log likelihood: nll.cpp gets its tensors. Shapes as in the kernels of plain torch."""

from __future__ import annotations

import torch
from torch import Tensor

from ...core import checks
from ..backend import NLLProblem, Results
from . import _kernels
from ._tensors import REDUCTIONS, address, fresh, labels, shape, values


def forward(log_p: Tensor, problem: NLLProblem, results: Results) -> None:
    """Fill the results."""
    target, weight, options = _side_by_side(problem)
    if _kernels.nll_forward(
        shape(log_p),
        values(log_p),
        labels(target),
        address(weight),
        *options,
        address(results.loss),
        address(results.total),
    ):
        checks.labels_in_range(target, log_p.shape[1], problem.ignore_index)


def backward(
    problem: NLLProblem,
    grad_loss: Tensor,  # (P,); () for a sum or mean
    total: Tensor,  # ()
    grad_log_p: Tensor,  # (P, C) out
) -> None:
    """Fill the gradient: one write."""
    target, weight, options = _side_by_side(problem)
    grad_loss, out = grad_loss.contiguous(), values(fresh(grad_log_p))
    _kernels.nll_backward(
        shape(grad_log_p), out, labels(target), address(weight), *options, address(grad_loss), address(total)
    )


def _side_by_side(problem: NLLProblem) -> tuple[Tensor, Tensor | None, tuple[int, int, int]]:
    """Labels and weights without gaps, which the caller keeps alive while their addresses are in use; and options."""
    target, weight, ignore_index, reduction = problem
    options = ignore_index, REDUCTIONS[reduction], torch.get_num_threads()
    return target.contiguous(), None if weight is None else weight.contiguous(), options
