"""The mathematics of softmax rows: from tiles to the state of a position, from the state to loss, stats and gradient.

State of a position, over the classes seen so far, with base = top (0 while top is −∞):
top = max z, s = Σ exp(z − base), mass = Σ a_c, cost = Σ a_c · (base − z_c).
Distances base − z are summed, never z: exact at |z| ~ 1e30.
Loss of a position: own · (log s + top − z_y) + share · (mass · log s + cost) + z_loss · lse².

A walk over the classes of a program's positions is full tiles without a bound, so that loads are 16 bytes wide whatever
the number of classes, then the rest; where rows begin anywhere (PEEL, one row per program) it starts with the `first`
few classes before an address that 16 bytes divide.
"""

from typing import Any, NamedTuple

import triton
import triton.language as tl

from ._tiles import Tile, load_logits, load_mass, load_probabilities, offsets, times, transformed

# As large as no class index, and exact in float32 too.
NOWHERE = tl.constexpr(2**30)


class State(NamedTuple):
    """The sums over the classes seen so far; (BLOCK_P,) each."""

    top: Any
    s: Any
    mass: Any
    cost: Any


class Lead(NamedTuple):
    """The highest value so far, the first class that has it, and the first class that is NaN."""

    best: Any
    best_at: Any
    nan_at: Any


class Known(NamedTuple):
    """The state, and for stats Σ exp(z − base) · (base − z) and the leaders of the logits and the probabilities."""

    state: Any
    spread: Any
    ours: Any
    theirs: Any


class Coefficients(NamedTuple):
    """Three numbers per position of which its gradient is made: exp(z − base) · soft − a · even − [c = y] · hard."""

    soft: Any
    even: Any
    hard: Any


@triton.jit
def based(top):
    """The offset of the exponents."""
    return tl.where(top == float("-inf"), 0.0, top)


@triton.jit
def nothing_seen(BLOCK_P: tl.constexpr):
    """The state before the first tile."""
    zeros = tl.zeros([BLOCK_P], tl.float32)
    nowhere = tl.full([BLOCK_P], NOWHERE, tl.int32)
    no_leader = Lead(zeros + float("-inf"), nowhere, nowhere)
    return Known(State(zeros + float("-inf"), zeros, zeros, zeros), zeros, no_leader, no_leader)


@triton.jit
def look(
    known, raw, target, tile, transform, CLASSES: tl.constexpr, MASS: tl.constexpr, STATS: tl.constexpr
):  # fmt: skip
    """Fold one tile of logits into what is known; returns that and the tile's target mass."""
    spread, ours, theirs = known.spread, known.ours, known.theirs
    raw = raw.to(tl.float32)
    z = tl.where(tile.inside, transformed(raw, transform), float("-inf"))
    mass = load_mass(target, tile, CLASSES, MASS)
    if STATS:
        spread = spread_out(known.state, spread, z)
        ours = leading(ours, raw, tile)
        if MASS == "probabilities":
            theirs = leading(theirs, load_probabilities(target.rows, tile), tile)
    return Known(absorbed(known.state, z, mass, MASS), spread, ours, theirs), mass


@triton.jit
def absorbed(state, z, a, MASS: tl.constexpr):
    """The state after another tile of logits z (−∞ where there is none) with target mass a."""
    top, s, mass, cost = state
    before = top
    top = tl.maximum(top, tl.max(z, 1))
    new = based(top)
    distance = new[:, None] - z
    s = s * tl.exp(before - new) + tl.sum(tl.exp(-distance), 1)
    if MASS != "none":
        cost += times(mass, new - based(before)) + tl.sum(times(a, distance), 1)
        mass += tl.sum(a, 1)
    return State(top, s, mass, cost)


@triton.jit
def merged(tops, sums, masses, costs, MASS: tl.constexpr):
    """One state of several that saw different classes: (BLOCK_P, splits) each, −∞ and 0 where there is none."""
    top = tl.max(tops, 1)
    base = based(top)
    climb = base[:, None] - based(tops)
    s = tl.sum(sums * tl.exp(tops - base[:, None]), 1)
    if MASS == "none":
        return State(top, s, tl.zeros_like(s), tl.zeros_like(s))
    return State(top, s, tl.sum(masses, 1), tl.sum(costs + times(masses, climb), 1))


