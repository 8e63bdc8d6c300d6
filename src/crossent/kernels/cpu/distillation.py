"""The divergence of a student from its teacher: distillation.cpp gets its tensors."""

from __future__ import annotations

import torch
from torch import Tensor

from ..backend import DistillationProblem, EarlyGradient, Guess, Results
from . import _kernels
from ._tensors import REDUCTIONS, address, fresh, shape, values

# Max and Σ exp(z − max) − 1, of the student and of the teacher.
KEPT = 4
WRITES_GRADIENT_FORWARD = True
GUESSES_ON_DEVICE = False


def forward(problem: DistillationProblem, results: Results, early: EarlyGradient) -> None:
    """Fill the results, and the gradient that is asked for, while the logits are in cache."""
    factor = None if problem.factor is None else problem.factor.contiguous()
    loss, total, _, saved = results
    _kernels.distillation_forward(
        *_plain(problem, factor), address(loss), address(total), address(saved), early.upstream,
        values(fresh(early.into)),
    )  # fmt: skip


def backward(
    problem: DistillationProblem,
    grad_loss: Tensor,  # (P,); () for a sum or mean
    total: Tensor,  # ()
    saved: Tensor | None,  # (4, P)
    grad_student: Tensor,  # (P, C) out, which may be the student's logits
    guess: Guess,
) -> None:
    """Fill the gradient: one read of both, one write."""
    factor = None if problem.factor is None else problem.factor.contiguous()
    grad_loss = grad_loss.contiguous()
    _kernels.distillation_backward(
        *_plain(problem, factor), address(grad_loss), address(total), address(saved), values(fresh(grad_student))
    )


_Plain = tuple[
    tuple[int, int, int], tuple[int, int, int, int, int], tuple[int, int, int, int, int], int, float, int, int
]


def _plain(problem: DistillationProblem, factor: Tensor | None) -> _Plain:
    student, teacher = problem.student, problem.teacher
    options = address(factor), problem.temperature, REDUCTIONS[problem.reduction], torch.get_num_threads()
    return shape(student), values(student), values(teacher), *options
