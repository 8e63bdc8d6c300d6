"""The gradients of linear cross entropy by columns of the head: each column's gradient is complete at once, is rounded
once, and needs no buffer for sums.

First the losses, block of rows by block of rows, and the lse of every row. Then for some columns at a time the logits
of all rows again, z, which become
    g · [exp(z − lse) · (Σ_k a_k + 2 · z_loss · lse) − a]
with the target mass a of softmax_xent: four products instead of three, and no memory but that of the gradients, of the
logits of a block, and of those columns.

N rows, D features, C classes; index targets (N,) or probabilities (N, C).
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..core.dtypes import accumulate_dtype, count_dtype
from ..core.labels import absent, equal_to, outside
from ..core.linear_options import Plan
from . import registry
from .backend import NO_GRADIENT, Results, SoftmaxKernels
from .linear_problem import Problem
from .linear_products import Gradients, Products

# Rows whose logits are widened at a time: they stay in cache.
_ROWS = 16


def losses(problem: Problem, plan: Plan, results: Results) -> Tensor:
    """Fill the results (a sum or mean) as `linear_xent.forward` does; returns the lse of every row."""
    products = Products(*problem[:3], plan, problem.options.float32_logits)
    dtype = products.head.dtype
    kernels: SoftmaxKernels = registry.kernels(problem.operator(), problem.input.device.type, dtype)
    every = Results.of(products.head, (len(problem.input),), "none", stats=True)
    stats = results.stats or every.stats
    sums, each = torch.zeros_like(results.total), every.loss
    for block in products.blocks():
        given = problem.of_block(block, products.logits(block), "none")
        here = Results(block.of(each), every.total, [block.of(s) for s in stats], given.kept(kernels.KEPT))
        kernels.forward(given, here, NO_GRADIENT)
        sums += every.total
    results.total.copy_(sums)
    whole = each.sum(dtype=count_dtype(each.device))
    results.loss.copy_(whole / sums if problem.reduction == "mean" else whole)
    return stats[0]


def gradients(problem: Problem, plan: Plan, lse: Tensor, g: Tensor, into: Gradients) -> None:  # lse and g: (N,)
    """Fill the gradients that are asked for, for the upstream gradients `g` of the rows' losses."""
    products = Products(*problem[:3], plan, problem.options.float32_logits)
    x, head, bias = problem.input.to(products.head.dtype), products.head, products.bias
    sums = None if into.input is None else torch.zeros_like(into.input, dtype=accumulate_dtype(x.dtype))
    g = g if problem.factor is None else g * problem.factor
    slope = _Slope(problem, lse, g)
    step = plan.columns or len(head)
    slab = x.new_empty((len(x), min(step, len(head))))
    for first in range(0, len(head), step):
        rows = head[first : first + step]
        z = slab if len(rows) == slab.shape[1] else x.new_empty((len(x), len(rows)))
        if bias is None:
            torch.mm(x, rows.t(), out=z)
        else:
            torch.addmm(bias[first : first + step], x, rows.t(), out=z)
        slope.turn(z, first)
        if sums is not None:
            sums += torch.mm(z, rows)
        if into.head is not None:
            into.head[first : first + step] = torch.mm(z.t(), x)
        if into.bias is not None:
            into.bias[first : first + step] = z.sum(0, dtype=accumulate_dtype(x.dtype))
    if into.input is not None and sums is not None:
        into.input.copy_(sums)


