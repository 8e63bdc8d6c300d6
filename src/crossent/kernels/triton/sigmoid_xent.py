"""Binary cross entropy: one elementwise kernel for losses, their sums and gradients, whichever is asked for.

scores:         loss = u·max(x, 0) + p·t·max(−x, 0) + c·log1p(exp(−|x|)),  c = 1 + (p−1)·t;  d/dx = c·σ(x) − p·t
probabilities:  loss = −[t·max(log x, −100) + u·max(log(1−x), −100)];  d/dx = (x − t) / max(x·(1−x), 1e-12)
with t the smoothed target and u the smoothed complement of the target: 1 − t has lost digits near 1.

Elements are counted as (rows, inner) and lie side by side; weights have strides of their own, 0 along what they do not
depend on: a row is (outer, middle), so that a weight may belong to any axis.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

from ...core.spec import SigmoidSpec
from ..backend import NO_GUESS, EarlyGradient, Guess, Results, SigmoidProblem
from . import _launch
from ._call import Elements, Upstream, cdiv, launch
from ._sums import Sums, report
from ._tiles import log1p_of_share, scaled, times

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
    sums = Sums.of(run.programs, problem.input.device, bad_labels=False)
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
        if each := self.each and grad_loss is not None:
            grad_loss = elements.line(grad_loss)
        launch(
            sigmoid_kernel, (self.programs,), elements.input.device,
            Upstream.of(upstream * self.share, grad_loss, total, each), guess, elements.input, elements.target,
            *elements.weights, sums, *elements.buffers, elements.rows, elements.middle, elements.inner,
            self.mark, spec.label_smoothing or None, LOGITS=spec.logits, NAN_IGNORED=self.nan_ignored,
            ALIGN=elements.align, BLOCK_R=how.rows, BLOCK_I=how.block, warps=how.warps,
        )  # fmt: skip
        elements.give_back()

    def count(self, total: Tensor) -> None:
        """Fill `total` with the number of targets that count."""
        target = self.elements.target
        programs = cdiv(target.numel(), _BLOCK)
        sums = Sums.of(programs, target.device, bad_labels=False)
        launch(
            count_kernel, (programs,), target.device, target, sums, target.numel(), self.mark,
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


@triton.jit
def sigmoid_kernel(
    upstream, guess, input, target, weight, pos_weight, sums, loss, by_input, by_target, rows, middle, inner,
    ignore_index, smoothing, LOGITS: tl.constexpr, NAN_IGNORED: tl.constexpr, ALIGN: tl.constexpr,
    BLOCK_R: tl.constexpr, BLOCK_I: tl.constexpr,
):  # fmt: skip
    program = tl.program_id(0).to(tl.int64)
    if guess.guess is not None:
        # The forward pass has written this gradient for a guess: nothing to do where the guess was right.
        came = tl.load(upstream.one)
        if came == tl.load(guess.guess):
            return
        if program == 0:
            tl.store(guess.last, came)
    tiles = tl.cdiv(inner, BLOCK_I)
    r = program // tiles * BLOCK_R + tl.arange(0, BLOCK_R)
    i = program % tiles * BLOCK_I + tl.arange(0, BLOCK_I)
    # ALIGN divides inner, and the compiler is to know: of neighbours all are there, or none.
    there = (r < rows)[:, None] & (i // ALIGN < inner // ALIGN)[None, :]
    at = (r * (inner // ALIGN) * ALIGN)[:, None] + i[None, :]
    x = tl.load(input + at, mask=there, other=0.5).to(tl.float32)
    t = tl.load(target + at, mask=there, other=0.0).to(tl.float32)
    counts = there
    if NAN_IGNORED:
        counts = counts & (t == t)
    elif ignore_index is not None:
        counts = counts & (t != ignore_index)
    x = tl.where(counts, x, 0.5)
    t = tl.where(counts, t, 0.0)
    u = 1.0 - t
    if smoothing is not None:
        t = (1.0 - smoothing) * t + 0.5 * smoothing
        u = (1.0 - smoothing) * u + 0.5 * smoothing
    w, p = elementwise(weight, r, i, there, middle), elementwise(pos_weight, r, i, there, middle)
    value, slope, to_target = from_scores(x, t, u, p) if LOGITS else from_probabilities(x, t, u)
    if sums is not None or loss is not None:
        value = tl.where(counts, value * w, 0.0)
        if loss is not None:
            tl.store(loss + at, value, mask=there)
        if sums is not None:
            report(sums, tl.sum(tl.sum(value, 1), 0), tl.sum(tl.sum(counts.to(tl.float32), 1), 0), None, None)
    if by_input is not None or by_target is not None:
        g = scaled(tl.where(counts, w * upstream.factor, 0.0), upstream, at, there)
        if by_input is not None:
            slope = tl.where(counts, slope * g, 0.0)
            tl.store(by_input + at, slope.to(by_input.dtype.element_ty), mask=there)
        if by_target is not None:
            if smoothing is not None:
                g *= 1.0 - smoothing
            to_target = tl.where(counts, to_target * g, 0.0)
            tl.store(by_target + at, to_target.to(by_target.dtype.element_ty), mask=there)


@triton.jit
def count_kernel(target, sums, count, ignore_index, NAN_IGNORED: tl.constexpr, BLOCK: tl.constexpr):
    """How many targets of a program count."""
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    t = tl.load(target + at, mask=at < count, other=0.0).to(tl.float32)
    counts = (t == t) if NAN_IGNORED else t != ignore_index
    number = tl.sum(((at < count) & counts).to(tl.float32), 0)
    tl.store(sums.parts + tl.num_programs(0) + tl.program_id(0), number)


@triton.jit
def elementwise(weight, r, i, there, middle):
    """A weight of each element; 1 where there is none."""
    value = tl.full([1, 1], 1.0, tl.float32)
    if weight.tensor is not None:
        row = (r // middle) * weight.outer + (r % middle) * weight.middle
        value = tl.load(weight.tensor + (row[:, None] + i[None, :] * weight.inner), mask=there, other=0.0)
    return value


@triton.jit
def from_scores(x, t, u, p):
    """Loss, its derivative by x and by t. exp(−|x|) and the division are shared."""
    e = tl.exp(-tl.abs(x))
    near = log1p_of_share(e)
    positive = p * t
    c = u + positive
    # 0 · ∞ is 0: an infinite score that is right costs nothing.
    value = times(u, tl.maximum(x, 0.0)) + times(positive, tl.maximum(-x, 0.0)) + c * near
    share = 1.0 / (1.0 + e)
    sigmoid = tl.where(x >= 0.0, share, e * share)
    other = tl.where(x >= 0.0, e * share, share)
    # c·σ − p·t = u·σ − p·t·(1 − σ): no difference of nearly equal numbers where the score is right.
    slope = u * sigmoid - positive * other
    return value, slope, near * (p - 1.0) - tl.where(x < 0.0, p * x, x)


@triton.jit
def from_probabilities(x, t, u):
    """Torch's value with torch's clamps, and torch's gradient."""
    log_x = tl.maximum(tl.log(x), -100.0, propagate_nan=tl.PropagateNan.ALL)
    log_1mx = tl.maximum(log1m(x), -100.0, propagate_nan=tl.PropagateNan.ALL)
    slope = (x - t) / tl.maximum(x * (1.0 - x), 1e-12)
    return -(t * log_x + u * log_1mx), slope, log_1mx - log_x


@triton.jit
def log1m(x):
    """log(1 − x) for x in [0, 1], with all digits of a small x."""
    rest = 1.0 - x
    # What 1 − x has rounded away comes back to first order.
    lost = (1.0 - rest) - x
    return tl.where(rest == 0.0, float("-inf"), tl.log(rest) + lost / rest)
