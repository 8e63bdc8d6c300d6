"""Log-probabilities, entropy and lse of a linear layer's logits: their gradients, block of rows by block of rows.

The forward pass is that of linear_xent. No gradient of a result per position is known before the backward pass: the
logits of as many rows as the budget lets are kept for it, those of the others are computed again. That is three
products in all where all fit, and four where none do.
"""

from __future__ import annotations

from torch import Tensor

from . import empty, registry
from .backend import NO_GRADIENT, LogprobGradients, LogprobKernels, Results, SoftmaxKernels, SoftmaxProblem
from .linear_problem import Problem
from .linear_products import Gradients, Products


def backward(problem: Problem, saved: Tensor | None, came: LogprobGradients, gradients: Gradients) -> None:
    """Fill the gradients that are asked for."""
    if not problem.logits():
        empty.clear(gradients)
        return
    problem = problem.without_junk()
    plan = problem.plan(gradients.head is not None, by_columns=False)
    products = Products(*problem[:3], plan, problem.options.float32_logits, problem.kept(), gradients)
    kind = products.head.device.type, products.head.dtype
    softmax: SoftmaxKernels = registry.kernels("softmax_xent", *kind)
    logprobs: LogprobKernels = registry.kernels("token_logprobs", *kind)
    for block in products.blocks():
        stayed = saved is not None and block.end() <= len(saved)
        logits = block.of(saved) if saved is not None and stayed else products.logits(block)
        # Saved ones stay for a second backward pass.
        into, target = products.buffer(len(logits)) if stayed else logits, block.of(problem.target)
        given = SoftmaxProblem(logits, target, None, problem.spec, "none", tuple(target.shape))
        results = Results.of(logits, given.positions(), "none")._replace(saved=given.kept(softmax.KEPT))
        if results.saved is not None:
            softmax.forward(given, results, NO_GRADIENT)
        here = LogprobGradients(*(block.of(each).contiguous() for each in came))
        logprobs.backward(given, results.saved, here, into)
        products.add(block, into)
    products.finish()
