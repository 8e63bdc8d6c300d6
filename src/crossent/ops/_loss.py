"""The `autograd.Function` of every loss: a call's tensors in; the loss, the weight of all that count, and stats out.

What a loss is made of stands in its `Call`: the problem that its kernels are given, its formula, its two passes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..core.reduction import reduced
from ..kernels.backend import NO_GUESS, Guess, Results
from ._autograd import backward_wants_formula, gradient_of_formula, under_grad_mode, wants_formula
from ._early import Early, Gradients


class Rows(NamedTuple):
    """The loss (per position or reduced), the 0-d weight of all that count, and per position what `Stats` tells."""

    loss: Tensor
    total: Tensor
    stats: tuple[Tensor, ...] = ()


class Came(NamedTuple):
    """All that a backward pass is given beside its problem."""

    grad_loss: Tensor
    total: Tensor
    saved: Tensor | None
    guess: Guess


class Call:
    """One call of a loss. The first of its tensors may ask for gradients here, `differentiable` of them."""

    differentiable: int
    reduction: str
    stats: bool

    def problem(self, *tensors: Any) -> Any:
        """The arguments of both passes."""
        raise NotImplementedError

    def formula(self, problem: Any) -> tuple[Tensor, Tensor]:
        """The losses and the weight of all that count, in differentiable torch."""
        raise NotImplementedError

    def stats_by_formula(self, problem: Any) -> tuple[Tensor, ...]:
        """The fields of `Stats`, computed in torch."""
        raise NotImplementedError

    def results(self, problem: Any, stats: bool) -> Results:
        """Buffers for what the forward pass fills."""
        raise NotImplementedError

    def early(self, problem: Any, needs: Sequence[bool]) -> Early | None:
        """How the forward pass writes gradients on its way; None where it does not."""
        return None

    def saved(self, problem: Any) -> Tensor | None:
        """A buffer for what the forward pass keeps for the backward pass."""
        return None

    def buffers(self, tensors: Sequence[Tensor | None], needs: Sequence[bool]) -> Gradients:
        """Memory for the gradients of the tensors in need."""
        return [
            torch.empty_like(t) if need and t is not None else None
            for t, need in zip(tensors[: len(needs)], needs, strict=True)
        ]

    def forward(
        self, problem: Any, results: Results, into: Gradients, upstream: float, guess: Tensor | None = None
    ) -> None:
        """Fill the results, and the gradients that are asked for, for an upstream gradient of `upstream` · `guess`."""
        raise NotImplementedError

    def backward(self, problem: Any, came: Came, into: Gradients) -> None:
        """Fill the gradients that are asked for."""
        raise NotImplementedError


def loss(call: Call, *tensors: Tensor | None) -> Rows:
    """The loss of a call, differentiable to any order."""
    if wants_formula(*tensors) or _ask_for_gradients(tensors[call.differentiable :]):
        problem = call.problem(*tensors)
        each, total = call.formula(problem)
        stats = call.stats_by_formula(problem) if call.stats else ()
        return Rows(reduced(each, total, call.reduction), total, stats)
    result, total, *rest = _Loss.apply(call, *under_grad_mode(*tensors))  # type: ignore[no-untyped-call]
    return Rows(result, total, tuple(rest))


def _ask_for_gradients(tensors: Sequence[Tensor | None]) -> bool:
    for t in tensors:  # noqa: SIM110 - as in `readable`
        if t is not None and t.requires_grad:
            return True
    return False


class _Loss(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, call: Call, *tensors: Tensor | None) -> Any:
        problem = call.problem(*tensors)
        needs = ctx.needs_input_grad[1 : 1 + call.differentiable]
        results, early = call.results(problem, call.stats), call.early(problem, needs)
        ready: Gradients = [None] * call.differentiable
        upstream, guess, written_for = 1.0, None, None
        if early is not None:
            ready = call.buffers(tensors, needs)
            upstream, guess, written_for = early.upstream, early.guess, early.written_for
        if (early is None or guess is not None) and (kept := call.saved(problem)) is not None:
            results = Results(results.loss, results.total, results.stats, kept)
        call.forward(problem, results, ready, upstream, guess)
        ctx.save_for_backward(*tensors, results.total, results.saved, written_for, *ready)
        ctx.call, ctx.early = call, early
        ctx.mark_non_differentiable(results.total, *results.stats)
        return results.loss, results.total, *results.stats

    @staticmethod
    def backward(ctx: Any, grad_loss: Tensor, *_: Any) -> Any:
        call, early, count = ctx.call, ctx.early, len(ctx.needs_input_grad) - 1
        saved, grad_loss = ctx.saved_tensors, grad_loss.resolve_neg()
        tensors, ready = saved[:count], saved[count + 3 :]
        passes = _Passes(call, tensors, grad_loss, *saved[count : count + 2])
        needs, fixed = ctx.needs_input_grad[1 : 1 + call.differentiable], tensors[call.differentiable :]
        if backward_wants_formula(grad_loss, tensors[0]):

            def loss_of(*leaves: Tensor | None) -> Tensor:
                each, total = call.formula(call.problem(*leaves, *fixed))
                return reduced(each, total, call.reduction)

            grads: Gradients = gradient_of_formula(loss_of, tensors[: call.differentiable], needs, grad_loss)
        elif early is not None:
            grads = early.take(ready, saved[count + 2], grad_loss, passes)
        else:
            grads = call.buffers(tensors, needs)
            passes.backward(grads, NO_GUESS)
        return None, *grads, *[None] * len(fixed)


class _Passes(NamedTuple):
    """The passes of a call in its backward: a gradient that was written early needs none of them."""

    call: Call
    tensors: Sequence[Tensor | None]
    grad_loss: Tensor
    total: Tensor
    saved: Tensor | None

    def forward(self, upstream: float, into: Gradients) -> None:
        problem = self.call.problem(*self.tensors)
        self.call.forward(problem, self.call.results(problem, stats=False), into, upstream)

    def backward(self, into: Gradients, guess: Guess) -> None:
        problem = self.call.problem(*self.tensors)
        self.call.backward(problem, Came(self.grad_loss, self.total, self.saved, guess), into)

    def anew(self, into: Gradients) -> None:
        problem = self.call.problem(*self.tensors)
        results = self.call.results(problem, stats=False)._replace(saved=self.call.saved(problem))
        self.call.forward(problem, results, [None] * len(into), 1.0)
        self.call.backward(problem, Came(self.grad_loss, results.total, results.saved, NO_GUESS), into)
