"""The second stage of sums, by one program, and labels counted before anything else is known of a call."""

import triton
import triton.language as tl

from ._results import FAR, report
from ._tiles import read_labels


@triton.jit
def finish_kernel(
    sums, bad_labels, programs, loss, total, known_total, record, target, count, classes, ignore_index, ticket,
    LOSS: tl.constexpr, WEIGHT: tl.constexpr, MEAN: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Loss and total of (2, programs) partial sums, added in float64; the first label out of range goes on record."""
    lanes = tl.arange(0, BLOCK)
    losses = tl.zeros([BLOCK], tl.float64)
    weights = tl.zeros([BLOCK], tl.float64)
    first = tl.full([BLOCK], FAR, tl.int64)
    for start in range(0, programs, BLOCK):
        at = start + lanes
        there = at < programs
        if LOSS:
            losses += tl.load(sums + at, mask=there, other=0.0).to(tl.float64)
        if WEIGHT:
            weights += tl.load(sums + programs + at, mask=there, other=0.0).to(tl.float64)
        if bad_labels is not None:
            first = tl.minimum(first, tl.load(bad_labels + at, mask=there, other=FAR))
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
    if bad_labels is not None:
        stray = tl.min(first, 0)
        if stray < FAR:
            report_bad_label(record, target, stray, count, classes, ignore_index, ticket, BLOCK)


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


@triton.jit
def count_kernel(
    target, weight, sums, bad_labels, count, ignore_index, CLASSES: tl.constexpr, BLOCK: tl.constexpr
):  # fmt: skip
    """The weight of the labels of a program, and its first one out of range."""
    p = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    _, own, _counts, stray = read_labels(target, weight, p, p < count, ignore_index, CLASSES, "none", BLOCK)
    report(sums, bad_labels, 0.0, tl.sum(own, 0), p, stray)
