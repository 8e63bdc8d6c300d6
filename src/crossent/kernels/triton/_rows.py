"""The mathematics of softmax rows: from tiles to the state of a position, from the state to loss, stats and gradient.

State of a position, over the classes seen so far, with base = top (0 while top is −∞):
top = max z, s = Σ exp(z − base), mass = Σ a_c, cost = Σ a_c · (base − z_c).
Distances base − z are summed, never z: exact at |z| ~ 1e30. Where there is no mass beside the label, s leaves its class
out until all are seen: what the others have keeps its digits where that class is nearly sure, in log1p(others) and in
1 − p = others / s.
Loss of a position: own · (log s + top − z_y) + share · (mass · log s + cost) + z_loss · lse².
"""

from typing import Any, NamedTuple

import triton
import triton.language as tl

from ._tiles import load_mass, load_probabilities, log1p_of_share, offsets, times, transformed

# As large as no class index, and exact in float32 too.
NOWHERE = tl.constexpr(2**30)


class State(NamedTuple):
    """The sums over the classes seen so far; (BLOCK_P,) each."""

    top: Any
    s: Any
    mass: Any
    cost: Any


class Whole(NamedTuple):
    """The sums over all classes, and of s the part of those that were not left out; (BLOCK_P,) each."""

    top: Any
    s: Any
    mass: Any
    cost: Any
    others: Any


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
    """The numbers per position of which its gradient is made: exp(z − base) · soft − a · even − [c = y] · hard.

    Where there is no mass beside the label, its own gradient is exp(z − base) · beside − hard: no p − 1 is formed.
    beside: 0 without a z-loss.
    """

    soft: Any
    even: Any
    hard: Any
    beside: Any


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
    # Before the label is looked for: a thread has registers for its logits, and not for a copy of them.
    top = tl.maximum(known.state.top, tl.max(z, 1))
    others = z
    if MASS == "none":
        others = tl.where(tile.cols[None, :] == target.label[:, None], float("-inf"), z)
    if STATS:
        spread = spread_out(known.state, spread, others, top)
        ours = leading(ours, raw, tile)
        if MASS == "probabilities":
            theirs = leading(theirs, load_probabilities(target.rows, tile), tile)
    return Known(absorbed(known.state, top, z, others, mass, MASS), spread, ours, theirs), mass


@triton.jit
def absorbed(state, top, z, others, a, MASS: tl.constexpr):
    """The state after another tile of logits z (−∞ where there is none) with target mass a; top: that after it."""
    before, s, mass, cost = state
    new = based(top)
    s = s * tl.exp(before - new) + tl.sum(tl.exp(others - new[:, None]), 1)
    if MASS != "none":
        cost += times(mass, new - based(before)) + tl.sum(times(a, new[:, None] - z), 1)
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
def whole(state, z_own, MASS: tl.constexpr):
    """The state of all classes; z_own is the logit of the label, or of class 0, that stands for one."""
    top, others, mass, cost = state
    s = others
    if MASS == "none":
        s = others + tl.exp(z_own - based(top))
    return Whole(top, s, mass, cost, others)


@triton.jit
def log_sum(state, z_own, MASS: tl.constexpr):
    """log s, of which a row that is sure of its label keeps all digits."""
    log_s = tl.log(state.s)
    if MASS == "none":
        sure = (z_own == state.top) & (state.others < 1.0)
        log_s = tl.where(sure, log1p_of_share(state.others), log_s)
    return log_s


@triton.jit
def losses(state, log_s, z_own, own, options, CLASSES: tl.constexpr, MASS: tl.constexpr):
    """Loss per position."""
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
def spread_out(state, spread, z, top):
    """Σ exp(z − base) · (base − z) after another tile, from the state before it; the entropy is log s + this / s."""
    new = based(top)
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
def write_stats(stats, place, label, state, log_s, z_own, known, MASS: tl.constexpr):
    """Write the stats of what is known after all tiles."""
    top, spread = state.top, known.spread
    if MASS == "none":
        below = based(top) - z_own
        spread += times(tl.exp(-below), below)
    winner = first_of(known.ours)
    truth = first_of(known.theirs) if MASS == "probabilities" else label.at
    lse = tl.where((top == float("inf")) | (top == float("-inf")), top, top + log_s)
    lse = tl.where(known.ours.nan_at < NOWHERE, float("nan"), lse)
    tl.store(stats.lse + place.p, lse, mask=place.live)
    tl.store(stats.prediction + place.p, winner.to(tl.int64), mask=place.live)
    tl.store(stats.correct + place.p, (winner == truth) & label.counts, mask=place.live)
    tl.store(stats.entropy + place.p, log_s + spread / state.s, mask=place.live)


@triton.jit
def slopes(state, own, g, options, CLASSES: tl.constexpr, MASS: tl.constexpr):
    """The coefficients of gradients g of each position's loss."""
    mass, even, hard, beside = state.mass, g, tl.zeros_like(g), tl.zeros_like(g)
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
        if MASS == "none":
            hard *= state.others / state.s
    if options.z_loss is not None:
        pull = 2.0 * options.z_loss * (state.top + tl.log(state.s))
        mass += pull
        beside = g * pull / state.s
    return Coefficients(g * mass / state.s, even, hard, beside)


@triton.jit
def write_gradient(y, raw, a, tile, label, top, coefficients, options, MASS: tl.constexpr, POLICY: tl.constexpr):
    """Write the gradient of a tile; 0 where the position does not count."""
    z = transformed(raw.to(tl.float32), options.transform)
    e = tl.exp(z - based(top)[:, None])
    slope = e * coefficients.soft[:, None]
    mine = tile.cols[None, :] == label.at[:, None]
    if MASS == "none":
        own = -coefficients.hard[:, None]
        if options.z_loss is not None:
            own += e * coefficients.beside[:, None]
        slope = tl.where(mine, own, slope)
    else:
        slope -= a * coefficients.even[:, None]
        if MASS != "probabilities":
            slope -= tl.where(mine, coefficients.hard[:, None], 0.0)
    slope = tl.where(label.counts[:, None], sloped(slope, z, options.transform), 0.0).to(y.tensor.dtype.element_ty)
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
