"""Cross entropy of a linear layer whose rows, the classes, are split over ranks, without the logits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from ..core import checks
from ..core.dtypes import NARROW, cast_as_linear, result_dtype
from ..core.layout import Layout
from ..core.linear_options import DEFAULT_BUDGET, LinearOptions
from ..core.values import has_derivative
from ..kernels.linear_products import Block, Gradients, Products, budget_of, without_junk, worth_dropping
from ..ops._autograd import under_grad_mode
from .arguments import Given, Options, replicated
from .parts import losses, write_gradient
from .parts import whole as whole_of
from .shard import Masses, Shard, Whole


def linear_cross_entropy(
    input: Tensor,
    local_weight: Tensor,
    target: Tensor | tuple[Tensor, ...],
    *,
    local_bias: Tensor | None = None,
    weight: Tensor | None = None,
    group: Any = None,
    reduction: str = "mean",
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
    options: LinearOptions | None = None,
    sample_weight: Tensor | None = None,
    normalizer: float | Tensor | None = None,
    on_empty: str = "nan",
    smoothing_weight: str = "class",
    z_loss: float = 0.0,
    softcap: float | None = None,
    temperature: float = 1.0,
) -> Tensor:
    """Cross entropy of a linear layer of which each rank of a process group holds the rows of some classes.

    ``crossent.parallel.cross_entropy(linear(input, local_weight, local_bias), target)`` that never holds all the logits
    of a rank: they exist for one block of rows at a time, and the ranks exchange the states of that block. The gradient
    of a sum or mean is made in the forward pass, in three products.

    Args:
        input: features ``(N, D)``, the same on every rank. Their gradient is summed over the ranks: whole on each.
        local_weight: the rows of this rank's classes, ``(C_r, D)``; C_r may differ from rank to rank.
        target: class indices ``(N,)`` among the classes of all ranks, or a tuple of K ids of each row and their
            probabilities, as in `crossent.parallel.cross_entropy`. The same on every rank.
        local_bias: ``(C_r,)``.
        weight: class weights of this rank's classes, ``(C_r,)``; on every rank or on none.
        group: the `torch.distributed` process group; None is the default one.
        options: `crossent.LinearOptions`. A block has as many rows as the rank that wants the fewest.
        ignore_index, reduction, label_smoothing, sample_weight, normalizer:
            as in `crossent.functional.linear_cross_entropy`, and the same on every rank.
        on_empty, smoothing_weight, z_loss, softcap, temperature: the same.

    Returns:
        The loss in nats, of the dtype of input (float32 under autocast): 0-d, or one per position with "none"; the same
        on every rank.

    Raises:
        RuntimeError: ranks differ in the number of positions, target, options or dtype: on all of them, with one text.
        IndexError: a class index is neither among the classes of all ranks nor `ignore_index`.
        ValueError, TypeError: shapes, dtypes or options do not fit; the text says what to write.

    The gradient is computed once: there are no second derivatives and no forward AD.

    Source: Shoeybi et al. 2019, arXiv:1909.08053; Wijmans et al. 2024, arXiv:2411.09009.

    Example::

        >>> import torch, crossent.parallel
        >>> store = torch.distributed.HashStore()
        >>> torch.distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
        >>> x, head, y = torch.eye(2, 3), torch.eye(4, 3), torch.tensor([0, 3])
        >>> crossent.parallel.linear_cross_entropy(x, head, y)
        tensor(1.2437)
        >>> torch.distributed.destroy_process_group()
    """
    numbers = ignore_index, label_smoothing, smoothing_weight, z_loss
    told = Options.of(reduction, normalizer, on_empty, softcap, temperature, *numbers)
    if told.temperature is not None:
        raise TypeError(
            "temperature must be a number here: a tensor's gradient needs the logits. Write "
            "crossent.parallel.cross_entropy(linear(input, local_weight), target, temperature=temperature)."
        )
    options = LinearOptions.of(options)
    checks.linear_tensors(input, local_weight, local_bias)
    checks.linear_matrix(input, local_weight)
    x, head, bias = cast_as_linear(input, local_weight, local_bias)
    shape = (len(x), len(head))
    wide = options.float32_logits and x.dtype in NARROW
    plan = options.plan(
        *(len(x), x.shape[1], len(head), 4 if wide else x.element_size()),
        by_columns=False, default_budget=budget_of(x.device, DEFAULT_BUDGET),
    )  # fmt: skip
    layout = Layout(shape, 1, "rows")
    given = Given.of(told, x.new_empty(()).expand(shape), layout, target, weight, sample_weight, group, plan.rows)
    problem = _Problem(given.shard, LinearOptions(None, max(1, given.shard.ranks.rows), options.float32_logits))
    factors = None
    if given.how.operators != "none" and (given.factor is None or not has_derivative(given.factor)):
        factors = given.masses.mass.new_ones(len(x)) if given.factor is None else given.factor
        factors = factors / given.total.to(factors.dtype) if given.how.operators == "mean" else factors
    x = replicated(x, given.shard.ranks)
    loss = _Loss.apply(*under_grad_mode(x, head, bias), factors, problem, given.masses)  # type: ignore[no-untyped-call]
    if factors is None:
        return given.finish(loss, result_dtype(x))
    return given.how.finish(loss, given.total, result_dtype(x))


@dataclass(frozen=True)
class _Problem:
    shard: Shard
    options: LinearOptions

    def products(self, tensors: tuple[Any, ...], masses: Masses, gradients: Gradients) -> Products:
        """Blocks of as many rows as on every rank, without those that do not count."""
        x, head, bias = tensors
        plan = self.options.plan(len(x), x.shape[1], len(head), x.element_size(), gradients.head is not None, False)
        x = without_junk(x, lambda: masses.counts)
        return Products(x, head, bias, plan, self.options.float32_logits, worth_dropping(masses.counts), gradients)

    def forward(
        self, tensors: tuple[Any, ...], masses: Masses, factors: Tensor | None, gradients: Gradients
    ) -> tuple[Tensor, Whole]:
        """The losses of all rows, and what the backward pass needs; gradients for the upstream gradients `factors`."""
        each = masses.mass.new_zeros(masses.counts.shape)
        kept = Whole(*each.new_zeros((len(Whole._fields), *each.shape)))
        products = self.products(tensors, masses, gradients)
        for block in products.blocks():
            logits, mine = products.logits(block), masses.at(block.rows)
            whole = whole_of(logits, mine, self.shard)
            block.put(each, losses(whole, mine, self.shard))
            for into, state in zip(kept, whole, strict=True):
                block.put(into, state)
            if factors is not None and gradients.wanted():
                self._add(products, block, logits, whole, mine, factors)
        products.finish()
        return each, kept

    def backward(self, tensors: tuple[Any, ...], masses: Masses, whole: Whole, g: Tensor, gradients: Gradients) -> None:
        """The gradients for these upstream gradients, from logits that are computed again: no rank is asked."""
        products = self.products(tensors, masses, gradients)
        for block in products.blocks():
            state = Whole(*(block.of(each) for each in whole))
            self._add(products, block, products.logits(block), state, masses.at(block.rows), g)
        products.finish()

    def _add(self, products: Products, block: Block, logits: Tensor, whole: Whole, masses: Masses, g: Tensor) -> None:
        write_gradient(logits, whole, masses, block.of(g), self.shard, logits)
        products.add(block, logits)


class _Loss(torch.autograd.Function):
    """The losses of all rows; or with factors their sum times these, whose gradients the forward pass makes."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        head: Tensor,
        bias: Tensor | None,
        factors: Tensor | None,
        problem: _Problem,
        masses: Masses,
    ) -> Tensor:
        needs = ctx.needs_input_grad[:3]
        ctx.ready = _empty((x, head, bias), needs) if factors is not None else None
        gradients = Gradients(None, None, None) if ctx.ready is None else ctx.ready
        each, whole = problem.forward((x, head, bias), masses, factors, gradients)
        ctx.save_for_backward(x, head, bias, factors, *whole, *masses)
        ctx.problem = problem
        return each if factors is None else torch.where(masses.counts, each * factors, 0.0).sum()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g: Tensor) -> Any:
        (x, head, bias, factors, *rest), g = ctx.saved_tensors, g.resolve_neg()
        whole, masses = Whole(*rest[: len(Whole._fields)]), Masses(*rest[len(Whole._fields) :])
        # Handed out once: who receives them may change them.
        ready, ctx.ready = ctx.ready, None
        if ready is None:
            ready = _empty((x, head, bias), ctx.needs_input_grad[:3])
            ctx.problem.backward((x, head, bias), masses, whole, g if factors is None else g * factors, ready)
        else:
            for gradient in ready:
                if gradient is not None:
                    gradient.mul_(g)
        return *ready, None, None, None


def _empty(tensors: tuple[Any, ...], needs: tuple[bool, ...]) -> Gradients:
    return Gradients(
        *(
            torch.empty_like(t, memory_format=torch.contiguous_format) if need else None
            for t, need in zip(tensors, needs, strict=True)
        )
    )