class _Slope:
    """The inputs of the gradients of all rows."""

    def __init__(self, problem: Problem, lse: Tensor, g: Tensor) -> None:
        target, spec, classes = problem.target, problem.spec, len(problem.head)
        self.target, self.spec, self.lse, self.g = target, spec, lse, g
        self.weight = None if problem.weight is None else problem.weight.to(lse.dtype)
        self.share = spec.label_smoothing / classes
        self.keep = 1 - spec.label_smoothing
        self.listed = problem.ids is not None
        if problem.ids is not None:
            self.counts = ~absent(target)
            self.counts = self.counts if problem.factor is None else self.counts & (problem.factor != 0)
            self.there = (problem.ids >= 0) & (problem.ids < classes) & self.counts.unsqueeze(1)
            self.safe = torch.where(self.there, problem.ids, 0).long()
            self.masses = torch.where(self.there, target.to(lse.dtype), 0.0)
            self.base = None if problem.base is None else torch.where(self.counts, problem.base, 0.0)
            mass = self._listed_mass(classes)
        elif target.is_floating_point():
            tiles = range(0, len(target), _ROWS)
            sums = [self._probabilities(slice(t, t + _ROWS), slice(None)).sum(1) for t in tiles]
            mass = torch.cat(sums) if sums else lse
            self.counts = ~absent(target)
            self.counts = self.counts if problem.factor is None else self.counts & (problem.factor != 0)
        else:
            # On a GPU a label may be out of range: its position has no gradient, and nothing is read for it.
            counts = ~(equal_to(target, spec.ignore_index) | outside(target, classes))
            self.safe = torch.where(counts, target, 0).long()
            self.own = counts.to(lse.dtype) if self.weight is None else self.weight[self.safe] * counts
            self.counts = counts
            mass = self.own
            if self.weight is not None and self._by_class():
                mass = self.own * self.keep + spec.label_smoothing * self.weight.mean()
        self.scale = g * (mass + 2 * spec.z_loss * lse)

    def turn(self, z: Tensor, first: int) -> None:  # (N, columns), from number `first`
        """The logits of some columns into their gradient, where they stand."""
        columns = slice(first, first + z.shape[1])
        for start in range(0, len(z), _ROWS):
            rows = slice(start, min(start + _ROWS, len(z)))
            capped = self.spec.transform(z[rows].to(self.lse.dtype))
            p = (capped - self.lse[rows].unsqueeze(1)).exp_().mul_(self.scale[rows].unsqueeze(1))
            self._take_mass(p, rows, columns)
            if self.spec.transform:
                p.mul_(self.spec.transform.slope(capped))
            p.masked_fill_(~self.counts[rows].unsqueeze(1), 0.0)
            z[rows] = p

    def _take_mass(self, p: Tensor, rows: slice, columns: slice) -> None:
        g = self.g[rows].unsqueeze(1)
        if self.listed:
            self._take_listed(p, g, rows, columns)
            return
        if self.target.is_floating_point():
            p.sub_(g * self._probabilities(rows, columns))
            return
        if self.share and self.weight is not None and self._by_class():
            p.sub_(g * self.share * self.weight[columns])
        elif self.share:
            p.sub_(g * self.share * self.own[rows].unsqueeze(1))
        here = self.safe[rows] - columns.start
        inside = (here >= 0) & (here < p.shape[1])
        mass = torch.where(inside, self.g[rows] * self.own[rows] * self.keep, 0.0)
        p.scatter_add_(1, torch.where(inside, here, 0).unsqueeze(1), -mass.unsqueeze(1))

    def _listed_mass(self, classes: int) -> Tensor:
        mass = self.masses.sum(1)
        if self.base is None:
            return mass
        # Ids are in order: the first of equal ones is the class.
        before = torch.where(self.there, self.safe, -1).roll(1, 1)
        first = self.there & (before != self.safe)
        first[:, :1] = self.there[:, :1]
        whole = classes if self.weight is None else self.weight.sum()
        own = first.to(mass.dtype) if self.weight is None else self.weight[self.safe] * first
        return mass + self.base * (whole - own.sum(1))

    def _take_listed(self, p: Tensor, g: Tensor, rows: slice, columns: slice) -> None:
        here = self.safe[rows] - columns.start
        inside = self.there[rows] & (here >= 0) & (here < p.shape[1])
        place = torch.where(inside, here, 0)
        if self.base is not None:
            others = torch.zeros_like(p).scatter_add_(1, place, inside.to(p.dtype)).eq(0)
            weight = 1.0 if self.weight is None else self.weight[columns]
            p.sub_(g * self.base[rows].unsqueeze(1) * others * weight)
        p.scatter_add_(1, place, torch.where(inside, -g * self.masses[rows], 0.0))

    def _probabilities(self, rows: slice, columns: slice) -> Tensor:
        mass = self.target[rows, columns].to(self.lse.dtype) * self.keep + self.share
        return mass if self.weight is None else mass * self.weight[columns]

    def _by_class(self) -> bool:
        return self.spec.smoothing_weight == "class"
