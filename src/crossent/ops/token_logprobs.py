"""The log-probabilities of the targets, entropy and lse: three results per position, all of them differentiable.

The forward pass is that of the cross entropy, whose stats they are; the backward pass has kernels of its own.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..core.labels import equal_to
from ..core.linear_options import LinearOptions
from ..core.spec import SoftmaxSpec
from ..kernels import linear_token_logprobs as linear
from ..kernels import registry
from ..kernels.backend import LogprobGradients, LogprobKernels, Results, SoftmaxProblem
from ..kernels.linear_problem import Problem
from ..kernels.linear_products import Gradients
from ..reference import token_logprobs as formula
from ._autograd import backward_wants_formula, gradient_of_formula, under_grad_mode, wants_formula
from ._early import Gradients as Buffers
from ._library import operator
from .linear_xent import LinearSoftmax
from .softmax_xent import Softmax

Logprobs = tuple[Tensor, Tensor, Tensor]  # log p_y, entropy, lse


def token_logprobs(logits: Tensor, target: Tensor, spec: SoftmaxSpec, places: tuple[int, ...]) -> Logprobs:
    """Those of laid-out logits against index targets, differentiable to any order."""
    return _apply(_OfLogits(spec, "none", True, places, False), logits, target)


def linear_token_logprobs(
    input: Tensor,  # (N, D)
    linear_weight: Tensor,  # (C, D)
    linear_bias: Tensor | None,  # (C,)
    target: Tensor,  # (N,)
    spec: SoftmaxSpec,
    options: LinearOptions,
) -> Logprobs:
    """Those of `input @ linear_weight.T + linear_bias`, differentiable to any order."""
    call = _OfLayer("none", options, spec, (linear_weight.shape[0],), True)
    return _apply(call, input, linear_weight, linear_bias, target)


class _OfLogits(Softmax):
    def results_by_formula(self, problem: SoftmaxProblem) -> Logprobs:
        return formula.token_logprobs(problem.logits, problem.target, self.spec)

    def gradient(self, problem: SoftmaxProblem, saved: Tensor | None, came: LogprobGradients, into: Buffers) -> None:
        if into[0] is not None:
            token_logprobs_backward(problem, saved, came, into[0])


class _OfLayer(LinearSoftmax):
    def results_by_formula(self, problem: Problem) -> Logprobs:
        return formula.token_logprobs(self.logits(problem), problem.target, self.spec)

    def saved(self, problem: Problem) -> Tensor | None:
        return problem.room()

    def gradient(self, problem: Problem, saved: Tensor | None, came: LogprobGradients, into: Buffers) -> None:
        linear_token_logprobs_backward(problem, saved, came, Gradients(*into[:3]))


def _apply(call: Any, *tensors: Tensor | None) -> Logprobs:
    if wants_formula(*tensors):
        found: Logprobs = call.results_by_formula(call.problem(*tensors, None, None))
        return found
    result: Logprobs = _Logprobs.apply(call, *under_grad_mode(*tensors))  # type: ignore[no-untyped-call]
    return result


class _Logprobs(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, call: Any, *tensors: Tensor | None) -> Any:
        problem = call.problem(*tensors, None, None)
        results = call.results(problem, True)
        if any(ctx.needs_input_grad):
            results = Results(results.loss, results.total, results.stats, call.saved(problem))
        call.forward(problem, results, [None] * call.differentiable, 1.0)
        lse, _, _, entropy = results.stats
        ignored = equal_to(problem.target, call.spec.ignore_index)
        entropy = entropy.masked_fill(ignored, 0.0)
        ctx.save_for_backward(*tensors, results.saved, entropy)
        ctx.call = call
        return -results.loss, entropy, lse.masked_fill(ignored, 0.0)

    @staticmethod
    def backward(ctx: Any, by_logprob: Tensor, by_entropy: Tensor, by_lse: Tensor) -> Any:
        call, (*tensors, saved, entropy) = ctx.call, ctx.saved_tensors
        leaves, target = tensors[:-1], tensors[-1]
        needs = ctx.needs_input_grad[1 : 1 + len(leaves)]
        came = by_logprob, by_entropy, by_lse = [g.resolve_neg() for g in (by_logprob, by_entropy, by_lse)]
        if any(backward_wants_formula(each, tensors[0]) for each in came):

            def results_of(*leaves: Tensor | None) -> Logprobs:
                results: Logprobs = call.results_by_formula(call.problem(*leaves, target, None, None))
                return results

            grads = gradient_of_formula(results_of, leaves, needs, came)
        else:
            grads = list(call.buffers(tensors, (*needs, False)))[: len(leaves)]
            gradients = LogprobGradients(-by_logprob, entropy, by_entropy, by_lse)
            call.gradient(call.problem(*tensors, None, None), saved, gradients, grads)
        return None, *grads, None


@operator("token_logprobs_backward", "grad_logits")
def token_logprobs_backward(
    problem: SoftmaxProblem, saved: Tensor | None, came: LogprobGradients, grad_logits: Tensor
) -> None:
    """Fill the gradient."""
    logits = problem.logits
    if logits.numel():
        kernels: LogprobKernels = registry.kernels("token_logprobs", logits.device.type, logits.dtype)
        kernels.backward(problem, saved, came, grad_logits)


linear_token_logprobs_backward = operator("linear_token_logprobs_backward", "gradients")(linear.backward)
