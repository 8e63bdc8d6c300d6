"""The softmax cross entropy operator: (P, C) or (O, C, I) logits to one loss per position, or their sum or mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..core.labels import absent
from ..core.spec import SoftmaxSpec
from ..core.target import LaidOut
from ..core.values import readable
from ..kernels import empty, registry
from ..kernels.backend import EarlyGradient, Guess, Results, SoftmaxKernels, SoftmaxProblem
from ..reference import softmax_xent as formula
from ._early import Early, Gradients, begin
from ._library import operator
from ._loss import Call, Came, Rows, loss


def softmax_xent(
    logits: Tensor,
    given: LaidOut,
    factor: Tensor | None,
    reduction: str,
    stats: bool,
    places: Sequence[int] = (),
    overwrite: bool = False,
) -> Rows:
    """Losses of laid-out logits against index targets, probabilities or masses of `ids`, differentiable to any order.

    Each is multiplied by its `factor`, which the weight of all that count does not know.

    `places` is the shape of the labels as the caller knows it, for messages. With `overwrite` the backward pass may
    write the gradient over the logits.
    """
    call = Softmax(given.spec, reduction, stats, tuple(places), overwrite)
    return loss(call, logits, given.target, given.weight, factor, given.ids, given.base)


@dataclass
class Softmax(Call):
    """A call of the cross entropy."""

    spec: SoftmaxSpec
    reduction: str
    stats: bool
    places: tuple[int, ...]
    overwrite: bool
    differentiable = 2

    def problem(
        self,
        logits: Tensor,
        target: Tensor,
        weight: Tensor | None,
        factor: Tensor | None,
        ids: Tensor | None = None,
        base: Tensor | None = None,
    ) -> SoftmaxProblem:
        return SoftmaxProblem(logits, target, weight, self.spec, self.reduction, self.places, factor, ids, base)

    def formula(self, problem: SoftmaxProblem) -> tuple[Tensor, Tensor]:
        return formula.softmax_xent(*problem[:4], problem.factor, problem.ids, problem.base)

    def stats_by_formula(self, problem: SoftmaxProblem) -> tuple[Tensor, ...]:
        return formula.softmax_stats(problem.logits, problem.target, self.spec, problem.factor)

    def results(self, problem: SoftmaxProblem, stats: bool) -> Results:
        return Results.of(problem.logits, problem.positions(), self.reduction, stats)

    def early(self, problem: SoftmaxProblem, needs: Sequence[bool]) -> Early | None:
        return None if self.overwrite else begin(problem.operator(), problem.logits, self.reduction, needs)

    def saved(self, problem: SoftmaxProblem) -> Tensor | None:
        return problem.kept(registry.kept(problem.operator(), problem.logits.device.type, problem.logits.dtype))

    def buffers(self, tensors: Sequence[Tensor | None], needs: Sequence[bool]) -> Gradients:
        logits, target = tensors[:2]
        if self.overwrite and needs[0] and logits is not None and _can_be_written(logits):
            return logits.detach(), super().buffers((target,), needs[1:])[0]
        return super().buffers(tensors, needs)

    def forward(
        self,
        problem: SoftmaxProblem,
        results: Results,
        into: Gradients,
        upstream: float,
        guess: Tensor | None = None,
    ) -> None:
        softmax_xent_forward(problem, results, EarlyGradient(into[0], upstream, guess))

    def backward(self, problem: SoftmaxProblem, came: Came, into: Gradients) -> None:
        softmax_xent_backward(problem, came.grad_loss, came.total, came.saved, *into, came.guess)
        logits = problem.logits
        if self.overwrite and into[0] is not None and readable(logits) and into[0].data_ptr() == logits.data_ptr():
            # Autograd tells whoever needs the logits after this, this very loss a second time included.
            torch.autograd.graph.increment_version(logits)


def _can_be_written(logits: Tensor) -> bool:
    """Return whether a gradient fits over these logits: no two share an address, and nobody watches or plans memory."""
    return readable(logits) and torch._debug_has_internal_overlap(logits) == 0


def _kernels(problem: SoftmaxProblem) -> SoftmaxKernels:
    found: SoftmaxKernels = registry.kernels(problem.operator(), problem.logits.device.type, problem.logits.dtype)
    return found


@operator("softmax_xent_forward", "results", "early.into")
def softmax_xent_forward(problem: SoftmaxProblem, results: Results, early: EarlyGradient) -> None:
    """Fill the results, and the gradient that is asked for."""
    logits, target, ignored = problem.logits, problem.target, problem.spec.ignore_index
    if logits.numel() == 0:
        empty.require_ignored(target, ignored)
        empty.fill(results, problem.reduction)
        return
    kernels = _kernels(problem)
    kernels.forward(problem, results, early)
    if kernels.REPORTS_LABELS or logits.device.type == "cpu":
        return
    if problem.ids is not None:
        void = absent(target) if problem.factor is None else absent(target) | (problem.factor == 0)
        listed = problem.ids.clamp_min(-1).masked_fill(void.unsqueeze(1), -1)
        registry.watch_labels(listed, logits.shape[1], -1)
    elif not target.is_floating_point():
        registry.watch_labels(target, logits.shape[1], ignored)


@operator("softmax_xent_backward", "grad_logits", "grad_target", "guess.last")
def softmax_xent_backward(
    problem: SoftmaxProblem,
    grad_loss: Tensor,
    total: Tensor,
    saved: Tensor | None,
    grad_logits: Tensor | None,
    grad_target: Tensor | None,
    guess: Guess,
) -> None:
    """Fill the gradients that are asked for."""
    if problem.logits.numel():
        _kernels(problem).backward(problem, grad_loss, total, saved, grad_logits, grad_target, guess)
