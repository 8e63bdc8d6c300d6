"""Binary cross entropy: sigmoid_xent.cpp gets its tensors, elementwise over one shape (weights may be expanded)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ...core import checks
from ...core.reduction import spread
from ...core.spec import SigmoidSpec
from ..backend import EarlyGradient, Guess, Results, SigmoidProblem
from . import _kernels
from ._tensors import address, elements, fresh

WRITES_GRADIENT_FORWARD = True
GUESSES_ON_DEVICE = False
# What a forward pass has found in the values it read.
_BAD_TARGET, _BAD_INPUT = 1, 2


def forward(problem: SigmoidProblem, results: Results, early: EarlyGradient) -> None:
    """Fill the results, and in the same pass the gradient that is asked for."""
    (input, target, weight, pos_weight, spec, reduction), (loss, count, _, _) = problem, results
    grad_input, upstream, _ = early
    if reduction == "mean" and grad_input is not None:
        upstream /= _number_that_count(target, spec)
    each = loss if reduction == "none" else None
    sizes, (x, t, w, p, out, grad) = elements(input, target, weight, pos_weight, each, fresh(grad_input))
    total = torch.empty((), dtype=torch.float64)
    sums = address(total), address(count)
    found = _kernels.sigmoid_forward(sizes, x, t, w, p, _options(spec), out, *sums, upstream, grad)
    if found & _BAD_TARGET:
        checks.unit_interval_target(target, spec.ignore_index, weight, reduction)
    if found & _BAD_INPUT:
        checks.unit_interval_input(input)
    if reduction != "none":
        loss.copy_(total if reduction == "sum" else total / count)


def backward(
    problem: SigmoidProblem,
    grad_loss: Tensor,  # the shape of input; () for a sum or mean
    total: Tensor,  # ()
    grad_input: Tensor | None,  # out
    grad_target: Tensor | None,  # out
    guess: Guess,
) -> None:
    """Fill the gradients that are asked for."""
    input, target, weight, pos_weight, spec, reduction = problem
    upstream = spread(grad_loss, total, reduction, input.shape)
    buffers = fresh(grad_input), fresh(grad_target)
    sizes, (x, t, w, p, g, by_x, by_t) = elements(input, target, weight, pos_weight, upstream, *buffers)
    _kernels.sigmoid_backward(sizes, x, t, w, p, _options(spec), g, by_x, by_t)


def _options(spec: SigmoidSpec) -> tuple[bool, bool, float, float, int]:
    ignores = spec.ignore_index is not None
    return spec.logits, ignores, spec.ignore_index or 0.0, spec.label_smoothing, torch.get_num_threads()


def _number_that_count(target: Tensor, spec: SigmoidSpec) -> float:
    counts = spec.counts(target)
    number = target.numel() if counts is None else int(counts.sum())
    return number or math.nan
