"""Softmax cross entropy: the kernels of `_softmax_forward` and `_softmax_backward` get their tensors.

Shapes as in the kernels of plain torch. Sums per position are kept in float32, those over positions end in float64.
Nothing waits for the device.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ..backend import NO_GUESS, EarlyGradient, Guess, Results, SoftmaxProblem
from . import _launch
from ._call import View, cdiv, labels, launch, plan, processors
from ._labels import Sums, count
from ._launch import Launch, power_of_two
from ._softmax_backward import backward_kernel
from ._softmax_forward import forward_kernel, merge_kernel, split_kernel

# What a forward pass keeps per position for labels and for probabilities: max and Σ exp(z − max), and the mass of the
# probabilities.
KEPT = (2, 3)
WRITES_GRADIENT_FORWARD = True
# The upstream gradient that an early gradient is written for is kept, compared and guessed on the device.
GUESSES_ON_DEVICE = True
REPORTS_LABELS = True


def forward(problem: SoftmaxProblem, results: Results, early: EarlyGradient) -> None:
    """Fill the results, and in the same pass the gradient that is asked for."""
    (loss, total, stats, saved), (into, _, _) = results, early
    call = _Call(problem, View.of(into))
    # The gradient of a mean needs the total before the losses are known.
    counted = call.by_index and call.divides and into is not None
    if counted:
        count(call.target, call.weight, call.classes, problem.spec.ignore_index, problem.places, total)
    how = _launch.forward(
        call.plan.size, into is not None, call.heavy + bool(stats), not stats, processors(call.device)
    )
    sums = Sums(call.programs(how), call.device, bad_labels=call.by_index and not counted)
    each = loss if problem.reduction == "none" else None
    if how.splits > 1:
        if into is not None and saved is None:
            saved = problem.kept(KEPT)
        _split(call, how, sums, each, saved)
    else:
        _whole(call, how, sums, each, results, early)
    sums.finish(
        call.target if call.by_index else None, call.classes, problem.spec.ignore_index, problem.places,
        loss=loss if each is None else None, total=total, weigh=call.by_index and not counted,
        mean=problem.reduction == "mean", known=None if call.by_index else call.plan.size.count,
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
        logits, target, weight, spec, reduction, _ = problem
        self.by_index, self.classes = not target.is_floating_point(), logits.shape[1]
        self.target = labels(target) if self.by_index else target
        self.weight = None if weight is None else weight.contiguous()
        self.spec, self.device = spec, logits.device
        self.x, self.t = View.of(logits), View(self.target) if self.by_index else View.of(target)
        self.plan = plan(logits, *others, *([] if self.by_index else [self.t]))
        # Probabilities all count: their number is known here, and no kernel needs to divide by it.
        self.divides = reduction == "mean" and self.by_index
        self.share = 1.0 if reduction != "mean" or self.by_index else 1.0 / max(1, self.plan.size.count)

    @property
    def options(self) -> dict[str, Any]:
        """The options of the spec; None where one is off, so that the compiler leaves it out."""
        spec = self.spec
        return {
            "smoothing": spec.label_smoothing or None,
            "z_loss": spec.z_loss or None,
            "softcap": spec.transform.softcap,
        }

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


def _whole(call: _Call, how: Launch, sums: Sums, each: Tensor | None, results: Results, early: EarlyGradient) -> None:
    _, total, stats, saved = results
    grad, upstream, guess = early
    told: Sequence[Tensor | None] = stats or (None,) * 4
    launch(
        forward_kernel, (sums.programs,), call.device, *call.x, *call.t, call.weight,
        total if call.divides else None, guess, upstream * call.share, sums.values, sums.bad_labels, each, saved,
        *told, *View.of(grad), call.plan.size.count, call.plan.inner, call.spec.ignore_index,
        **call.options, **call.flags(how), MEAN=call.divides, PLANES=call.plan.size.planes,
        ALIGN=how.peel or call.plan.align, PEEL=how.peel, BLOCK_C=how.block,
    )  # fmt: skip


def _split(call: _Call, how: Launch, sums: Sums, each: Tensor | None, saved: Tensor | None) -> None:
    size, flags = call.plan.size, call.flags(how)
    tiles = cdiv(call.classes, how.block)
    per_split = cdiv(tiles, how.splits)
    splits = cdiv(tiles, per_split)
    states = torch.empty((4, splits, size.count), dtype=torch.float32, device=call.device)
    options = call.options
    launch(
        split_kernel, (sums.programs, splits), call.device, *call.x, *call.t, call.weight, states, size.count,
        call.plan.inner, options["smoothing"], options["softcap"], **flags, PLANES=size.planes, ALIGN=call.plan.align,
        TILES=per_split, BLOCK_C=how.block,
    )  # fmt: skip
    x, outer, inner, classes = call.x
    launch(
        merge_kernel, (sums.programs,), call.device, states, x, outer, inner, classes, call.target, call.weight,
        sums.values, sums.bad_labels, each, saved, size.count, call.plan.inner, call.spec.ignore_index, **options,
        **flags, SPLITS=splits, BLOCK_S=power_of_two(splits),
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
        grad_loss, *guess, upstream * call.share, *call.x, *call.t, call.weight, weight_sum,
        total if call.divides else None, saved, *View.of(grad), *View.of(grad_target), call.plan.size.count,
        call.plan.inner, call.spec.ignore_index, **call.options, **flags, MEAN=call.divides,
        EACH=grad_loss is not None and grad_loss.dim() > 0, PLANES=call.plan.size.planes, ALIGN=call.plan.align,
        BLOCK_C=how.block,
    )  # fmt: skip