@triton.jit
def losses(state, z_own, own, options, CLASSES: tl.constexpr, MASS: tl.constexpr):
    """Loss per position; z_own is the logit of the label."""
    log_s = tl.log(state.s)
    loss = state.mass * log_s + state.cost
    if MASS != "probabilities":
        spread = loss
        loss = times(own_mass(own, options.smoothing), log_s + (state.top - z_own))
        if MASS == "ones":
            loss += times(own, spread * (options.smoothing / CLASSES))
        if MASS == "weight":
            loss += spread * (options.smoothing / CLASSES)
    if options.z_loss is not None:
        lse = state.top + log_s
        loss += options.z_loss * lse * lse
    return loss


@triton.jit
def own_mass(own, smoothing):
    """(1 − ε) · w_y."""
    if smoothing is not None:
        own = (1.0 - smoothing) * own
    return own


@triton.jit
def spread_out(state, spread, z):
    """Σ exp(z − base) · (base − z) after another tile, from the state before it; the entropy is log s + this / s."""
    new = based(tl.maximum(state.top, tl.max(z, 1)))
    distance = new[:, None] - z
    turned = tl.exp(state.top - new) * (spread + times(state.s, new - based(state.top)))
    return turned + tl.sum(times(tl.exp(-distance), distance), 1)


@triton.jit
def leading(lead, values, tile):
    """The leader after another tile."""
    number = tile.inside & (values == values)
    values = tl.where(number, values, float("-inf"))
    here = tl.max(values, 1)
    at = tl.min(tl.where(number & (values == here[:, None]), tile.cols[None, :], NOWHERE), 1)
    higher = (here > lead.best) | (lead.best_at == NOWHERE)
    nan_at = tl.min(tl.where(tile.inside & (number == 0), tile.cols[None, :], NOWHERE), 1)
    best, best_at = tl.where(higher, here, lead.best), tl.where(higher, at, lead.best_at)
    return Lead(best, best_at, tl.minimum(lead.nan_at, nan_at))


@triton.jit
def first_of(lead):
    """The argmax of NumPy and torch: the first NaN, else the first of the highest."""
    return tl.where(lead.nan_at < NOWHERE, lead.nan_at, lead.best_at)


@triton.jit
def write_stats(stats, place, label, known, MASS: tl.constexpr):
    """Write the stats of what is known after all tiles."""
    top, s, _mass, _cost = known.state
    winner = first_of(known.ours)
    truth = first_of(known.theirs) if MASS == "probabilities" else label.at
    log_s = tl.log(s)
    whole = tl.where((top == float("inf")) | (top == float("-inf")), top, top + log_s)
    whole = tl.where(known.ours.nan_at < NOWHERE, float("nan"), whole)
    tl.store(stats.lse + place.p, whole, mask=place.live)
    tl.store(stats.prediction + place.p, winner.to(tl.int64), mask=place.live)
    tl.store(stats.correct + place.p, (winner == truth) & label.counts, mask=place.live)
    tl.store(stats.entropy + place.p, log_s + known.spread / s, mask=place.live)


@triton.jit
def slopes(state, own, g, options, CLASSES: tl.constexpr, MASS: tl.constexpr):
    """The coefficients of gradients g of each position's loss."""
    mass, even, hard = state.mass, g, tl.zeros_like(g)
    if MASS != "probabilities":
        spread = mass
        hard = own_mass(own, options.smoothing)
        mass = hard
        if MASS != "none":
            even = g * (options.smoothing / CLASSES)
            if MASS == "ones":
                even *= own
                spread *= own
            mass += spread * (options.smoothing / CLASSES)
        hard = g * hard
    if options.z_loss is not None:
        mass += 2.0 * options.z_loss * (state.top + tl.log(state.s))
    return Coefficients(g * mass / state.s, even, hard)


@triton.jit
def write_gradient(y, raw, a, tile, label, top, coefficients, transform, MASS: tl.constexpr, POLICY: tl.constexpr):
    """Write the gradient of a tile; 0 where the position does not count."""
    z = transformed(raw.to(tl.float32), transform)
    slope = tl.exp(z - based(top)[:, None]) * coefficients.soft[:, None]
    if MASS != "none":
        slope -= a * coefficients.even[:, None]
    if MASS != "probabilities":
        slope -= tl.where(tile.cols[None, :] == label.at[:, None], coefficients.hard[:, None], 0.0)
    slope = tl.where(label.counts[:, None], sloped(slope, z, transform), 0.0).to(y.tensor.dtype.element_ty)
    tl.store(y.tensor + offsets(y, tile.at), slope, mask=tile.inside, eviction_policy=POLICY)


