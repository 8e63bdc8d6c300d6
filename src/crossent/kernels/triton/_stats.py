"""Stats beside the loss, found in the same walk over the classes: prediction, whether it is right, entropy."""

import triton
import triton.language as tl

from ._math import times
from ._rows import based

# As large as no class index, and exact in float32 too.
NOWHERE = tl.constexpr(2**30)


@triton.jit
def spread_out(state, spread, z):
    """Σ exp(z − base) · (base − z) after another tile, from the state before it; the entropy is log s + this / s."""
    top, s, _mass, _cost = state
    new = based(tl.maximum(top, tl.max(z, 1)))
    distance = new[:, None] - z
    turned = tl.exp(top - new) * (spread + times(s, new - based(top)))
    return turned + tl.sum(times(tl.exp(-distance), distance), 1)


@triton.jit
def leading(lead, values, cols, inside):
    """The highest value so far, the first class that has it, and the first class that is NaN."""
    best, best_at, nan_at = lead
    number = inside & (values == values)
    values = tl.where(number, values, float("-inf"))
    here = tl.max(values, 1)
    at = tl.min(tl.where(number & (values == here[:, None]), cols[None, :], NOWHERE), 1)
    higher = (here > best) | (best_at == NOWHERE)
    nan_at = tl.minimum(nan_at, tl.min(tl.where(inside & (number == 0), cols[None, :], NOWHERE), 1))
    return tl.where(higher, here, best), tl.where(higher, at, best_at), nan_at


@triton.jit
def no_leader(BLOCK_P: tl.constexpr):
    """The state that `leading` begins with."""
    nowhere = tl.full([BLOCK_P], NOWHERE, tl.int32)
    return tl.full([BLOCK_P], float("-inf"), tl.float32), nowhere, nowhere


@triton.jit
def first_of(lead):
    """The argmax of NumPy and torch: the first NaN, else the first of the highest."""
    _best, best_at, nan_at = lead
    return tl.where(nan_at < NOWHERE, nan_at, best_at)


@triton.jit
def write_stats(lse, prediction, correct, entropy, p, live, counts, label, known, MASS: tl.constexpr):
    """Write the stats of what is known after all tiles."""
    state, spread, ours, theirs = known
    top, s, _mass, _cost = state
    _best, _best_at, nan_at = ours
    winner = first_of(ours)
    truth = first_of(theirs) if MASS == "probabilities" else label
    log_s = tl.log(s)
    whole = tl.where((top == float("inf")) | (top == float("-inf")), top, top + log_s)
    tl.store(lse + p, tl.where(nan_at < NOWHERE, float("nan"), whole), mask=live)
    tl.store(prediction + p, winner.to(tl.int64), mask=live)
    tl.store(correct + p, (winner == truth) & counts, mask=live)
    tl.store(entropy + p, log_s + spread / s, mask=live)
