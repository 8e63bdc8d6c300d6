"""The divergence of a student from its teacher: (P, C) or (O, C, I) logits of both to one loss per position, or their
sum or mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from ..kernels import empty, registry
from ..kernels.backend import DistillationKernels, DistillationProblem, EarlyGradient, Guess, Results
from ..reference import distillation as formula
from ._early import Early, Gradients, begin
from ._library import operator
from ._loss import Call, Came, Rows, loss


def distillation(student: Tensor, teacher: Tensor, factor: Tensor | None, temperature: float, reduction: str) -> Rows:
    """Losses of laid-out logits, each times its factor, differentiable to any order; by the teacher by the formula."""
    return loss(Distillation(reduction, temperature), student, teacher, factor)


@dataclass
class Distillation(Call):
    """A call of the divergence."""

    reduction: str
    temperature: float
    differentiable, stats = 1, False

    def problem(self, student: Tensor, teacher: Tensor, factor: Tensor | None) -> DistillationProblem:
        return DistillationProblem(student, teacher, factor, self.temperature, self.reduction)

    def formula(self, problem: DistillationProblem) -> tuple[Tensor, Tensor]:
        return formula.distillation(*problem[:4])

    def results(self, problem: DistillationProblem, stats: bool) -> Results:
        return Results.of(problem.student, problem.positions(), self.reduction)

    def early(self, problem: DistillationProblem, needs: Sequence[bool]) -> Early | None:
        return begin("distillation", problem.student, self.reduction, needs)

    def saved(self, problem: DistillationProblem) -> Tensor | None:
        return problem.kept(registry.kept_by_distillation(problem.student.device.type, problem.student.dtype))

    def forward(
        self,
        problem: DistillationProblem,
        results: Results,
        into: Gradients,
        upstream: float,
        guess: Tensor | None = None,
    ) -> None:
        distillation_forward(problem, results, EarlyGradient(into[0], upstream, guess))

    def backward(self, problem: DistillationProblem, came: Came, into: Gradients) -> None:
        if into[0] is not None:
            distillation_backward(problem, came.grad_loss, came.total, came.saved, into[0], came.guess)


def _kernels(problem: DistillationProblem) -> DistillationKernels:
    found: DistillationKernels = registry.kernels("distillation", problem.student.device.type, problem.student.dtype)
    return found


@operator("distillation_forward", "results", "early.into")
def distillation_forward(problem: DistillationProblem, results: Results, early: EarlyGradient) -> None:
    """Fill the results, and the gradient that is asked for."""
    if problem.student.numel():
        _kernels(problem).forward(problem, results, early)
    else:
        empty.fill(results, problem.reduction)


@operator("distillation_backward", "grad_student", "guess.last")
def distillation_backward(
    problem: DistillationProblem,
    grad_loss: Tensor,
    total: Tensor,
    saved: Tensor | None,
    grad_student: Tensor,
    guess: Guess,
) -> None:
    """Fill the gradient."""
    if problem.student.numel():
        _kernels(problem).backward(problem, grad_loss, total, saved, grad_student, guess)
