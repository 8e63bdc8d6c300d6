"""The arguments of linear cross entropy, forward and backward, and what follows from them.

N rows, D features, C classes, I positions per row; K = C · I columns.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ..core.dtypes import count_dtype
from ..core.labels import absent, equal_to
from ..core.linear_options import DEFAULT_BUDGET, LinearOptions, Plan
from ..core.reduction import target_weight
from ..core.spec import SoftmaxSpec
from .backend import SoftmaxProblem
from .linear_products import Block, budget_of, without_junk, worth_dropping


class Problem(NamedTuple):
    """One call: its tensors and options."""

    input: Tensor  # (N, D)
    head: Tensor  # (K, D)
    bias: Tensor | None  # (K,)
    target: Tensor  # (N,) or (N, I) indices; (N, C) or (N, C, I) probabilities; (N, K) or (N, K, I) masses of `ids`
    weight: Tensor | None  # (C,)
    factor: Tensor | None  # (N,) or (N, I): what each loss is multiplied by
    ids: Tensor | None  # (N, K) or (N, K, I), and what every other class has: as in SoftmaxProblem
    base: Tensor | None  # (N,) or (N, I)
    spec: SoftmaxSpec
    shape: tuple[int, ...]  # (C,) or (C, I): how the columns of the logits are laid out
    options: LinearOptions
    reduction: str

    def operator(self) -> str:
        """The operator whose kernels take a block of logits."""
        return "softmax_xent" if self.ids is None else "sparse_xent"

    def of_block(self, block: Block, logits: Tensor, reduction: str) -> SoftmaxProblem:
        """The losses of a block of logits."""
        target = block.of(self.target)
        rest = [None if t is None else block.of(t) for t in (self.factor, self.ids, self.base)]
        return SoftmaxProblem(logits, target, self.weight, self.spec, reduction, tuple(target.shape), *rest)

    def logits(self) -> int:
        """The number of logits."""
        return len(self.input) * len(self.head)

    def plan(self, head_gradient: bool, by_columns: bool) -> Plan:
        """The plan of blocks and columns."""
        wide = self.options.float32_logits and self.input.element_size() < 4
        return self.options.plan(
            rows=self.input.shape[0],
            features=self.input.shape[1],
            columns=len(self.head),
            itemsize=4 if wide else self.input.element_size(),
            head_gradient=head_gradient,
            by_columns=by_columns and len(self.shape) == 1,
            default_budget=budget_of(self.input.device, DEFAULT_BUDGET),
        )

    def room(self) -> Tensor | None:
        """A buffer for the logits of the first rows, as many as the budget lets be kept for a backward pass."""
        plan, narrow = self.plan(True, False), self.options.float32_logits and self.input.element_size() < 4
        size = 4 if narrow else self.input.element_size()
        given = len(self.input), self.input.shape[1], len(self.head), size
        rows = self.options.kept_rows(plan, *given, budget_of(self.input.device, DEFAULT_BUDGET))
        dtype = torch.float32 if narrow else self.head.dtype
        return self.head.new_empty((rows, len(self.head)), dtype=dtype) if rows else None

    def counts(self) -> Tensor:
        """Which rows have a position that counts; (N,)."""
        if not self.target.is_floating_point():
            counts = ~equal_to(self.target, self.spec.ignore_index)
        else:
            counts = ~absent(self.target)
            counts = counts if self.factor is None else counts & (self.factor != 0)
        return counts.any(1) if counts.dim() > 1 else counts

    def without_junk(self) -> Problem:
        """The same, without features that are no numbers in rows that do not count."""
        return self._replace(input=without_junk(self.input, self.counts))

    def kept(self) -> Tensor | None:
        """The rows that take part, where leaving the others out saves work."""
        if self.target.is_floating_point() or self.target.dim() > 1:
            return None
        return worth_dropping(self.counts())

    def total(self) -> Tensor:
        """The weight of all positions that count, 0-d."""
        if self.target.is_floating_point():
            return (~absent(self.target)).sum(dtype=count_dtype(self.input.device))
        return target_weight(self.target, self.weight, self.spec.ignore_index)
