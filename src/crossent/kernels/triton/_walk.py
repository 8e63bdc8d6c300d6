"""Walks over the classes of the positions of a program, tile by tile: once to know them, again to write the gradient.

x = (logits, firsts, class stride), likewise t for the target and y for the gradient: tensors with the offsets of the
first class of each position. at: (BLOCK_C,) steps from there; cols: the classes that stand there; inside: whether they
are there at all. A walk is full tiles without a bound, so that loads are 16 bytes wide whatever the number of classes,
then the rest; where rows begin anywhere (PEEL, one row per program) it starts with the `first` few classes before an
address that 16 bytes divide.
"""

import triton
import triton.language as tl

from ._math import capped
from ._rows import absorbed, based, gradient
from ._stats import leading, no_leader, spread_out
from ._tiles import load_logits, load_mass, load_probabilities


@triton.jit
def nothing_seen(BLOCK_P: tl.constexpr):
    """The state before the first tile: (state, spread, leader of the logits, leader of the probabilities)."""
    zeros = tl.zeros([BLOCK_P], tl.float32)
    return (zeros + float("-inf"), zeros, zeros, zeros), zeros, no_leader(BLOCK_P), no_leader(BLOCK_P)


@triton.jit
def look(
    known, raw, t, weight, at, cols, inside, smoothing, softcap, CLASSES: tl.constexpr, MASS: tl.constexpr,
    STATS: tl.constexpr,
):  # fmt: skip
    """Fold one tile of logits into the running state; returns the new state and the tile's target mass."""
    state, spread, ours, theirs = known
    raw = raw.to(tl.float32)
    z = tl.where(inside, capped(raw, softcap), float("-inf"))
    mass = load_mass(t, weight, at, cols, inside, smoothing, CLASSES, MASS)
    if STATS:
        spread = spread_out(state, spread, z)
        ours = leading(ours, raw, cols, inside)
        if MASS == "probabilities":
            theirs = leading(theirs, load_probabilities(t, at, inside), cols, inside)
    return (absorbed(state, z, mass, MASS), spread, ours, theirs), mass


@triton.jit
def look_at_all(
    x, t, weight, first, live, smoothing, softcap, CLASSES: tl.constexpr, MASS: tl.constexpr, STATS: tl.constexpr,
    POLICY: tl.constexpr, PEEL: tl.constexpr, BLOCK_P: tl.constexpr, BLOCK_C: tl.constexpr,
):  # fmt: skip
    """Fold all tiles into the state. A tile is loaded before the one ahead of it is summed."""
    known = nothing_seen(BLOCK_P)
    FULL: tl.constexpr = (CLASSES - PEEL) // BLOCK_C
    TILES: tl.constexpr = (CLASSES + BLOCK_C - 1) // BLOCK_C
    lanes = tl.arange(0, BLOCK_C)
    everywhere = tl.broadcast_to(live[:, None], [BLOCK_P, BLOCK_C])
    if PEEL:
        head = tl.arange(0, PEEL)
        before = live[:, None] & (head < first)[None, :]
        few = load_logits(x, head - first, before, POLICY)
        known = look(known, few, t, weight, head - first, head, before, smoothing, softcap, CLASSES, MASS, STATS)[0]
    ahead = load_logits(x, lanes, everywhere & (FULL > 0), POLICY)
    for tile in range(FULL):
        raw = ahead
        at = tile * BLOCK_C + lanes
        ahead = load_logits(x, at + BLOCK_C, everywhere & (tile + 1 < FULL), POLICY)
        known = look(known, raw, t, weight, at, first + at, everywhere, smoothing, softcap, CLASSES, MASS, STATS)[0]
    for tile in tl.static_range(FULL, TILES):
        at = tile * BLOCK_C + lanes
        cols = first + at
        inside = live[:, None] & (cols < CLASSES)[None, :]
        raw = load_logits(x, at, inside, POLICY)
        known = look(known, raw, t, weight, at, cols, inside, smoothing, softcap, CLASSES, MASS, STATS)[0]
    return known


@triton.jit
def write_gradient(
    y, raw, mass, at, cols, inside, label, counts, top, coefficients, softcap, MASS: tl.constexpr, POLICY: tl.constexpr
):  # fmt: skip
    """Write the gradient of a tile; 0 where the position does not count."""
    grad, firsts, stride = y
    slope = gradient(raw.to(tl.float32), mass, cols, label, based(top), coefficients, softcap, MASS)
    slope = tl.where(counts[:, None], slope, 0.0)
    offsets = firsts[:, None] + at.to(tl.int64)[None, :] * stride
    tl.store(grad + offsets, slope.to(grad.dtype.element_ty), mask=inside, eviction_policy=POLICY)


@triton.jit
def write_all_gradients(
    y, x, t, weight, first, live, label, counts, top, coefficients, smoothing, softcap, CLASSES: tl.constexpr,
    MASS: tl.constexpr, PEEL: tl.constexpr, BLOCK_P: tl.constexpr, BLOCK_C: tl.constexpr,
):  # fmt: skip
    """Walk again, over logits that are in cache, and write the gradient of every tile."""
    FULL: tl.constexpr = (CLASSES - PEEL) // BLOCK_C
    TILES: tl.constexpr = (CLASSES + BLOCK_C - 1) // BLOCK_C
    LAST: tl.constexpr = "evict_first"
    if PEEL:
        head = tl.arange(0, PEEL)
        before = live[:, None] & (head < first)[None, :]
        few = load_logits(x, head - first, before, LAST)
        their = load_mass(t, weight, head - first, head, before, smoothing, CLASSES, MASS)
        write_gradient(y, few, their, head - first, head, before, label, counts, top, coefficients, softcap, MASS, LAST)
    for tile in range(FULL):
        at = tile * BLOCK_C + tl.arange(0, BLOCK_C)
        inside = tl.broadcast_to(live[:, None], [BLOCK_P, BLOCK_C])
        raw = load_logits(x, at, inside, LAST)
        mass = load_mass(t, weight, at, first + at, inside, smoothing, CLASSES, MASS)
        write_gradient(y, raw, mass, at, first + at, inside, label, counts, top, coefficients, softcap, MASS, LAST)
    for tile in tl.static_range(FULL, TILES):
        at = tile * BLOCK_C + tl.arange(0, BLOCK_C)
        cols = first + at
        inside = live[:, None] & (cols < CLASSES)[None, :]
        raw = load_logits(x, at, inside, LAST)
        mass = load_mass(t, weight, at, cols, inside, smoothing, CLASSES, MASS)
        write_gradient(y, raw, mass, at, cols, inside, label, counts, top, coefficients, softcap, MASS, LAST)
