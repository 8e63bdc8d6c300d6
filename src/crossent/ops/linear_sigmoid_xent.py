"""The binary cross entropy of a linear layer's scores, without the (N, C) scores or a dense target."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ..core.linear_options import LinearOptions
from ..core.sample_weight import with_factor
from ..core.spec import SigmoidSpec
from ..kernels import linear_sigmoid_xent as kernels
from ..kernels.backend import Results
from ..kernels.linear_products import Gradients
from ..kernels.linear_sigmoid_xent import Problem
from ..reference import sigmoid_xent as formula
from ._early import Gradients as Buffers
from ._library import operator
from ._linear import LinearCall, logits_of
from ._loss import Came, Rows, loss


def linear_sigmoid_xent(
    input: Tensor,  # (N, D)
    linear_weight: Tensor,  # (C, D)
    linear_bias: Tensor | None,  # (C,)
    target: Tensor,  # (N, C), or (N, K) labels
    weight: Tensor | None,  # (N, C), expanded
    pos_weight: Tensor | None,  # (N, C), expanded
    factor: Tensor | None,  # (N, 1) or (N, C)
    spec: SigmoidSpec,
    by_labels: bool,
    options: LinearOptions,
    reduction: str,
) -> Rows:
    """The losses of `input @ linear_weight.T + linear_bias`, their sum or mean, and the 0-d number that count."""
    call = _LinearSigmoid(reduction, options, spec, by_labels)
    return loss(call, input, linear_weight, linear_bias, target, weight, pos_weight, factor)


@dataclass
class _LinearSigmoid(LinearCall):
    spec: SigmoidSpec
    by_labels: bool
    operator = "linear_sigmoid_xent"
    differentiable, stats = 3, False

    def problem(
        self,
        input: Tensor,
        head: Tensor,
        bias: Tensor | None,
        target: Tensor,
        weight: Tensor | None,
        pos_weight: Tensor | None,
        factor: Tensor | None,
    ) -> Problem:
        weights = weight, pos_weight, factor
        return Problem(input, head, bias, target, *weights, self.spec, self.by_labels, self.options, self.reduction)

    def formula(self, problem: Problem) -> tuple[Tensor, Tensor]:
        target = kernels.dense(problem.target, problem.head.shape[0]) if self.by_labels else problem.target
        scores = logits_of(problem)
        target, weight = with_factor(problem.factor, scores, target, problem.weight, self.spec)
        return formula.sigmoid_xent(scores, target, weight, problem.pos_weight, self.spec)

    def results(self, problem: Problem, stats: bool) -> Results:
        return Results.of(problem.input, (problem.input.shape[0], problem.head.shape[0]), self.reduction)

    def forward(
        self, problem: Problem, results: Results, into: Buffers, upstream: float, guess: Tensor | None = None
    ) -> None:
        linear_sigmoid_xent_forward(problem, results, upstream, Gradients(*into))

    def backward(self, problem: Problem, came: Came, into: Buffers) -> None:
        linear_sigmoid_xent_backward(problem, came.grad_loss, came.total, Gradients(*into))


linear_sigmoid_xent_forward = operator("linear_sigmoid_xent_forward", "results", "gradients")(kernels.forward)
linear_sigmoid_xent_backward = operator("linear_sigmoid_xent_backward", "gradients")(kernels.backward)
