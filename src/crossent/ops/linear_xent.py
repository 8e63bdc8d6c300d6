"""The linear cross entropy operator: (N, D) features and a (C·I, D) head to losses, without the (N, C·I) logits."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ..core.linear_options import LinearOptions
from ..core.spec import SoftmaxSpec
from ..core.target import LaidOut
from ..kernels import linear_xent as kernels
from ..kernels.backend import Results
from ..kernels.linear_problem import Problem
from ..kernels.linear_products import Gradients
from ..reference import softmax_xent as formula
from ._early import Gradients as Buffers
from ._library import operator
from ._linear import LinearCall, logits_of
from ._loss import Came, Rows, loss


def linear_xent(
    input: Tensor,  # (N, D)
    linear_weight: Tensor,  # (C·I, D)
    linear_bias: Tensor | None,  # (C·I,)
    given: LaidOut,  # (N,) or (N, I) indices, (N, C) or (N, C, I) probabilities, (N, K) or (N, K, I) masses
    factor: Tensor | None,  # (N,) or (N, I)
    shape: tuple[int, ...],  # (C,) or (C, I): how the columns of the logits are laid out
    options: LinearOptions,
    reduction: str,
    stats: bool,
) -> Rows:
    """Losses of `input @ linear_weight.T + linear_bias`, each times its factor, differentiable to any order."""
    call = LinearSoftmax(reduction, options, given.spec, shape, stats)
    target, ids, base, weight, _ = given
    return loss(call, input, linear_weight, linear_bias, target, weight, factor, ids, base)


@dataclass
class LinearSoftmax(LinearCall):
    """A call of the linear cross entropy."""

    spec: SoftmaxSpec
    shape: tuple[int, ...]
    stats: bool
    operator = "linear_xent"
    differentiable = 4

    def problem(
        self,
        input: Tensor,
        head: Tensor,
        bias: Tensor | None,
        target: Tensor,
        weight: Tensor | None,
        factor: Tensor | None,
        ids: Tensor | None = None,
        base: Tensor | None = None,
    ) -> Problem:
        shape = tuple(self.shape)
        tensors = input, head, bias, target, weight, factor, ids, base
        return Problem(*tensors, self.spec, shape, self.options, self.reduction)

    def formula(self, problem: Problem) -> tuple[Tensor, Tensor]:
        logits = self.logits(problem)
        options = self.spec, problem.factor, problem.ids, problem.base
        return formula.softmax_xent(logits, problem.target, problem.weight, *options)

    def stats_by_formula(self, problem: Problem) -> tuple[Tensor, ...]:
        return formula.softmax_stats(self.logits(problem), problem.target, self.spec, problem.factor)

    def logits(self, problem: Problem) -> Tensor:
        """All logits, for the formulas."""
        logits: Tensor = logits_of(problem).unflatten(1, self.shape)
        return logits

    def results(self, problem: Problem, stats: bool) -> Results:
        return Results.of(problem.input, problem.input.shape[:1] + self.shape[1:], self.reduction, stats)

    def forward(
        self, problem: Problem, results: Results, into: Buffers, upstream: float, guess: Tensor | None = None
    ) -> None:
        linear_xent_forward(problem, results, upstream, Gradients(*into[:3]))

    def backward(self, problem: Problem, came: Came, into: Buffers) -> None:
        linear_xent_backward(problem, came.grad_loss, came.total, Gradients(*into[:3]), into[3])


linear_xent_forward = operator("linear_xent_forward", "results", "gradients")(kernels.forward)
linear_xent_backward = operator("linear_xent_backward", "gradients", "grad_target")(kernels.backward)