@triton.jit
def sloped(slope, z, transform):
    """The gradient to the logits, from that to the transformed ones z."""
    if transform is not None:
        if transform.softcap is not None:
            tangent = z * (transform.temperature / transform.softcap)
            slope *= 1.0 - tangent * tangent
        slope /= transform.temperature
    return slope


@triton.jit
def head_of_walk(first, live, PEEL: tl.constexpr):
    """The tile of the classes before the first that is aligned."""
    cols = tl.arange(0, PEEL)
    return Tile(cols - first, cols, live[:, None] & (cols < first)[None, :])


@triton.jit
def tile_of_walk(number, first, live, CLASSES: tl.constexpr, BLOCK_C: tl.constexpr):
    """A tile of the walk; CLASSES: where it may end within the tile, None where it does not."""
    at = number * BLOCK_C + tl.arange(0, BLOCK_C)
    cols = first + at
    if CLASSES is None:
        inside = tl.broadcast_to(live[:, None], [live.shape[0], BLOCK_C])
    else:
        inside = live[:, None] & (cols < CLASSES)[None, :]
    return Tile(at, cols, inside)


@triton.jit
def look_at_all(
    x, target, first, live, transform, CLASSES: tl.constexpr, MASS: tl.constexpr, STATS: tl.constexpr,
    POLICY: tl.constexpr, PEEL: tl.constexpr, BLOCK_P: tl.constexpr, BLOCK_C: tl.constexpr,
):  # fmt: skip
    """Fold all tiles into what is known. A tile is loaded before the one ahead of it is summed."""
    known = nothing_seen(BLOCK_P)
    FULL: tl.constexpr = (CLASSES - PEEL) // BLOCK_C
    TILES: tl.constexpr = (CLASSES + BLOCK_C - 1) // BLOCK_C
    if PEEL:
        head = head_of_walk(first, live, PEEL)
        known = look(known, load_logits(x, head, POLICY), target, head, transform, CLASSES, MASS, STATS)[0]
    ahead = load_logits(x, tile_of_walk(0, first, live & (FULL > 0), None, BLOCK_C), POLICY)
    for number in range(FULL):
        raw, tile = ahead, tile_of_walk(number, first, live, None, BLOCK_C)
        following = Tile(tile.at + BLOCK_C, tile.cols, tile.inside & (number + 1 < FULL))
        ahead = load_logits(x, following, POLICY)
        known = look(known, raw, target, tile, transform, CLASSES, MASS, STATS)[0]
    for number in tl.static_range(FULL, TILES):
        rest = tile_of_walk(number, first, live, CLASSES, BLOCK_C)
        known = look(known, load_logits(x, rest, POLICY), target, rest, transform, CLASSES, MASS, STATS)[0]
    return known


@triton.jit
def write_all_gradients(
    y, x, target, first, live, label, top, coefficients, transform, CLASSES: tl.constexpr, MASS: tl.constexpr,
    PEEL: tl.constexpr, BLOCK_C: tl.constexpr,
):  # fmt: skip
    """Walk again, over logits that are in cache, and write the gradient of every tile."""
    FULL: tl.constexpr = (CLASSES - PEEL) // BLOCK_C
    TILES: tl.constexpr = (CLASSES + BLOCK_C - 1) // BLOCK_C
    if PEEL:
        write_again(y, x, target, head_of_walk(first, live, PEEL), label, top, coefficients, transform, CLASSES, MASS)
    for number in range(FULL):
        tile = tile_of_walk(number, first, live, None, BLOCK_C)
        write_again(y, x, target, tile, label, top, coefficients, transform, CLASSES, MASS)
    for number in tl.static_range(FULL, TILES):
        rest = tile_of_walk(number, first, live, CLASSES, BLOCK_C)
        write_again(y, x, target, rest, label, top, coefficients, transform, CLASSES, MASS)


@triton.jit
def write_again(
    y, x, target, tile, label, top, coefficients, transform, CLASSES: tl.constexpr, MASS: tl.constexpr
):  # fmt: skip
    """Read a tile for the last time, and write its gradient."""
    raw, mass = load_logits(x, tile, "evict_first"), load_mass(target, tile, CLASSES, MASS)
    write_gradient(y, raw, mass, tile, label, top, coefficients, transform, MASS, "evict_first")
