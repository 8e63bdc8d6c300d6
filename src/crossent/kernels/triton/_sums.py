"""Sums over positions, and labels out of range, reported without waiting for the device.

Sums are made in two stages, per program and then by one program, always in the same order: no atomics, the same bits in
every run. The second stage also finds the first label that is out of range, if any, and puts it on record.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import triton
import triton.language as tl
from torch import Tensor

from .. import pending
from ._call import cdiv, labels, launch
from ._tiles import read_labels

_BLOCK = 1024
# Further than any position.
FAR = tl.constexpr(2**62)


class Sums(NamedTuple):
    """Partial sums of programs: their losses and weights, and the first label of each that is out of range."""

    parts: Tensor  # (2, programs)
    bad_labels: Tensor | None  # (programs,)

    @classmethod
    def of(cls, programs: int, device: torch.device, bad_labels: bool) -> Sums:
        """Room for the sums of so many programs."""
        parts = torch.empty((2, programs), dtype=torch.float32, device=device)
        return cls(parts, torch.empty(programs, dtype=torch.int64, device=device) if bad_labels else None)

    def finish(
        self,
        target: Tensor | None,  # labels
        classes: int,
        ignore_index: int,
        positions: tuple[int, ...],
        *,
        loss: Tensor | None,  # () out
        total: Tensor,  # () out if `weigh` or `known`, else what a mean divides by
        weigh: bool,
        mean: bool = False,
        known: int | None = None,
    ) -> None:
        """Add them up: the total of the weights (`weigh`, or as it is `known`), and the sum or mean of the losses."""
        record, number, ticket = None, 0, 0
        if self.bad_labels is not None and target is not None:
            record, number = pending.record(target.device), target.numel()
            ticket = pending.ticket(positions, classes)
        launch(
            finish_kernel, (1,), self.parts.device, self, self.parts.shape[1], loss, total, known,
            record, target, number, classes, ignore_index, ticket,
            LOSS=loss is not None, WEIGHT=weigh, MEAN=mean, BLOCK=_BLOCK // 2, warps=4,
        )  # fmt: skip


def count(
    target: Tensor, weight: Tensor | None, classes: int, ignore_index: int, positions: tuple[int, ...], total: Tensor
) -> None:
    """Fill `total` with the weight of the labels that count; bad ones go on record."""
    target = labels(target)
    programs = cdiv(target.numel(), _BLOCK)
    sums = Sums.of(programs, target.device, True)
    launch(
        count_kernel, (programs,), target.device, target, weight, sums, target.numel(), ignore_index,
        CLASSES=classes, BLOCK=_BLOCK, warps=4,
    )  # fmt: skip
    sums.finish(target, classes, ignore_index, positions, loss=None, total=total, weigh=True)


@triton.jit
def report(sums, loss, weight, p, bad):
    """Write the sums of this program, and its first bad position."""
    program = tl.program_id(0)
    tl.store(sums.parts + program, loss)
    tl.store(sums.parts + tl.num_programs(0) + program, weight)
    if sums.bad_labels is not None:
        tl.store(sums.bad_labels + program, tl.min(tl.where(bad, p, FAR), 0))


@triton.jit
def count_kernel(target, weight, sums, count, ignore_index, CLASSES: tl.constexpr, BLOCK: tl.constexpr):
    """The weight of the labels of a program, and its first one out of range."""
    p = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    label = read_labels(target, weight, p, p < count, ignore_index, CLASSES, "none", BLOCK)
    report(sums, 0.0, tl.sum(label.own, 0), p, label.bad)


@triton.jit
def finish_kernel(
    sums, programs, loss, total, known_total, record, target, count, classes, ignore_index, ticket,
    LOSS: tl.constexpr, WEIGHT: tl.constexpr, MEAN: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Loss and total of the partial sums, added in float64; the first label out of range goes on record."""
    lanes = tl.arange(0, BLOCK)
    losses = tl.zeros([BLOCK], tl.float64)
    weights = tl.zeros([BLOCK], tl.float64)
    first = tl.full([BLOCK], FAR, tl.int64)
    for start in range(0, programs, BLOCK):
        at = start + lanes
        there = at < programs
        if LOSS:
            losses += tl.load(sums.parts + at, mask=there, other=0.0).to(tl.float64)
        if WEIGHT:
            weights += tl.load(sums.parts + programs + at, mask=there, other=0.0).to(tl.float64)
        if sums.bad_labels is not None:
            first = tl.minimum(first, tl.load(sums.bad_labels + at, mask=there, other=FAR))
    weight = tl.sum(weights, 0)
    if WEIGHT:
        tl.store(total, weight)
    elif known_total is not None:
        weight = (tl.zeros([], tl.int64) + known_total).to(tl.float64)
        tl.store(total, weight)
    elif MEAN:
        weight = tl.load(total)
    if LOSS:
        value = tl.sum(losses, 0)
        if MEAN:
            value = value / weight
        tl.store(loss, value.to(tl.float32))
    if sums.bad_labels is not None:
        bad = tl.min(first, 0)
        if bad < FAR:
            report_bad_label(record, target, bad, count, classes, ignore_index, ticket, BLOCK)


@triton.jit
def report_bad_label(record, target, position, count, classes, ignore_index, ticket, BLOCK: tl.constexpr):
    """Write what the error will say: rare, so the whole target is read for it.

    Eight numbers in one store, the last of which is the sum of the others: whoever reads them meanwhile can tell.
    """
    value = tl.load(target + position).to(tl.int64)
    lanes = tl.arange(0, BLOCK)
    times = tl.zeros([BLOCK], tl.int64)
    least = tl.full([BLOCK], FAR, tl.int64)
    most = tl.full([BLOCK], -FAR, tl.int64)
    for start in range(0, count, BLOCK):
        at = start + lanes
        label = tl.load(target + at, mask=at < count, other=0).to(tl.int64)
        bad = ((label < 0) | (label >= classes)) & (label != ignore_index)
        times += ((label == value) & (at < count)).to(tl.int64)
        least = tl.minimum(least, tl.where((at < count) & (bad == 0), label, FAR))
        most = tl.maximum(most, tl.where(at < count, label, -FAR))
    each = tl.arange(0, 8)
    facts = tl.where(each == 0, ticket, 0).to(tl.int64)
    facts = tl.where(each == 1, value, facts)
    facts = tl.where(each == 2, position, facts)
    facts = tl.where(each == 3, tl.sum(times, 0), facts)
    facts = tl.where(each == 4, tl.min(least, 0), facts)
    facts = tl.where(each == 5, tl.max(most, 0), facts)
    facts = tl.where(each == 7, tl.sum(facts, 0), facts)
    tl.store(record + each, facts)
