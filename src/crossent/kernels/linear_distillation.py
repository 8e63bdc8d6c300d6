"""The divergence of a linear layer's logits from a teacher's, block of rows by block of rows.

As linear_xent: a block's logits become their gradient where they stand, three products in all. A teacher that is a head
of its own has its logits made for one block at a time too, a product more.

N rows, D features, C classes; the teacher's logits (N, C), or its features (N, E), head (C, E) and bias (C,).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ..core.dtypes import count_dtype
from ..core.linear_options import DEFAULT_BUDGET, LinearOptions, Plan
from ..core.reduction import spread
from . import empty, registry
from .backend import NO_GRADIENT, NO_GUESS, DistillationKernels, DistillationProblem, EarlyGradient, Results
from .linear_products import NO_GRADIENTS, Block, Gradients, Products, budget_of


class Problem(NamedTuple):
    """One call: its tensors and options."""

    input: Tensor  # (N, D)
    head: Tensor  # (C, D)
    bias: Tensor | None  # (C,)
    teacher: Tensor  # (N, C) logits, or (N, E) features
    teacher_head: Tensor | None  # (C, E)
    teacher_bias: Tensor | None  # (C,)
    factor: Tensor | None  # (N,)
    temperature: float
    options: LinearOptions
    reduction: str

    def logits(self) -> int:
        """The number of logits."""
        return len(self.input) * len(self.head)

    def plan(self, head_gradient: bool) -> Plan:
        """The plan of blocks, for the logits of the teacher too where these are made."""
        itemsize = 4 if self.options.float32_logits else self.input.element_size()
        return self.options.plan(
            rows=self.input.shape[0],
            features=self.input.shape[1],
            columns=len(self.head) * (1 if self.teacher_head is None else 2),
            itemsize=max(itemsize, self.input.element_size()),
            head_gradient=head_gradient,
            by_columns=False,
            default_budget=budget_of(self.input.device, DEFAULT_BUDGET),
        )


def forward(problem: Problem, results: Results, upstream: float, gradients: Gradients) -> None:
    """Fill the results, and for a sum or mean the gradients that are asked for, times `upstream`."""
    (loss, total, _, _), reduction = results, problem.reduction
    if not problem.logits():
        empty.clear(gradients)
        empty.fill(results, reduction)
        return
    run = _Run(problem, gradients)
    sums = loss.new_zeros((), dtype=count_dtype(loss.device)), torch.zeros_like(total)
    for block in run.products.blocks():
        here = run.given(block, "none" if reduction == "none" else "sum")
        each = Results.of(here.student, (len(here.student),), here.reduction)
        run.kernels.forward(here, each, run.early(here, upstream))
        sums[1].add_(each.total)
        if reduction == "none":
            block.put(loss, each.loss)
            continue
        sums[0].add_(each.loss)
        if gradients.wanted():
            if not run.kernels.WRITES_GRADIENT_FORWARD:
                g = each.loss.new_tensor(upstream)
                run.kernels.backward(here, g, each.total, None, here.student, NO_GUESS)
            run.products.add(block, here.student)
    total.copy_(sums[1])
    # A mean divides by a number that is known when all rows are.
    run.products.finish(1 / total if reduction == "mean" else None)
    if reduction != "none":
        loss.copy_(sums[0] / sums[1] if reduction == "mean" else sums[0])


def backward(
    problem: Problem,
    grad_loss: Tensor,  # (N,); () for a sum or mean
    total: Tensor,  # ()
    gradients: Gradients,
) -> None:
    """Fill the gradients that are asked for, from logits that are computed again."""
    if not problem.logits():
        empty.clear(gradients)
        return
    run = _Run(problem, gradients)
    g = spread(grad_loss, total, problem.reduction, problem.input.shape[:1])
    for block in run.products.blocks():
        here = run.given(block, "none")
        each = Results.of(here.student, (len(here.student),), "none")._replace(saved=here.kept(run.kernels.KEPT))
        if each.saved is not None:
            run.kernels.forward(here, each, NO_GRADIENT)
        run.kernels.backward(here, block.of(g).contiguous(), each.total, each.saved, here.student, NO_GUESS)
        run.products.add(block, here.student)
    run.products.finish()


class _Run:
    """The products and the kernel of a pass."""

    def __init__(self, problem: Problem, gradients: Gradients) -> None:
        plan, float32 = problem.plan(gradients.head is not None), problem.options.float32_logits
        self.problem = problem
        self.products = Products(*problem[:3], plan, float32, None, gradients)
        self.of_teacher: Products | None = None
        if problem.teacher_head is not None:
            theirs = problem.teacher, problem.teacher_head, problem.teacher_bias
            self.of_teacher = Products(*theirs, plan, float32, None, NO_GRADIENTS)
        kind = self.products.head.device.type, self.products.head.dtype
        self.kernels: DistillationKernels = registry.kernels("distillation", *kind)

    def given(self, block: Block, reduction: str) -> DistillationProblem:
        """The logits of a block, and what it takes to compare them."""
        problem = self.problem
        teacher = block.of(problem.teacher) if self.of_teacher is None else self.of_teacher.logits(block)
        factor = None if problem.factor is None else block.of(problem.factor)
        return DistillationProblem(self.products.logits(block), teacher, factor, problem.temperature, reduction)

    def early(self, here: DistillationProblem, upstream: float) -> EarlyGradient:
        """The gradient over the logits, if it is asked for and can be written at once."""
        wanted = self.products.gradients.wanted() and self.kernels.WRITES_GRADIENT_FORWARD
        return EarlyGradient(here.student, upstream) if wanted else NO_GRADIENT
