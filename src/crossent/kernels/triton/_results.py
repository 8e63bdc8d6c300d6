"""Results of a position once all its classes were read, and the sums over all positions.

Sums are made in two stages, per program and then by one program, always in the same order: no atomics, the same bits in
every run. The second stage also finds the first label that is out of range, if any, and reports it.
"""

import triton
import triton.language as tl

from ._rows import losses

# Further than any position.
FAR = tl.constexpr(2**62)


@triton.jit
def write_loss(
    state, p, live, z_own, own, counts, stray, sums, bad_labels, loss, saved, positions, smoothing, z_loss,
    CLASSES: tl.constexpr, MASS: tl.constexpr,
):  # fmt: skip
    """Per position the loss and what is kept for the backward pass; per program the sums of losses and weights."""
    each = losses(state, z_own, own, smoothing, z_loss, CLASSES, MASS)
    each = tl.where(counts, each, tl.where(stray, float("nan"), 0.0))
    if loss is not None:
        tl.store(loss + p, each, mask=live)
    report(sums, bad_labels, tl.sum(each, 0), tl.sum(own, 0), p, stray)
    if saved is not None:
        top, s, mass, _cost = state
        tl.store(saved + p, top, mask=live)
        tl.store(saved + positions + p, s, mask=live)
        if MASS == "probabilities":
            tl.store(saved + 2 * positions + p, mass, mask=live)


@triton.jit
def report(sums, bad_labels, loss, weight, p, stray):
    """Write the sums for the second stage: (2, programs) losses and weights, (programs,) first bad positions."""
    program = tl.program_id(0)
    tl.store(sums + program, loss)
    tl.store(sums + tl.num_programs(0) + program, weight)
    if bad_labels is not None:
        tl.store(bad_labels + program, tl.min(tl.where(stray, p, FAR), 0))


@triton.jit
def upstream_of(grad_loss, p, counts, upstream, total, MEAN: tl.constexpr, EACH: tl.constexpr):
    """The gradient of each position's loss: `upstream`, times one for all (or one each), over the total of a mean."""
    g = tl.where(counts, upstream, 0.0)
    if grad_loss is not None:
        if EACH:
            g *= tl.load(grad_loss + p, mask=counts, other=0.0).to(tl.float32)
        else:
            g *= tl.load(grad_loss).to(tl.float32)
    if MEAN:
        g /= tl.load(total).to(tl.float32)
    return g
