"""Binary cross entropy: the kernel of `_sigmoid` gets its tensors, of one shape (weights may be expanded)."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from ...core.spec import SigmoidSpec
from ..backend import NO_GUESS, EarlyGradient, Guess, Results, SigmoidProblem
from . import _launch
from ._call import cdiv, launch
from ._elements import Elements
from ._labels import Sums
from ._sigmoid import count_kernel, sigmoid_kernel

WRITES_GRADIENT_FORWARD = True
GUESSES_ON_DEVICE = True
_BLOCK = 2048


def forward(problem: SigmoidProblem, results: Results, early: EarlyGradient) -> None:
    """Fill the results, and in the same pass the gradient that is asked for."""
    loss, total, _, _ = results
    each = loss if problem.reduction == "none" else None
    run = _Run(problem, each, early.into, None)
    mean = problem.reduction == "mean"
    counted = run.known is None and mean and early.into is not None
    if counted:
        # The gradient of a mean needs the number before the losses are known.
        run.count(total)
    sums = Sums(run.programs, problem.input.device, bad_labels=False)
    run(early.guess, NO_GUESS, early.upstream, total if counted else None, sums)
    sums.finish(
        None, 0, 0, (), loss=loss if each is None else None, total=total, weigh=run.known is None and not counted,
        mean=mean, known=run.known,
    )  # fmt: skip


def backward(
    problem: SigmoidProblem,
    grad_loss: Tensor,  # the shape of input; () for a sum or mean
    total: Tensor,  # ()
    grad_input: Tensor | None,  # out
    grad_target: Tensor | None,  # out
    guess: Guess,
) -> None:
    """Fill the gradients that are asked for."""
    run = _Run(problem, None, grad_input, grad_target)
    divides = run.known is None and problem.reduction == "mean"
    run(grad_loss, guess, 1.0, total if divides else None, None)


class _Run:
    """One run of the kernel over all elements."""

    def __init__(
        self, problem: SigmoidProblem, loss: Tensor | None, grad_input: Tensor | None, grad_target: Tensor | None
    ) -> None:
        input, target, weight, pos_weight, spec, reduction = problem
        target = target.view(torch.uint8) if target.dtype == torch.bool else target
        self.elements = Elements(input, target, (weight, pos_weight), (loss, grad_input, grad_target))
        self.spec, self.each, self.mark = spec, reduction == "none", _mark(spec, target)
        # How many elements count, where that needs no look at them.
        self.known = input.numel() if spec.ignore_index is None else None
        self.share = 1.0 / max(1, self.known) if reduction == "mean" and self.known is not None else 1.0
        self.how = _launch.elements(self.elements.rows, self.elements.inner)
        self.programs = cdiv(self.elements.inner, self.how.block) * cdiv(self.elements.rows, self.how.rows)

    def __call__(
        self, grad_loss: Tensor | None, guess: Guess, upstream: float, total: Tensor | None, sums: Sums | None
    ) -> None:
        elements, how, spec = self.elements, self.how, self.spec
        each = self.each and grad_loss is not None
        grad_loss = elements.line(grad_loss) if each and grad_loss is not None else grad_loss
        launch(
            sigmoid_kernel, (self.programs,), elements.input.device, grad_loss, *guess, upstream * self.share,
            elements.input, elements.target, *elements.weights[0], *elements.weights[1], total,
            None if sums is None else sums.values, *elements.buffers, elements.rows, elements.middle, elements.inner,
            self.mark, spec.label_smoothing or None, LOGITS=spec.logits, NAN_IGNORED=self.nan_ignored,
            MEAN=total is not None, EACH=each, ALIGN=elements.align, BLOCK_R=how.rows, BLOCK_I=how.block,
            warps=how.warps,
        )  # fmt: skip
        elements.give_back()

    def count(self, total: Tensor) -> None:
        """Fill `total` with the number of targets that count."""
        target = self.elements.target
        sums = Sums(cdiv(target.numel(), _BLOCK), target.device, bad_labels=False)
        launch(
            count_kernel, (sums.programs,), target.device, target, sums.values, target.numel(), self.mark,
            NAN_IGNORED=self.nan_ignored, BLOCK=_BLOCK, warps=4,
        )  # fmt: skip
        sums.finish(None, 0, 0, (), loss=None, total=total, weigh=True)

    @property
    def nan_ignored(self) -> bool:
        """True if NaN marks targets that do not count."""
        return self.spec.ignore_index is not None and math.isnan(self.spec.ignore_index)


def _mark(spec: SigmoidSpec, target: Tensor) -> float | None:
    """The value that marks targets that do not count, rounded as a target would be; None without one, or for NaN."""
    mark: Any = spec.ignore_index
    if mark is None or math.isnan(mark):
        return None
    if target.is_floating_point() and math.isfinite(mark):
        # Compared in float32, whatever the target is: what a narrow target holds is exact there.
        mark = float(torch.tensor(mark, dtype=target.dtype))
    return float(mark)
