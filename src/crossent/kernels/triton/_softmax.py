"""The kernels of the softmax cross entropy.

`forward_kernel`: one program per tile of positions, all of its classes. The logits are read once. With `y` the
gradient of a sum or mean is written too: from registers where a row is one tile, else in a second walk over classes
that were just read and are still in L2.

`split_kernel` and `merge_kernel`: where positions are few and classes many, several programs share a row. Each writes
the state of its classes; the second kernel makes one state of them, always in the same order.

`backward_kernel`: elementwise, from what forward kept per position: one read of the logits, one write of each gradient.
"""

from typing import Any, NamedTuple

import triton
import triton.language as tl

from ._lists import read_entries, read_marks, settle_entries, slopes_beside_entries, with_entries
from ._rows import (
    Whole,
    based,
    log_sum,
    look,
    losses,
    merged,
    nothing_seen,
    own_mass,
    slopes,
    whole,
    write_gradient,
    write_stats,
)
from ._sums import Sums, report
from ._tiles import (
    Target,
    Tile,
    labels_of,
    load_logits,
    load_mass,
    load_weight,
    offsets,
    own_logit,
    positions,
    read_labels,
    rows_of,
    scaled,
    transformed,
)
from ._walks import look_at_all, write_all_gradients


class Transform(NamedTuple):
    """The transform of the logits."""

    softcap: float | None
    temperature: float


class Options(NamedTuple):
    """The options of the spec; None where one is off, so that the compiler leaves it out."""

    ignore_index: int
    smoothing: float | None
    z_loss: float | None
    transform: Any  # of the logits: its softcap and temperature


class Written(NamedTuple):
    """Everything that a forward pass writes beside the gradient."""

    sums: Sums
    loss: Any  # (P,) or none
    saved: Any  # (numbers, P) or none
    factor: Any = None  # (P,) or none: read, and multiplied into the losses
    stats: Any = None  # lse, prediction, correct, entropy: (P,) each, or none


class Stats(NamedTuple):
    """The buffers of the stats; (P,) each."""

    lse: Any
    prediction: Any
    correct: Any
    entropy: Any


