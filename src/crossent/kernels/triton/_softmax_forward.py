"""The forward kernels of the softmax cross entropy.

`forward_kernel`: one program per tile of positions, all of its classes. The logits are read once. With `grad` the
gradient of a sum or mean is written too: from registers where a row is one tile, else in a second walk over classes
that were just read and are still in L2.

`split_kernel` and `merge_kernel`: where positions are few and classes many, several programs share a row. Each writes
the state of its classes; the second kernel makes one state of them, always in the same order.
"""

import triton
import triton.language as tl

from ._results import upstream_of, write_loss
from ._rows import merged, slopes
from ._stats import write_stats
from ._tiles import aligned, load_logits, own_logit, positions, read_labels
from ._walk import look, look_at_all, nothing_seen, write_all_gradients, write_gradient


@triton.jit
def forward_kernel(
    logits, x_outer, x_inner, x_class, target, t_outer, t_inner, t_class, weight,
    total, guess, upstream, sums, bad_labels, loss, saved, lse, prediction, correct, entropy,
    grad, g_outer, g_inner, g_class, count, inner, ignore_index, smoothing, z_loss, softcap,
    CLASSES: tl.constexpr, MASS: tl.constexpr, MEAN: tl.constexpr, PLANES: tl.constexpr, ALIGN: tl.constexpr,
    PEEL: tl.constexpr, BLOCK_P: tl.constexpr, BLOCK_C: tl.constexpr,
):  # fmt: skip
    p, o, i, live = positions(count, inner, PLANES, BLOCK_P)
    label, own, counts, stray = read_labels(target, weight, p, live, ignore_index, CLASSES, MASS, BLOCK_P)
    x_rows = o * x_outer + i * x_inner
    z_own = own_logit(logits, x_rows, x_class, label, counts, softcap)
    first = 0
    if PEEL:
        # Classes before the first address that 16 bytes divide.
        first = ((PEEL - tl.sum(x_rows, 0) % PEEL) % PEEL).to(tl.int32)
    x = logits, aligned(x_rows + first, ALIGN), x_class
    t = target, aligned(o * t_outer + i * t_inner + first, ALIGN), t_class
    y = grad, aligned(o * g_outer + i * g_inner + first, ALIGN), g_class
    STATS: tl.constexpr = lse is not None
    WHOLE: tl.constexpr = CLASSES <= BLOCK_C and PEEL == 0

    if WHOLE:
        at = tl.arange(0, BLOCK_C)
        inside = live[:, None] & (at < CLASSES)[None, :]
        raw = load_logits(x, at, inside, "evict_first")
        known, mass = look(
            nothing_seen(BLOCK_P), raw, t, weight, at, at, inside, smoothing, softcap, CLASSES, MASS, STATS
        )
    else:
        POLICY: tl.constexpr = "evict_first" if grad is None else "evict_last"
        known = look_at_all(
            x, t, weight, first, live, smoothing, softcap, CLASSES, MASS, STATS, POLICY, PEEL, BLOCK_P, BLOCK_C
        )
    state = known[0]
    write_loss(
        state,
        p,
        live,
        z_own,
        own,
        counts,
        stray,
        sums,
        bad_labels,
        loss,
        saved,
        count,
        smoothing,
        z_loss,
        CLASSES,
        MASS,
    )
    if STATS:
        write_stats(lse, prediction, correct, entropy, p, live, counts, label, known, MASS)
    if grad is not None:
        g = upstream_of(guess, p, counts, upstream, total, MEAN, False)
        coefficients = slopes(state, own, g, smoothing, z_loss, CLASSES, MASS)
        if WHOLE:
            write_gradient(y, raw, mass, at, at, inside, label, counts, state[0], coefficients, softcap, MASS, "")
        else:
            write_all_gradients(
                y, x, t, weight, first, live, label, counts, state[0], coefficients, smoothing, softcap,
                CLASSES, MASS, PEEL, BLOCK_P, BLOCK_C,
            )  # fmt: skip


@triton.jit
def split_kernel(
    logits, x_outer, x_inner, x_class, target, t_outer, t_inner, t_class, weight, states, count, inner,
    smoothing, softcap, CLASSES: tl.constexpr, MASS: tl.constexpr, PLANES: tl.constexpr, ALIGN: tl.constexpr,
    TILES: tl.constexpr, BLOCK_P: tl.constexpr, BLOCK_C: tl.constexpr,
):  # fmt: skip
    """The state of the classes of split (1): top, s, mass and cost as (4, splits, P)."""
    p, o, i, live = positions(count, inner, PLANES, BLOCK_P)
    x = logits, aligned(o * x_outer + i * x_inner, ALIGN), x_class
    t = target, aligned(o * t_outer + i * t_inner, ALIGN), t_class
    known = nothing_seen(BLOCK_P)
    for tile in range(TILES):
        at = (tl.program_id(1) * TILES + tile) * BLOCK_C + tl.arange(0, BLOCK_C)
        inside = live[:, None] & (at < CLASSES)[None, :]
        raw = load_logits(x, at, inside, "evict_first")
        known = look(known, raw, t, weight, at, at, inside, smoothing, softcap, CLASSES, MASS, False)[0]
    top, s, mass, cost = known[0]
    here = states + tl.program_id(1).to(tl.int64) * count + p
    each = tl.full([], tl.num_programs(1), tl.int64) * count
    tl.store(here, top, mask=live)
    tl.store(here + each, s, mask=live)
    if MASS != "none":
        tl.store(here + 2 * each, mass, mask=live)
        tl.store(here + 3 * each, cost, mask=live)


@triton.jit
def merge_kernel(
    states, logits, x_outer, x_inner, x_class, target, weight, sums, bad_labels, loss, saved, count, inner,
    ignore_index, smoothing, z_loss, softcap, CLASSES: tl.constexpr, MASS: tl.constexpr, SPLITS: tl.constexpr,
    BLOCK_S: tl.constexpr, BLOCK_P: tl.constexpr,
):  # fmt: skip
    """Write the results of `forward_kernel`, all but the gradient, from the states of all splits."""
    p, o, i, live = positions(count, inner, False, BLOCK_P)
    label, own, counts, stray = read_labels(target, weight, p, live, ignore_index, CLASSES, MASS, BLOCK_P)
    z_own = own_logit(logits, o * x_outer + i * x_inner, x_class, label, counts, softcap)
    split = tl.arange(0, BLOCK_S)
    there = live[:, None] & (split < SPLITS)[None, :]
    here = states + split.to(tl.int64)[None, :] * count + p[:, None]
    each = tl.full([], SPLITS, tl.int64) * count
    tops = tl.load(here, mask=there, other=float("-inf"))
    parts = tl.load(here + each, mask=there, other=0.0)
    masses, costs = parts, parts
    if MASS != "none":
        masses = tl.load(here + 2 * each, mask=there, other=0.0)
        costs = tl.load(here + 3 * each, mask=there, other=0.0)
    state = merged(tops, parts, masses, costs, MASS)
    write_loss(
        state,
        p,
        live,
        z_own,
        own,
        counts,
        stray,
        sums,
        bad_labels,
        loss,
        saved,
        count,
        smoothing,
        z_loss,
        CLASSES,
        MASS,
    )
