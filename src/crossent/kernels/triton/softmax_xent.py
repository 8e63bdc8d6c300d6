"""Softmax cross entropy: the kernels of `_softmax` get their tensors.

Shapes as in the kernels of plain torch. Sums per position are kept in float32, those over positions end in float64.
Nothing waits for the device.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ...core.labels import absent
from ...core.reduction import spread
from ..backend import NO_GUESS, EarlyGradient, Guess, Results, SoftmaxProblem
from . import _launch
from ._call import Upstream, View, cdiv, labels, launch, plan, processors
from ._launch import Launch, power_of_two
from ._lists import Listed
from ._softmax import Options, Stats, Transform, Written, backward_kernel, forward_kernel, merge_kernel, split_kernel
from ._sums import Sums, count

# What a forward pass keeps per position: max, Σ exp(z − max), and the part of it that is not of the label's class; of
# probabilities their mass.
KEPT = (3, 3)
KEEPS_STATE = False
WRITES_GRADIENT_FORWARD = True
# The upstream gradient that an early gradient is written for is kept, compared and guessed on the device.
GUESSES_ON_DEVICE = True
REPORTS_LABELS = True
# Listed classes that a program reads at once: as many as a tile of logits has elements.
_ENTRIES = 8192


def forward(problem: SoftmaxProblem, results: Results, early: EarlyGradient) -> None:
    """Fill the results, and in the same pass the gradient that is asked for."""
    (loss, total, stats, saved), (into, _, _) = results, early
    call = _Call(problem, View.of(into))
    # The gradient of a mean needs the total before the losses are known.
    counted = call.divides and into is not None
    if counted and call.listed is not None:
        total.copy_((call.listed.marks > 0).sum())
    elif counted and not call.by_index:
        # A row that does not count is NaN from its first class to its last.
        total.copy_((~(call.target[:, 0].isnan() & call.target[:, -1].isnan())).sum())
    elif counted:
        count(call.target, call.weight, call.classes, problem.spec.ignore_index, problem.places, total)
    how = _launch.forward(
        call.plan.size,
        into is not None,
        call.heavy + bool(stats),
        not stats and call.listed is None,
        processors(call.device),
    )
    how = call.fitting(how)
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
    if call.listed is not None and grad_target is not None:
        _to_masses(problem, call, grad_loss, total, saved, grad_target)
        grad_target = None
    if grad_logits is not None or grad_target is not None:
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
        self.listed = None if problem.ids is None else _lists(problem)
        self.x, self.t = View.of(logits), View(self.target) if self.by_index else View.of(target)
        if self.listed is not None:
            self.t = View(None)
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
        if self.listed is not None:
            return "none" if self.listed.base is None else "ones" if self.weight is None else "weight"
        if not self.by_index:
            return "probabilities"
        if not self.spec.label_smoothing:
            return "none"
        return "ones" if self.weight is None or self.spec.smoothing_weight == "target" else "weight"

    @property
    def heavy(self) -> bool:
        """True if more is computed of a logit than its exponential."""
        return bool(self.spec.transform) or self.mass in ("weight", "probabilities")

    @property
    def block_of_list(self) -> int:
        """The entries of a list that are read at once: all."""
        return 1 if self.listed is None else power_of_two(self.listed.size)

    def fitting(self, how: Launch) -> Launch:
        """The launch with no more positions than a program can hold the lists of.

        A thread has half as much of a long row where the other classes have mass too: with all of it, registers spill.
        """
        if self.listed is None:
            return how
        how = replace(how, rows=max(1, min(how.rows, _ENTRIES // self.block_of_list)))
        halved = self.listed.base is not None and how.block < self.classes
        return replace(how, block=how.block // 2) if halved else how

    def programs(self, how: Launch) -> int:
        """How many programs take all positions."""
        if not self.plan.size.planes:
            return cdiv(self.plan.size.count, how.rows)
        return self.plan.size.count // max(1, self.plan.inner) * cdiv(self.plan.inner, how.rows)

    def flags(self, how: Launch) -> dict[str, Any]:
        """The compile-time flags of this call."""
        return {"CLASSES": self.classes, "MASS": self.mass, "BLOCK_P": how.rows, "warps": how.warps}


def _lists(problem: SoftmaxProblem) -> Listed:
    ids, mass = (t.movedim(1, -1).contiguous() for t in (problem.ids, problem.target))  # type: ignore[union-attr]
    counts = ~absent(mass, -1)
    counts = counts if problem.factor is None else counts & (problem.factor != 0)
    bad = (ids >= problem.logits.shape[1]).any(-1)
    marks = counts.to(torch.int8) + (counts & bad).to(torch.int8)
    return Listed(ids, mass, None if problem.base is None else problem.base.contiguous(), marks, ids.shape[-1])


def _to_masses(
    problem: SoftmaxProblem, call: _Call, grad_loss: Tensor, total: Tensor, saved: Tensor | None, into: Tensor
) -> None:
    """Fill the gradient to the masses of listed classes: g · (lse − z_c)."""
    assert saved is not None
    assert problem.ids is not None
    assert call.listed is not None
    g = spread(grad_loss, total, problem.reduction, problem.positions())
    g = g if problem.factor is None else g * problem.factor
    there = (problem.ids >= 0) & (problem.ids < call.classes)
    z = problem.spec.transform(problem.logits.gather(1, torch.where(there, problem.ids, 0)).float())
    top, s = (saved[number].unsqueeze(1) for number in (0, 1))
    cost = g.unsqueeze(1) * (s.log() + (top - z))
    into.copy_(torch.where(there & (call.listed.marks == 1).unsqueeze(1), cost, 0.0))


def _whole(call: _Call, how: Launch, written: Written, total: Tensor, early: EarlyGradient) -> None:
    upstream = call.upstream(early.upstream, early.guess, total)
    launch(
        forward_kernel, (call.programs(how),), call.device, call.x, call.t, call.listed, View.of(early.into),
        call.weight, upstream, written, call.plan.size.count, call.plan.inner, call.options, **call.flags(how),
        BLOCK_K=call.block_of_list,
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
    how = call.fitting(_launch.backward(call.plan.size))
    flags = call.flags(how)
    # Of lists the whole mass was kept.
    weighed = flags["MASS"] == "weight" and call.listed is None
    weight_sum = call.weight.sum() if call.weight is not None and weighed else None
    launch(
        backward_kernel, (call.programs(how), cdiv(call.classes, how.block)), call.device,
        call.upstream(upstream, grad_loss, total), guess, call.x, call.t, call.listed,
        View.of(grad), View.of(grad_target), call.weight, weight_sum, saved, call.plan.size.count, call.plan.inner,
        call.options, **flags, PLANES=call.plan.size.planes, ALIGN=call.plan.align, BLOCK_C=how.block,
        BLOCK_K=call.block_of_list,
    )  # fmt: skip
