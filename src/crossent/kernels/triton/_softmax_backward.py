"""The backward kernel of the softmax cross entropy: elementwise, from what forward kept per position.

One program per tile of (positions, classes): one read of the logits, one write of each gradient.
"""

import triton
import triton.language as tl

from ._math import capped
from ._results import upstream_of
from ._rows import based, own_mass, slopes
from ._tiles import aligned, load_logits, load_mass, positions, read_labels
from ._walk import write_gradient


@triton.jit
def backward_kernel(
    grad_loss, guess, last, upstream, logits, x_outer, x_inner, x_class, target, t_outer, t_inner, t_class, weight,
    weight_sum, total, saved, grad, g_outer, g_inner, g_class, grad_target, d_outer, d_inner, d_class,
    count, inner, ignore_index, smoothing, z_loss, softcap,
    CLASSES: tl.constexpr, MASS: tl.constexpr, MEAN: tl.constexpr, EACH: tl.constexpr, PLANES: tl.constexpr,
    ALIGN: tl.constexpr, BLOCK_P: tl.constexpr, BLOCK_C: tl.constexpr,
):  # fmt: skip
    if guess is not None:
        # The forward pass has written this gradient for a guess: nothing to do where the guess was right.
        came = tl.load(grad_loss)
        if came == tl.load(guess):
            return
        if tl.program_id(0) + tl.program_id(1) == 0:
            tl.store(last, came)
    p, o, i, live = positions(count, inner, PLANES, BLOCK_P)
    label, own, counts, _ = read_labels(target, weight, p, live, ignore_index, CLASSES, MASS, BLOCK_P)
    state = kept(saved, weight_sum, p, live, count, CLASSES, MASS)
    g = upstream_of(grad_loss, p, counts, upstream, total, MEAN, EACH)
    at = tl.program_id(1) * BLOCK_C + tl.arange(0, BLOCK_C)
    inside = live[:, None] & (at < CLASSES)[None, :]
    x = logits, aligned(o * x_outer + i * x_inner, ALIGN), x_class
    t = target, aligned(o * t_outer + i * t_inner, ALIGN), t_class
    raw = load_logits(x, at, inside, "evict_first")
    if grad is not None:
        mass = load_mass(t, weight, at, at, inside, smoothing, CLASSES, MASS)
        y = grad, aligned(o * g_outer + i * g_inner, ALIGN), g_class
        coefficients = slopes(state, own, g, smoothing, z_loss, CLASSES, MASS)
        write_gradient(y, raw, mass, at, at, inside, label, counts, state[0], coefficients, softcap, MASS, "")
    if grad_target is not None:
        d = aligned(o * d_outer + i * d_inner, ALIGN)
        slope = to_target(state, raw, weight, at, own_mass(g, smoothing), softcap, CLASSES)
        offsets = d[:, None] + at.to(tl.int64)[None, :] * d_class
        tl.store(grad_target + offsets, slope.to(grad_target.dtype.element_ty), mask=inside)


@triton.jit
def kept(saved, weight_sum, p, live, count, CLASSES: tl.constexpr, MASS: tl.constexpr):
    """The state of positions that the forward pass has written; the cost is of no use any more."""
    top = tl.load(saved + p, mask=live, other=0.0)
    s = tl.load(saved + count + p, mask=live, other=1.0)
    mass = tl.zeros_like(s)
    if MASS == "ones":
        mass += CLASSES
    if MASS == "weight":
        mass += tl.load(weight_sum)
    if MASS == "probabilities":
        mass = tl.load(saved + 2 * count + p, mask=live, other=0.0)
    return top, s, mass, mass


@triton.jit
def to_target(state, raw, weight, at, g, softcap, CLASSES: tl.constexpr):
    """The gradient to probabilities: g · w_c · (lse − z_c)."""
    top, s, _mass, _cost = state
    slope = g[:, None] * (tl.log(s)[:, None] + (based(top)[:, None] - capped(raw.to(tl.float32), softcap)))
    if weight is not None:
        slope *= tl.load(weight + at, mask=at < CLASSES, other=0.0)[None, :]
    return slope
