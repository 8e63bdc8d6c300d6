"""The binary cross entropy operator: elementwise losses, or their sum or mean without the N×C losses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..core.spec import SigmoidSpec
from ..kernels import empty, registry
from ..kernels.backend import EarlyGradient, Guess, Results, SigmoidKernels, SigmoidProblem
from ..reference import sigmoid_xent as formula
from ._early import Early, Gradients, begin
from ._library import operator
from ._loss import Call, Came, Rows, loss


def sigmoid_xent(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None,
    pos_weight: Tensor | None,
    spec: SigmoidSpec,
    reduction: str,
) -> Rows:
    """The losses, their sum or mean, and the 0-d number that count; weights have the shape of input."""
    return loss(_Sigmoid(spec, reduction), input, target, weight, pos_weight)


@dataclass
class _Sigmoid(Call):
    spec: SigmoidSpec
    reduction: str
    differentiable, stats = 2, False

    def problem(
        self, input: Tensor, target: Tensor, weight: Tensor | None, pos_weight: Tensor | None
    ) -> SigmoidProblem:
        return SigmoidProblem(input, target, weight, pos_weight, self.spec, self.reduction)

    def formula(self, problem: SigmoidProblem) -> tuple[Tensor, Tensor]:
        return formula.sigmoid_xent(*problem[:5])

    def results(self, problem: SigmoidProblem, stats: bool) -> Results:
        results = Results.of(problem.input, (), self.reduction)
        if self.reduction == "none":
            results = results._replace(loss=torch.empty_like(problem.input, dtype=results.loss.dtype))
        return results

    def early(self, problem: SigmoidProblem, needs: Sequence[bool]) -> Early | None:
        return begin("sigmoid_xent", problem.input, self.reduction, needs)

    def forward(
        self,
        problem: SigmoidProblem,
        results: Results,
        into: Gradients,
        upstream: float,
        guess: Tensor | None = None,
    ) -> None:
        sigmoid_xent_forward(problem, results, EarlyGradient(into[0], upstream, guess))

    def backward(self, problem: SigmoidProblem, came: Came, into: Gradients) -> None:
        sigmoid_xent_backward(problem, came.grad_loss, came.total, *into, came.guess)


def _kernels(input: Tensor) -> SigmoidKernels:
    found: SigmoidKernels = registry.kernels("sigmoid_xent", input.device.type, input.dtype)
    return found


@operator("sigmoid_xent_forward", "results", "early.into")
def sigmoid_xent_forward(problem: SigmoidProblem, results: Results, early: EarlyGradient) -> None:
    """Fill the results, and the gradient that is asked for."""
    if problem.input.numel():
        _kernels(problem.input).forward(problem, results, early)
    else:
        empty.fill(results, problem.reduction)


@operator("sigmoid_xent_backward", "grad_input", "grad_target", "guess.last")
def sigmoid_xent_backward(
    problem: SigmoidProblem,
    grad_loss: Tensor,
    total: Tensor,
    grad_input: Tensor | None,
    grad_target: Tensor | None,
    guess: Guess,
) -> None:
    """Fill the gradients that are asked for."""
    if problem.input.numel():
        _kernels(problem.input).backward(problem, grad_loss, total, grad_input, grad_target, guess)
