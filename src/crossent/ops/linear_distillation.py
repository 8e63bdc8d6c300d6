"""The divergence of a linear layer's logits from a teacher's, without the (N, C) logits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..core.linear_options import LinearOptions
from ..kernels import linear_distillation as kernels
from ..kernels.backend import Results
from ..kernels.linear_distillation import Problem
from ..kernels.linear_products import Gradients
from ..reference import distillation as formula
from ._early import Gradients as Buffers
from ._library import operator
from ._linear import LinearCall, logits_of
from ._loss import Came, Rows, loss


def linear_distillation(
    input: Tensor,  # (N, D)
    linear_weight: Tensor,  # (C, D)
    linear_bias: Tensor | None,  # (C,)
    teacher: Sequence[Tensor | None],  # (N, C) logits, or (N, E) features, (C, E) head and (C,) bias
    factor: Tensor | None,  # (N,)
    temperature: float,
    options: LinearOptions,
    reduction: str,
) -> Rows:
    """Losses of `input @ linear_weight.T + linear_bias`, each times its factor, differentiable to any order."""
    call = _LinearDistillation(reduction, options, temperature)
    return loss(call, input, linear_weight, linear_bias, *teacher, factor)


@dataclass
class _LinearDistillation(LinearCall):
    temperature: float
    operator = "linear_distillation"
    differentiable, stats = 3, False

    def problem(
        self,
        input: Tensor,
        head: Tensor,
        bias: Tensor | None,
        teacher: Tensor,
        teacher_head: Tensor | None,
        teacher_bias: Tensor | None,
        factor: Tensor | None,
    ) -> Problem:
        theirs = teacher, teacher_head, teacher_bias
        return Problem(input, head, bias, *theirs, factor, self.temperature, self.options, self.reduction)

    def formula(self, problem: Problem) -> tuple[Tensor, Tensor]:
        teacher = problem.teacher
        if problem.teacher_head is not None:
            teacher = torch.nn.functional.linear(teacher, problem.teacher_head, problem.teacher_bias)
        return formula.distillation(logits_of(problem), teacher, problem.factor, problem.temperature)

    def results(self, problem: Problem, stats: bool) -> Results:
        return Results.of(problem.input, problem.input.shape[:1], self.reduction)

    def forward(
        self, problem: Problem, results: Results, into: Buffers, upstream: float, guess: Tensor | None = None
    ) -> None:
        linear_distillation_forward(problem, results, upstream, Gradients(*into))

    def backward(self, problem: Problem, came: Came, into: Buffers) -> None:
        linear_distillation_backward(problem, came.grad_loss, came.total, Gradients(*into))


linear_distillation_forward = operator("linear_distillation_forward", "results", "gradients")(kernels.forward)
linear_distillation_backward = operator("linear_distillation_backward", "gradients")(kernels.backward)
