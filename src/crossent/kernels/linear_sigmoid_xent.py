"""Binary cross entropy of a linear layer's scores, block of rows by block of rows, as linear_xent does.

The targets are a dense matrix, or lists of the labels that hold, of which a block's dense rows are made.

N rows, D features, C classes, K labels per row at most.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ..core.dtypes import count_dtype
from ..core.labels import equal_to
from ..core.linear_options import DEFAULT_BUDGET, LinearOptions
from ..core.reduction import spread
from ..core.sample_weight import with_factor
from ..core.spec import SigmoidSpec
from . import empty, registry
from .backend import NO_GRADIENT, NO_GUESS, EarlyGradient, Results, SigmoidKernels, SigmoidProblem
from .linear_products import Block, Gradients, Products, budget_of, without_junk


class Problem(NamedTuple):
    """One call: its tensors and options."""

    input: Tensor  # (N, D)
    head: Tensor  # (C, D)
    bias: Tensor | None  # (C,)
    target: Tensor  # (N, C), or (N, K) labels
    weight: Tensor | None  # (N, C), expanded
    pos_weight: Tensor | None  # (N, C), expanded
    factor: Tensor | None  # (N, 1) or (N, C): what each loss is multiplied by
    spec: SigmoidSpec
    by_labels: bool
    options: LinearOptions
    reduction: str

    def scores(self) -> int:
        """How many scores there are."""
        return len(self.input) * len(self.head)

    def products(self, gradients: Gradients) -> Products:
        """The products of a pass; the gradient by columns is of softmax alone."""
        itemsize = 4 if self.options.float32_logits else self.input.element_size()
        plan = self.options.plan(
            rows=self.input.shape[0],
            features=self.input.shape[1],
            columns=len(self.head),
            itemsize=max(itemsize, self.input.element_size()),
            head_gradient=gradients.head is not None,
            by_columns=False,
            default_budget=budget_of(self.input.device, DEFAULT_BUDGET),
        )
        return Products(
            without_junk(self.input, self.counts), *self[1:3], plan, self.options.float32_logits, None, gradients
        )

    def counts(self) -> Tensor:
        """Which rows have an element that counts; (N,)."""
        counts = torch.ones(len(self.input), dtype=torch.bool, device=self.input.device)
        if self.factor is not None:
            counts = (self.factor != 0).any(1)
        if self.spec.ignore_index is not None and not self.by_labels:
            counts = counts & (~equal_to(self.target, self.spec.ignore_index)).any(1)
        return counts

    def counted(self) -> Tensor:
        """How many elements count, 0-d."""
        dtype, device = count_dtype(self.input.device), self.input.device
        if self.spec.ignore_index is None:
            return torch.tensor(self.scores(), dtype=dtype, device=device)
        return (~equal_to(self.target, self.spec.ignore_index)).sum(dtype=dtype)

    def block(self, block: Block, scores: Tensor, reduction: str) -> SigmoidProblem:
        """The arguments of the sigmoid kernel for a block's scores."""
        target = block.of(self.target)
        if self.by_labels:
            target = dense(target, len(self.head))
        given = self.weight, self.pos_weight, self.factor
        weight, pos_weight, factor = (None if w is None else block.of(w) for w in given)
        target, weight = with_factor(factor, scores, target, weight, self.spec)
        return SigmoidProblem(scores, target, weight, pos_weight, self.spec, reduction)


def dense(labels: Tensor, classes: int) -> Tensor:  # (N, K)
    """(N, C) uint8: 1 where a label holds. What is not a class is padding, and falls into a column more."""
    ids = torch.where((labels >= 0) & (labels < classes), labels, classes).long()
    rows = torch.zeros(len(labels), classes + 1, dtype=torch.uint8, device=labels.device)
    return rows.scatter_(1, ids, 1)[:, :classes]


def forward(problem: Problem, results: Results, upstream: float, gradients: Gradients) -> None:
    """Fill the results, and for a sum or mean the gradients that are asked for, times `upstream`."""
    (loss, count, _, _), reduction = results, problem.reduction
    if not problem.scores():
        empty.clear(gradients)
        empty.fill(results, reduction)
        return
    count.copy_(problem.counted())
    after = None
    if reduction == "mean" and count.device.type == "cpu":
        upstream = float(upstream / count)
    elif reduction == "mean":
        upstream, after = 1.0, upstream / count
    products, kernels = _started(problem, gradients)
    total, unused = torch.zeros_like(count), torch.empty_like(count)
    each = Results.of(products.head, (), "sum")
    for block in products.blocks():
        scores = products.logits(block)
        if reduction == "none":
            kernels.forward(problem.block(block, scores, "none"), Results(block.of(loss), unused), NO_GRADIENT)
            continue
        given = problem.block(block, scores, "sum")
        early = gradients.wanted() and kernels.WRITES_GRADIENT_FORWARD
        kernels.forward(given, each, EarlyGradient(scores, upstream) if early else NO_GRADIENT)
        total += each.loss
        if gradients.wanted() and not early:
            kernels.backward(given, each.loss.new_tensor(upstream), unused, scores, None, NO_GUESS)
        if gradients.wanted():
            products.add(block, scores)
    products.finish(after)
    if reduction != "none":
        loss.copy_(total / count if reduction == "mean" else total)


def backward(
    problem: Problem,
    grad_loss: Tensor,  # (N, C); () for a sum or mean
    total: Tensor,  # ()
    gradients: Gradients,
) -> None:
    """Fill the gradients that are asked for, from scores that are computed again."""
    if not problem.scores():
        empty.clear(gradients)
        return
    products, kernels = _started(problem, gradients)
    g = spread(grad_loss, total, problem.reduction, (len(problem.input), len(problem.head)))
    for block in products.blocks():
        scores = products.logits(block)
        kernels.backward(problem.block(block, scores, "none"), block.of(g), total, scores, None, NO_GUESS)
        products.add(block, scores)
    products.finish()


def _started(problem: Problem, gradients: Gradients) -> tuple[Products, SigmoidKernels]:
    products = problem.products(gradients)
    return products, registry.kernels("sigmoid_xent", products.head.device.type, products.head.dtype)