@triton.jit
def forward_kernel(
    x, target, listed, y, weight, upstream, written, count, inner, options,
    CLASSES: tl.constexpr, MASS: tl.constexpr, PLANES: tl.constexpr, ALIGN: tl.constexpr,
    PEEL: tl.constexpr, BLOCK_P: tl.constexpr, BLOCK_C: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    place = positions(count, inner, PLANES, BLOCK_P)
    live = place.live
    KIND: tl.constexpr = MASS if listed is None else "probabilities"
    if listed is None:
        label = labels_of(target, weight, place, written.factor, options, CLASSES, MASS, BLOCK_P)
        z_own = own_logit(x, place, label, options.transform)
    else:
        label = read_marks(listed, place)
        z_own = label.own
    first = 0
    if PEEL:
        # Classes before the first address that 16 bytes divide.
        first = ((PEEL - tl.sum(place.o * x.outer + place.i * x.inner, 0) % PEEL) % PEEL).to(tl.int32)
    x_rows = rows_of(x, place, first, ALIGN)
    masses = Target(rows_of(target, place, first, ALIGN), weight, options.smoothing, label.at, listed, place.p, BLOCK_K)
    STATS: tl.constexpr = written.stats is not None
    WHOLE: tl.constexpr = CLASSES <= BLOCK_C and PEEL == 0

    if WHOLE:
        at = tl.arange(0, BLOCK_C)
        tile = Tile(at, at, live[:, None] & (at < CLASSES)[None, :])
        raw = load_logits(x_rows, tile, "evict_first")
        known, mass = look(nothing_seen(BLOCK_P), raw, masses, tile, options.transform, CLASSES, MASS, STATS)
    else:
        POLICY: tl.constexpr = "evict_first" if y.tensor is None else "evict_last"
        known = look_at_all(
            x_rows, masses, first, live, options.transform, CLASSES, MASS, STATS, POLICY, PEEL, BLOCK_P, BLOCK_C
        )
    state = known.state
    if listed is not None:
        entries = read_entries(listed, x, place, 0, CLASSES, options.transform, BLOCK_K)
        state = with_entries(state, entries, listed.base, place)
    state = whole(state, z_own, KIND)
    log_s = log_sum(state, z_own, KIND)
    write_loss(written, state, log_s, place, z_own, label, count, options, CLASSES, KIND)
    if STATS:
        write_stats(written.stats, place, label, state, log_s, z_own, known, KIND)
    if y.tensor is not None:
        y_rows = rows_of(y, place, first, ALIGN)
        if listed is None:
            # Read again: an answer per class to "is this the label?" that is known already is kept in a register.
            label = labels_of(target, weight, place, written.factor, options, CLASSES, MASS, BLOCK_P)
        g = scaled(tl.where(label.counts, upstream.factor, 0.0), upstream, place.p, label.counts)
        coefficients = slopes(state, label.own, g, options, CLASSES, KIND)
        if listed is not None:
            coefficients = slopes_beside_entries(coefficients, listed.base, place)
        if WHOLE:
            write_gradient(y_rows, raw, mass, tile, label, state.top, coefficients, options, MASS, "")
        else:
            write_all_gradients(
                y_rows,
                x_rows,
                masses,
                first,
                live,
                label,
                state.top,
                coefficients,
                options,
                CLASSES,
                MASS,
                PEEL,
                BLOCK_C,
            )
        if listed is not None:
            settle_entries(y, entries, listed, place, label, state.top, coefficients.soft, g, options.transform)


@triton.jit
def split_kernel(
    x, target, weight, states, count, inner, options, CLASSES: tl.constexpr, MASS: tl.constexpr, PLANES: tl.constexpr,
    ALIGN: tl.constexpr, TILES: tl.constexpr, BLOCK_P: tl.constexpr, BLOCK_C: tl.constexpr,
):  # fmt: skip
    """The state of the classes of split (1): top, s, mass and cost as (4, splits, P)."""
    place = positions(count, inner, PLANES, BLOCK_P)
    label = read_labels(target.tensor, None, place.p, place.live, options.ignore_index, CLASSES, MASS, BLOCK_P)
    x_rows = rows_of(x, place, 0, ALIGN)
    masses = Target(rows_of(target, place, 0, ALIGN), weight, options.smoothing, label.at, None, place.p, 1)
    known = nothing_seen(BLOCK_P)
    for number in range(TILES):
        at = (tl.program_id(1) * TILES + number) * BLOCK_C + tl.arange(0, BLOCK_C)
        tile = Tile(at, at, place.live[:, None] & (at < CLASSES)[None, :])
        known = look(
            known, load_logits(x_rows, tile, "evict_first"), masses, tile, options.transform, CLASSES, MASS, False
        )[0]
    here = states + tl.program_id(1).to(tl.int64) * count + place.p
    each = tl.full([], tl.num_programs(1), tl.int64) * count
    tl.store(here, known.state.top, mask=place.live)
    tl.store(here + each, known.state.s, mask=place.live)
    if MASS != "none":
        tl.store(here + 2 * each, known.state.mass, mask=place.live)
        tl.store(here + 3 * each, known.state.cost, mask=place.live)


@triton.jit
def merge_kernel(
    states, x, target, weight, written, count, inner, options, CLASSES: tl.constexpr, MASS: tl.constexpr,
    SPLITS: tl.constexpr, BLOCK_S: tl.constexpr, BLOCK_P: tl.constexpr,
):  # fmt: skip
    """Write the results of `forward_kernel`, all but the gradient, from the states of all splits."""
    place = positions(count, inner, False, BLOCK_P)
    label = labels_of(target, weight, place, written.factor, options, CLASSES, MASS, BLOCK_P)
    z_own = own_logit(x, place, label, options.transform)
    split = tl.arange(0, BLOCK_S)
    there = place.live[:, None] & (split < SPLITS)[None, :]
    here = states + split.to(tl.int64)[None, :] * count + place.p[:, None]
    each = tl.full([], SPLITS, tl.int64) * count
    tops = tl.load(here, mask=there, other=float("-inf"))
    parts = tl.load(here + each, mask=there, other=0.0)
    masses, costs = parts, parts
    if MASS != "none":
        masses = tl.load(here + 2 * each, mask=there, other=0.0)
        costs = tl.load(here + 3 * each, mask=there, other=0.0)
    state = whole(merged(tops, parts, masses, costs, MASS), z_own, MASS)
    log_s = log_sum(state, z_own, MASS)
    write_loss(written, state, log_s, place, z_own, label, count, options, CLASSES, MASS)


@triton.jit
def backward_kernel(
    upstream, guess, x, target, listed, y, y_target, weight, weight_sum, saved, count, inner, options,
    CLASSES: tl.constexpr, MASS: tl.constexpr, PLANES: tl.constexpr, ALIGN: tl.constexpr, BLOCK_P: tl.constexpr,
    BLOCK_C: tl.constexpr, BLOCK_K: tl.constexpr,
):  # fmt: skip
    if guess.guess is not None:
        # The forward pass has written this gradient for a guess: nothing to do where the guess was right.
        came = tl.load(upstream.one)
        if came == tl.load(guess.guess):
            return
        if tl.program_id(0) + tl.program_id(1) == 0:
            tl.store(guess.last, came)
    place = positions(count, inner, PLANES, BLOCK_P)
    live = place.live
    KIND: tl.constexpr = MASS if listed is None else "probabilities"
    if listed is None:
        label = labels_of(target, weight, place, upstream.each, options, CLASSES, MASS, BLOCK_P)
    else:
        label = read_marks(listed, place)
    state = kept(saved, weight_sum, place.p, live, count, CLASSES, KIND)
    g = scaled(tl.where(label.counts, upstream.factor, 0.0), upstream, place.p, label.counts)
    at = tl.program_id(1) * BLOCK_C + tl.arange(0, BLOCK_C)
    tile = Tile(at, at, live[:, None] & (at < CLASSES)[None, :])
    # The gradients of listed classes are written over those of all others, so nothing is left out here.
    masses = Target(rows_of(target, place, 0, ALIGN), weight, options.smoothing, label.at, None, place.p, 1)
    raw = load_logits(rows_of(x, place, 0, ALIGN), tile, "evict_first")
    if y.tensor is not None:
        mass, y_rows = load_mass(masses, tile, CLASSES, MASS), rows_of(y, place, 0, ALIGN)
        coefficients = slopes(state, label.own, g, options, CLASSES, KIND)
        if listed is not None:
            first = tl.program_id(1) * BLOCK_C
            last = tl.minimum(first + BLOCK_C, CLASSES)
            entries = read_entries(listed, x, place, first, last, options.transform, BLOCK_K)
            coefficients = slopes_beside_entries(coefficients, listed.base, place)
            # The gradient may stand where the logits do.
            tl.debug_barrier()
        write_gradient(y_rows, raw, mass, tile, label, state.top, coefficients, options, MASS, "")
        if listed is not None:
            settle_entries(y, entries, listed, place, label, state.top, coefficients.soft, g, options.transform)
    if y_target.tensor is not None:
        slope = to_target(state, raw, weight, tile, own_mass(g, options.smoothing), options.transform, CLASSES)
        slope = tl.where(label.counts[:, None], slope, 0.0)
        there = y_target.tensor + offsets(rows_of(y_target, place, 0, ALIGN), tile.at)
        tl.store(there, slope.to(y_target.tensor.dtype.element_ty), mask=tile.inside)


@triton.jit
def kept(saved, weight_sum, p, live, count, CLASSES: tl.constexpr, MASS: tl.constexpr):
    """The state of positions that the forward pass has written; the cost is of no use any more."""
    top = tl.load(saved + p, mask=live, other=0.0)
    s = tl.load(saved + count + p, mask=live, other=1.0)
    third = tl.load(saved + 2 * count + p, mask=live, other=0.0)
    mass = tl.zeros_like(s)
    if MASS == "ones":
        mass += CLASSES
    if MASS == "weight":
        mass += tl.load(weight_sum)
    if MASS == "probabilities":
        mass = third
    return Whole(top, s, mass, mass, third)


@triton.jit
def to_target(state, raw, weight, tile, g, transform, CLASSES: tl.constexpr):
    """The gradient to probabilities: g · w_c · (lse − z_c)."""
    z = transformed(raw.to(tl.float32), transform)
    slope = g[:, None] * (tl.log(state.s)[:, None] + (based(state.top)[:, None] - z))
    if weight is not None:
        slope *= load_weight(weight, tile.cols, CLASSES)
    return slope


@triton.jit
def write_loss(
    written, state, log_s, place, z_own, label, count, options, CLASSES: tl.constexpr, MASS: tl.constexpr
):  # fmt: skip
    """Per position the loss and what is kept for the backward pass; per program the sums of losses and weights."""
    each = losses(state, log_s, z_own, label.own, options, CLASSES, MASS)
    if written.factor is not None:
        each *= tl.load(written.factor + place.p, mask=place.live, other=0.0)
    each = tl.where(label.counts, each, tl.where(label.bad, float("nan"), 0.0))
    if written.loss is not None:
        tl.store(written.loss + place.p, each, mask=place.live)
    report(written.sums, tl.sum(each, 0), tl.sum(label.own, 0), place.p, label.bad)
    if written.saved is not None:
        tl.store(written.saved + place.p, state.top, mask=place.live)
        tl.store(written.saved + count + place.p, state.s, mask=place.live)
        third = state.mass if MASS == "probabilities" else state.others
        tl.store(written.saved + 2 * count + place.p, third, mask=place.live)
