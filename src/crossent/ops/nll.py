"""The negative log likelihood operator: (P, C) or (O, C, I) log-probabilities to a loss per position, or reduced."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ..kernels import empty, registry
from ..kernels.backend import NLLKernels, NLLProblem, Results
from ..reference import nll as formula
from ._early import Gradients
from ._library import operator
from ._loss import Call, Came, Rows, loss


def nll(log_p: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str) -> Rows:
    """The losses, their sum or mean, and the 0-d weight of all positions that count; differentiable to any order."""
    return loss(_NLL(ignore_index, reduction), log_p, target, weight)


# The log-probabilities, and the rest.
_Problem = tuple[Tensor, NLLProblem]


@dataclass
class _NLL(Call):
    ignore_index: int
    reduction: str
    differentiable, stats = 1, False

    def problem(self, log_p: Tensor, target: Tensor, weight: Tensor | None) -> _Problem:
        return log_p, NLLProblem(target, weight, self.ignore_index, self.reduction)

    def formula(self, problem: _Problem) -> tuple[Tensor, Tensor]:
        log_p, (target, weight, ignore_index, _) = problem
        return formula.nll(log_p, target, weight, ignore_index)

    def results(self, problem: _Problem, stats: bool) -> Results:
        shape = problem[0].shape
        return Results.of(problem[0], shape[:1] + shape[2:], self.reduction)

    def forward(
        self, problem: _Problem, results: Results, into: Gradients, upstream: float, guess: Tensor | None = None
    ) -> None:
        nll_forward(*problem, results)

    def backward(self, problem: _Problem, came: Came, into: Gradients) -> None:
        nll_backward(problem[1], came.grad_loss, came.total, into[0])


def _kernels(log_p: Tensor) -> NLLKernels:
    found: NLLKernels = registry.kernels("nll", log_p.device.type, log_p.dtype)
    return found


@operator("nll_forward", "results")
def nll_forward(log_p: Tensor, problem: NLLProblem, results: Results) -> None:
    """Fill the results."""
    if log_p.numel():
        _kernels(log_p).forward(log_p, problem, results)
        registry.watch_labels(problem.target, log_p.shape[1], problem.ignore_index)
    else:
        empty.require_ignored(problem.target, problem.ignore_index)
        empty.fill(results, problem.reduction)


# Without the log-probabilities: a compiled graph need not keep them for this.
@operator("nll_backward", "grad_log_p")
def nll_backward(problem: NLLProblem, grad_loss: Tensor, total: Tensor, grad_log_p: Tensor) -> None:
    """Fill the gradient."""
    if grad_log_p.numel():
        _kernels(grad_log_p).backward(problem, grad_loss, total, grad_log_p)
