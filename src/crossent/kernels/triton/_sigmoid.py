"""The kernel of the binary cross entropy, elementwise: losses, their sums, gradients, whichever is asked for.

scores:         loss = u·max(x, 0) + p·t·max(−x, 0) + c·log1p(exp(−|x|)),  c = 1 + (p−1)·t;  d/dx = c·σ(x) − p·t
probabilities:  loss = −[t·max(log x, −100) + u·max(log(1−x), −100)];  d/dx = (x − t) / max(x·(1−x), 1e-12)
with t the smoothed target and u the smoothed complement of the target: 1 − t has lost digits near 1.

Elements are counted as (rows, inner) and lie side by side; weights have strides of their own, 0 along what they do not
depend on: a row is (outer, middle), so that a weight may belong to any axis.
"""

import triton
import triton.language as tl

from ._math import log1p_of_share


@triton.jit
def sigmoid_kernel(
    grad_loss, guess, last, upstream, input, target, weight, w_outer, w_middle, w_inner,
    pos_weight, p_outer, p_middle, p_inner, total, sums, loss, by_input, by_target,
    rows, middle, inner, ignore_index, smoothing,
    LOGITS: tl.constexpr, NAN_IGNORED: tl.constexpr, MEAN: tl.constexpr, EACH: tl.constexpr,
    ALIGN: tl.constexpr, BLOCK_R: tl.constexpr, BLOCK_I: tl.constexpr,
):  # fmt: skip
    program = tl.program_id(0).to(tl.int64)
    if guess is not None:
        # The forward pass has written this gradient for a guess: nothing to do where the guess was right.
        came = tl.load(grad_loss)
        if came == tl.load(guess):
            return
        if program == 0:
            tl.store(last, came)
    tiles = tl.cdiv(inner, BLOCK_I)
    r = program // tiles * BLOCK_R + tl.arange(0, BLOCK_R)
    i = program % tiles * BLOCK_I + tl.arange(0, BLOCK_I)
    # ALIGN divides inner, and the compiler is to know: of neighbours all are there, or none.
    there = (r < rows)[:, None] & (i // ALIGN < inner // ALIGN)[None, :]
    at = (r * (inner // ALIGN) * ALIGN)[:, None] + i[None, :]
    x = tl.load(input + at, mask=there, other=0.5).to(tl.float32)
    t = tl.load(target + at, mask=there, other=0.0).to(tl.float32)
    counts = there
    if NAN_IGNORED:
        counts = counts & (t == t)
    elif ignore_index is not None:
        counts = counts & (t != ignore_index)
    x = tl.where(counts, x, 0.5)
    t = tl.where(counts, t, 0.0)
    u = 1.0 - t
    if smoothing is not None:
        t = (1.0 - smoothing) * t + 0.5 * smoothing
        u = (1.0 - smoothing) * u + 0.5 * smoothing
    w = elementwise(weight, r, i, there, middle, w_outer, w_middle, w_inner)
    p = elementwise(pos_weight, r, i, there, middle, p_outer, p_middle, p_inner)
    value, slope, to_target = from_scores(x, t, u, p) if LOGITS else from_probabilities(x, t, u)
    if sums is not None or loss is not None:
        value = tl.where(counts, value * w, 0.0)
        if loss is not None:
            tl.store(loss + at, value, mask=there)
        if sums is not None:
            tl.store(sums + program, tl.sum(tl.sum(value, 1), 0))
            tl.store(sums + tl.num_programs(0) + program, tl.sum(tl.sum(counts.to(tl.float32), 1), 0))
    if by_input is not None or by_target is not None:
        g = tl.where(counts, w * upstream, 0.0)
        if EACH:
            g *= tl.load(grad_loss + at, mask=there, other=0.0)
        elif grad_loss is not None:
            g *= tl.load(grad_loss)
        if MEAN:
            g /= tl.load(total).to(tl.float32)
        if by_input is not None:
            slope = tl.where(counts, slope * g, 0.0)
            tl.store(by_input + at, slope.to(by_input.dtype.element_ty), mask=there)
        if by_target is not None:
            if smoothing is not None:
                g *= 1.0 - smoothing
            to_target = tl.where(counts, to_target * g, 0.0)
            tl.store(by_target + at, to_target.to(by_target.dtype.element_ty), mask=there)


@triton.jit
def count_kernel(target, sums, count, ignore_index, NAN_IGNORED: tl.constexpr, BLOCK: tl.constexpr):
    """How many targets of a program count."""
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    t = tl.load(target + at, mask=at < count, other=0.0).to(tl.float32)
    counts = (t == t) if NAN_IGNORED else t != ignore_index
    number = tl.sum(((at < count) & counts).to(tl.float32), 0)
    tl.store(sums + tl.num_programs(0) + tl.program_id(0), number)


@triton.jit
def elementwise(weight, r, i, there, middle, outer_stride, middle_stride, inner_stride):
    """A weight of each element; 1 where there is none."""
    value = tl.full([1, 1], 1.0, tl.float32)
    if weight is not None:
        row = (r // middle) * outer_stride + (r % middle) * middle_stride
        value = tl.load(weight + (row[:, None] + i[None, :] * inner_stride), mask=there, other=0.0)
    return value


@triton.jit
def from_scores(x, t, u, p):
    """Loss, its derivative by x and by t. exp(−|x|) and the division are shared."""
    e = tl.exp(-tl.abs(x))
    near = log1p_of_share(e)
    positive = p * t
    c = u + positive
    value = u * tl.maximum(x, 0.0) + positive * tl.maximum(-x, 0.0) + c * near
    share = 1.0 / (1.0 + e)
    sigmoid = tl.where(x >= 0.0, share, e * share)
    other = tl.where(x >= 0.0, e * share, share)
    # c·σ − p·t = u·σ − p·t·(1 − σ): no difference of nearly equal numbers where the score is right.
    slope = u * sigmoid - positive * other
    softplus = near + tl.maximum(-x, 0.0)
    return value, slope, softplus * (p - 1.0) - x


@triton.jit
def from_probabilities(x, t, u):
    """Torch's value with torch's clamps, and torch's gradient."""
    log_x = tl.maximum(tl.log(x), -100.0, propagate_nan=tl.PropagateNan.ALL)
    log_1mx = tl.maximum(log1m(x), -100.0, propagate_nan=tl.PropagateNan.ALL)
    slope = (x - t) / tl.maximum(x * (1.0 - x), 1e-12)
    return -(t * log_x + u * log_1mx), slope, log_1mx - log_x


@triton.jit
def log1m(x):
    """log(1 − x) for x in [0, 1], with all digits of a small x."""
    rest = 1.0 - x
    # What 1 − x has rounded away comes back to first order.
    lost = (1.0 - rest) - x
    return tl.where(rest == 0.0, float("-inf"), tl.log(rest) + lost / rest)
