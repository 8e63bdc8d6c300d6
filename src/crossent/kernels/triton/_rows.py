"""The mathematics of softmax tiles: from tiles to the state of a position, from the state to its loss and slopes.

State of a position, over the classes seen so far, with base = top (0 while top is −∞):
top = max z, s = Σ exp(z − base), mass = Σ a_c, cost = Σ a_c · (base − z_c).
Distances base − z are summed, never z: exact at |z| ~ 1e30.
Loss of a position: own · (log s + top − z_y) + share · (mass · log s + cost) + z_loss · lse².
"""

import triton
import triton.language as tl

from ._math import capped, times


@triton.jit
def based(top):
    """The offset of the exponents."""
    return tl.where(top == float("-inf"), 0.0, top)


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
    return top, s, mass, cost


@triton.jit
def merged(tops, sums, masses, costs, MASS: tl.constexpr):
    """One state of several that saw different classes: (BLOCK_P, splits) each, −∞ and 0 where there is none."""
    top = tl.max(tops, 1)
    base = based(top)
    climb = base[:, None] - based(tops)
    s = tl.sum(sums * tl.exp(tops - base[:, None]), 1)
    if MASS == "none":
        return top, s, tl.zeros_like(s), tl.zeros_like(s)
    return top, s, tl.sum(masses, 1), tl.sum(costs + times(masses, climb), 1)


@triton.jit
def losses(state, z_own, own, smoothing, z_loss, CLASSES: tl.constexpr, MASS: tl.constexpr):
    """Loss per position; z_own is the logit of the label."""
    top, s, mass, cost = state
    log_s = tl.log(s)
    loss = mass * log_s + cost
    if MASS != "probabilities":
        spread = loss
        loss = times(own_mass(own, smoothing), log_s + (top - z_own))
        if MASS == "ones":
            loss += times(own, spread * (smoothing / CLASSES))
        if MASS == "weight":
            loss += spread * (smoothing / CLASSES)
    if z_loss is not None:
        lse = top + log_s
        loss += z_loss * lse * lse
    return loss


@triton.jit
def own_mass(own, smoothing):
    """(1 − ε) · w_y."""
    if smoothing is not None:
        own = (1.0 - smoothing) * own
    return own


@triton.jit
def slopes(state, own, g, smoothing, z_loss, CLASSES: tl.constexpr, MASS: tl.constexpr):
    """Three numbers per position of which its gradient is made: exp(z − base) · soft − a · even − [c = y] · hard."""
    top, s, mass, _cost = state
    even = g
    hard = tl.zeros_like(g)
    if MASS != "probabilities":
        spread = mass
        hard = own_mass(own, smoothing)
        mass = hard
        if MASS != "none":
            even = g * (smoothing / CLASSES)
            if MASS == "ones":
                even *= own
                spread *= own
            mass += spread * (smoothing / CLASSES)
        hard = g * hard
    if z_loss is not None:
        mass += 2.0 * z_loss * (top + tl.log(s))
    return g * mass / s, even, hard


@triton.jit
def gradient(raw, a, cols, label, base, coefficients, softcap, MASS: tl.constexpr):
    """The gradient of a tile of logits, not yet capped, from the numbers of `slopes`."""
    soft, even, hard = coefficients
    z = capped(raw, softcap)
    slope = tl.exp(z - base[:, None]) * soft[:, None]
    if MASS != "none":
        slope -= a * even[:, None]
    if MASS != "probabilities":
        slope -= tl.where(cols[None, :] == label[:, None], hard[:, None], 0.0)
    if softcap is not None:
        tangent = z / softcap
        slope *= 1.0 - tangent * tangent
    return slope
