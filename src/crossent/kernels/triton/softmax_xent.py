"""Softmax cross entropy: the kernels of `_softmax` get their tensors.

Shapes as in the kernels of plain torch. Sums per position are kept in float32, those over positions end in float64.
Nothing waits for the device.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..backend import NO_GUESS, EarlyGradient, Guess, Results, SoftmaxProblem
from . import _launch
from ._call import Upstream, View, cdiv, labels, launch, plan, processors
from ._launch import Launch, power_of_two
from ._softmax import Options, Stats, Transform, Written, backward_kernel, forward_kernel, merge_kernel, split_kernel
from ._sums import Sums, count

# What a forward pass keeps per position for labels and for probabilities: max and Σ exp(z − max), and the mass of the
# probabilities.
KEPT = (2, 3)
KEEPS_STATE = False
WRITES_GRADIENT_FORWARD = True
# The upstream gradient that an early gradient is written for is kept, compared and guessed on the device.
GUESSES_ON_DEVICE = True
REPORTS_LABELS = True


def forward(problem: SoftmaxProblem, results: Results, early: EarlyGradient) -> None:
    """Fill the results, and in the same pass the gradient that is asked for."""
    (loss, total, stats, saved), (into, _, _) = results, early
    call = _Call(problem, View.of(into))
    # The gradient of a mean needs the total before the losses are known.
    counted = call.divides and into is not None
    if counted and not call.by_index:
        # A row that does not count is NaN from its first class to its last.
        total.copy_((~(call.target[:, 0].isnan() & call.target[:, -1].isnan())).sum())
    elif counted:
        count(call.target, call.weight, call.classes, problem.spec.ignore_index, problem.places, total)
    how = _launch.forward(
        call.plan.size, into is not None, call.heavy + bool(stats), not stats, processors(call.device)
    )
    sums = Sums.of(call.programs(how), call.device, bad_labels=call.by_index and not counted)
    each = loss if problem.reduction == "none" else None
    if how.splits > 1:
        if into is not None and saved is None:
            saved = problem.kept(KEPT)
        _split(call, how, Written(sums, each, saved, call.factor))
    else:
        _whole(call, how, Written(sums, each, saved, call.factor, Stats(*stats) if stats else None), total, early)
    sums.finish(
        call.target if call.by_index else None, call.classes, problem.spec.ignore_index, problem.places,
        loss=loss if each is None else None, total=total, weigh=not counted, mean=call.divides,
    )  # fmt: skip
    if how.splits > 1 and into is not None:
        _slopes(call, early.guess, early.upstream, total, saved, into, None, NO_GUESS)


def backward(
    problem: SoftmaxProblem,
    grad_loss: Tensor,  # (P,); () for a sum or mean
    total: Tensor,  # ()
    saved: Tensor | None,  # (numbers, P)
    grad_logits: Tensor | None,  # (P, C) out
    grad_target: Tensor | None,  # (P, C) out
    guess: Guess,
) -> None:
    """Fill the gradients that are asked for: one read of the logits, one write each."""
    call = _Call(problem, View.of(grad_logits), View.of(grad_target))
    _slopes(call, grad_loss.contiguous(), 1.0, total, saved, grad_logits, grad_target, guess)


class _Call:
    """The arguments of every kernel of a call."""

    def __init__(self, problem: SoftmaxProblem, *others: View) -> None:
        logits, target, weight, spec, reduction, *_ = problem
        self.by_index, self.classes = not target.is_floating_point(), logits.shape[1]
        self.target = labels(target) if self.by_index else target
        self.weight = None if weight is None else weight.contiguous()
        self.factor = None if problem.factor is None else problem.factor.contiguous()
        self.spec, self.device = spec, logits.device
        self.x, self.t = View.of(logits), View(self.target) if self.by_index else View.of(target)
        self.plan = plan(logits, *others, *([] if self.by_index else [self.t]))
        self.divides = reduction == "mean"

    def upstream(self, factor: float, gradient: Tensor | None, total: Tensor | None) -> Upstream:
        """The upstream gradient of each position: that of its loss times its factor."""
        one, each, divisor = gradient, self.factor, total if self.divides else None
        if gradient is not None and gradient.dim():
            one, each = None, gradient if each is None else gradient * each
        return Upstream(factor, one, each, divisor)

    @property
    def options(self) -> Options:
        """The options as kernels take them."""
        spec = self.spec
        transform = Transform(spec.transform.softcap, spec.transform.temperature) if spec.transform else None
        return Options(spec.ignore_index, spec.label_smoothing or None, spec.z_loss or None, transform)

    @property
    def mass(self) -> str:
        """The target mass of the classes beside the label; see `_tiles`."""
        if not self.by_index:
            return "probabilities"
        if not self.spec.label_smoothing:
            return "none"
        return "ones" if self.weight is None or self.spec.smoothing_weight == "target" else "weight"

    @property
    def heavy(self) -> bool:
        """True if more is computed of a logit than its exponential."""
        return bool(self.spec.transform) or self.mass in ("weight", "probabilities")

    def programs(self, how: Launch) -> int:
        """How many programs take all positions."""
        if not self.plan.size.planes:
            return cdiv(self.plan.size.count, how.rows)
        return self.plan.size.count // max(1, self.plan.inner) * cdiv(self.plan.inner, how.rows)

    def flags(self, how: Launch) -> dict[str, Any]:
        """The compile-time flags of this call."""
        return {"CLASSES": self.classes, "MASS": self.mass, "BLOCK_P": how.rows, "warps": how.warps}


def _whole(call: _Call, how: Launch, written: Written, total: Tensor, early: EarlyGradient) -> None:
    upstream = call.upstream(early.upstream, early.guess, total)
    launch(
        forward_kernel, (call.programs(how),), call.device, call.x, call.t, View.of(early.into), call.weight, upstream,
        written, call.plan.size.count, call.plan.inner, call.options, **call.flags(how),
        PLANES=call.plan.size.planes, ALIGN=how.peel or call.plan.align, PEEL=how.peel, BLOCK_C=how.block,
    )  # fmt: skip


def _split(call: _Call, how: Launch, written: Written) -> None:
    size, flags, programs = call.plan.size, call.flags(how), call.programs(how)
    tiles = cdiv(call.classes, how.block)
    per_split = cdiv(tiles, how.splits)
    splits = cdiv(tiles, per_split)
    states = torch.empty((4, splits, size.count), dtype=torch.float32, device=call.device)
    launch(
        split_kernel, (programs, splits), call.device, call.x, call.t, call.weight, states, size.count,
        call.plan.inner, call.options, **flags, PLANES=size.planes, ALIGN=call.plan.align, TILES=per_split,
        BLOCK_C=how.block,
    )  # fmt: skip
    launch(
        merge_kernel, (programs,), call.device, states, call.x, call.t, call.weight, written, size.count,
        call.plan.inner, call.options, **flags, SPLITS=splits, BLOCK_S=power_of_two(splits),
    )  # fmt: skip


def _slopes(
    call: _Call, grad_loss: Tensor | None, upstream: float, total: Tensor, saved: Tensor | None,
    grad: Tensor | None, grad_target: Tensor | None, guess: Guess,
) -> None:  # fmt: skip
    how = _launch.backward(call.plan.size)
    flags = call.flags(how)
    weight_sum = call.weight.sum() if call.weight is not None and flags["MASS"] == "weight" else None
    launch(
        backward_kernel, (call.programs(how), cdiv(call.classes, how.block)), call.device,
        call.upstream(upstream, grad_loss, total), guess, call.x, call.t,
        View.of(grad), View.of(grad_target), call.weight, weight_sum, saved, call.plan.size.count, call.plan.inner,
        call.options, **flags, PLANES=call.plan.size.planes, ALIGN=call.plan.align, BLOCK_C=how.block,
    )  # fmt: skip
