"""Linear cross entropy, block of rows by block of rows: the logits of one block exist at a time.

Forward   logits = x · Wᵀ + b, then the softmax kernel of the device; for a sum or mean it turns them into their
          gradient G where they stand, and dX = G · W, dW += Gᵀ · x, db += ΣG follow at once: three products in all.
Backward  only where the forward pass could not know the upstream gradient (a loss per position), or for a second one:
          the logits are computed again.

N rows, D features, C classes, I positions per row; K = C · I columns.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..core.dtypes import count_dtype
from ..core.reduction import spread
from . import empty, linear_columns, registry
from .backend import NO_GRADIENT, NO_GUESS, EarlyGradient, Results, SoftmaxKernels, SoftmaxProblem
from .linear_problem import Problem
from .linear_products import Block, Gradients, Products


def forward(problem: Problem, results: Results, upstream: float, gradients: Gradients) -> None:
    """Fill the results, and for a sum or mean the gradients that are asked for, times `upstream`.

    What is saved of losses and stats alone is the logits of as many rows as there is room for.
    """
    (loss, total, stats, room), reduction = results, problem.reduction
    if not problem.shape[0]:
        empty.require_ignored(problem.target, problem.spec.ignore_index)
    if not problem.logits():
        empty.clear(gradients)
        empty.fill(results, reduction)
        return
    problem = problem.without_junk()
    kept = None if stats else problem.kept()
    plan = problem.plan(gradients.head is not None, by_columns=True)
    # What the logits' gradients are multiplied by. On a GPU nothing waits for the total, and no label is looked up
    # before the kernel has checked it: there all gradients are multiplied afterwards.
    later = reduction == "mean" and total.device.type != "cpu"
    scale = upstream
    if reduction == "mean" and gradients.wanted():
        scale = 1.0 if later else float(upstream / problem.total())
    if gradients.wanted() and plan.columns is not None:
        lse = linear_columns.losses(problem, plan, results)
        g = loss.new_full(problem.target.shape[:1], scale)
        linear_columns.gradients(problem, plan, lse, g, gradients)
        _scale_gradients(gradients, upstream / total if later else None)
        return
    products = Products(*problem[:3], plan, problem.options.float32_logits, kept, gradients)
    softmax = _Softmax(problem, products)
    sums = loss.new_zeros((), dtype=count_dtype(loss.device)), torch.zeros_like(total)
    if kept is not None and reduction == "none":
        loss.zero_()
    for block in products.blocks():
        stays = room is not None and block.end() <= len(room)
        logits = products.logits(block, block.of(room) if room is not None and stays else None)
        logits = logits.view(-1, *problem.shape)
        extra = [block.of(s) for s in stats]
        if gradients.wanted():
            each, weight = softmax.turn_into_gradient(block, logits, extra, scale)
            products.add(block, logits.view(len(logits), -1))
        else:
            each, weight = softmax.losses(block, logits, extra, "none" if reduction == "none" else "sum")
        sums[1].add_(weight)
        if reduction == "none":
            block.put(loss, each)
        else:
            sums[0].add_(each)
    total.copy_(sums[1])
    products.finish(upstream / total if later else None)
    if reduction != "none":
        loss.copy_(sums[0] / sums[1] if reduction == "mean" else sums[0])


def backward(
    problem: Problem,
    grad_loss: Tensor,  # (N,) or (N, I); () for a sum or mean
    total: Tensor,  # ()
    gradients: Gradients,
    grad_target: Tensor | None,  # (N, C) or (N, C, I) out
) -> None:
    """Fill the gradients that are asked for, from logits that are computed again."""
    if not problem.logits():
        empty.clear(gradients)
        return
    problem = problem.without_junk()
    positions = problem.input.shape[:1] + problem.shape[1:]
    plan = problem.plan(gradients.head is not None, by_columns=grad_target is None)
    g = spread(grad_loss, total, problem.reduction, positions)
    if plan.columns is not None:
        lse = linear_columns.losses(problem, plan, Results(g.new_empty(()), torch.empty_like(total)))
        linear_columns.gradients(problem, plan, lse, g, gradients)
        return
    kept = problem.kept()
    products = Products(*problem[:3], plan, problem.options.float32_logits, kept, gradients)
    softmax = _Softmax(problem, products)
    for block in products.blocks():
        logits = products.logits(block).view(-1, *problem.shape)
        wanted = None if grad_target is None else block.of(grad_target)
        softmax.losses(block, logits, [], "sum")
        softmax.gradient(block, logits, block.of(g).contiguous(), gradients.wanted(), wanted)
        if gradients.wanted():
            products.add(block, logits.view(len(logits), -1))
    products.finish()


class _Softmax:
    """The softmax kernel of the device, for a block of logits."""

    def __init__(self, problem: Problem, products: Products) -> None:
        self.problem = problem
        head = products.head
        self.kernels: SoftmaxKernels = registry.kernels(problem.operator(), head.device.type, head.dtype)
        self.saved: Tensor | None = None

    def losses(self, block: Block, logits: Tensor, stats: Sequence[Tensor], reduction: str) -> tuple[Tensor, Tensor]:
        """Losses, or their sum, and the weight of all that count."""
        given = self.problem.of_block(block, logits, reduction)
        self._keep(given)
        results = Results.of(logits, given.positions(), reduction)._replace(stats=stats, saved=self.saved)
        self.kernels.forward(given, results, NO_GRADIENT)
        return results.loss, results.total

    def turn_into_gradient(
        self, block: Block, logits: Tensor, stats: Sequence[Tensor], upstream: float
    ) -> tuple[Tensor, Tensor]:
        """The gradient of the sum of losses over the logits; that sum, and the weight of all that count."""
        if stats or not self.kernels.WRITES_GRADIENT_FORWARD:
            loss, weight = self.losses(block, logits, stats, "sum")
            g = loss.new_full(logits.shape[:1] + logits.shape[2:], upstream)
            self.gradient(block, logits, g, True, None)
            return loss, weight
        results = Results.of(logits, (), "sum")
        self.kernels.forward(self.problem.of_block(block, logits, "sum"), results, EarlyGradient(logits, upstream))
        return results.loss, results.total

    def gradient(self, block: Block, logits: Tensor, g: Tensor, over: bool, grad_target: Tensor | None) -> None:
        """After `losses`: with `over` the gradient over the logits, for upstream gradients `g`; that of the target."""
        given, into = self.problem.of_block(block, logits, "none"), logits if over else None
        unused = torch.empty((), dtype=count_dtype(logits.device), device=logits.device)
        self.kernels.backward(given, g, unused, self.saved, into, grad_target, NO_GUESS)

    def _keep(self, given: SoftmaxProblem) -> None:
        """Have memory for what the kernel keeps of a block between its two passes."""
        if self.saved is None or self.saved.shape[1:] != given.positions():
            self.saved = given.kept(self.kernels.KEPT)


def _scale_gradients(gradients: Gradients, scale: Tensor | None) -> None:
    for gradient in gradients:
        if gradient is not None and scale is not None:
            gradient.mul_(scale)
