"""Where the positions of a program lie, what their labels say, and tiles of logits and target mass.

P positions, C classes; logits (P, C) or (O, C, I) as strides of the outer, inner and class axis. A tile is
(BLOCK_P positions, BLOCK_C classes). All offsets are 64 bits wide.

MASS says what the classes of a position weigh beside its label: "none"; "ones" for label smoothing in equal parts;
"weight" for smoothing by class weights; "probabilities" for a target that holds them, and no labels.
"""

import triton
import triton.language as tl

from ._math import capped


@triton.jit
def positions(count, inner, PLANES: tl.constexpr, BLOCK_P: tl.constexpr):
    """Number, outer index, inner index and existence of the positions of program (0); (BLOCK_P,) each.

    PLANES: a program stays within one plane, so that neighbours in the tile are neighbours in memory, and the compiler
    can tell; else positions are counted through all planes, of which rows have one each.
    """
    pid = tl.program_id(0).to(tl.int64)
    lane = tl.arange(0, BLOCK_P)
    if PLANES:
        tiles = tl.cdiv(inner, BLOCK_P)
        o = pid // tiles
        i = (pid % tiles) * BLOCK_P + lane
        return o * inner + i, o + tl.zeros_like(i), i, i < inner
    p = pid * BLOCK_P + lane
    return p, p // inner, p % inner, p < count


@triton.jit
def aligned(firsts, ALIGN: tl.constexpr):
    """The same offsets, as a product that tells the compiler what divides them; a hint it would forget."""
    if ALIGN > 1:
        firsts = firsts // ALIGN * ALIGN
    return firsts


@triton.jit
def read_labels(
    target, weight, p, live, ignore_index, CLASSES: tl.constexpr, MASS: tl.constexpr, BLOCK_P: tl.constexpr
):
    """The label (0 unless it counts), its weight (0 likewise), whether it counts, whether it is out of range.

    Nothing is ever addressed with a label that is out of range. Positions with probabilities all count and weigh 1.
    """
    if MASS == "probabilities":
        return tl.zeros([BLOCK_P], tl.int32), tl.where(live, 1.0, 0.0), live, live & (live == 0)
    label = tl.load(target + p, mask=live, other=0).to(tl.int64)
    asked = live & (label != ignore_index)
    counts = asked & (label >= 0) & (label < CLASSES)
    label = tl.where(counts, label, 0)
    own = tl.where(counts, 1.0, 0.0)
    if weight is not None:
        own = tl.load(weight + label, mask=counts, other=0.0)
    return label.to(tl.int32), own, counts, asked & (counts == 0)


@triton.jit
def own_logit(logits, firsts, x_class, label, counts, softcap):
    """The logit of each label that counts."""
    z = tl.load(logits + firsts + label.to(tl.int64) * x_class, mask=counts, other=0.0)
    return capped(z.to(tl.float32), softcap)


@triton.jit
def load_logits(x, at, inside, POLICY: tl.constexpr):
    """A tile of logits; −∞ outside."""
    logits, firsts, stride = x
    offsets = firsts[:, None] + at.to(tl.int64)[None, :] * stride
    return tl.load(logits + offsets, mask=inside, other=float("-inf"), eviction_policy=POLICY)


@triton.jit
def load_probabilities(t, at, inside):
    """A tile of a target that holds probabilities; 0 outside."""
    target, firsts, stride = t
    offsets = firsts[:, None] + at.to(tl.int64)[None, :] * stride
    return tl.load(target + offsets, mask=inside, other=0.0).to(tl.float32)


@triton.jit
def load_mass(t, weight, at, cols, inside, smoothing, CLASSES: tl.constexpr, MASS: tl.constexpr):
    """The target mass a_ic of a tile; 0 outside. With labels it lacks what stands at the label itself."""
    mass = tl.zeros([1, 1], tl.float32) + 1.0
    if MASS == "weight":
        mass = tl.load(weight + cols, mask=cols < CLASSES, other=0.0)[None, :]
    if MASS == "probabilities":
        mass = load_probabilities(t, at, inside)
        if smoothing is not None:
            mass = (1.0 - smoothing) * mass + smoothing / CLASSES
        if weight is not None:
            mass *= tl.load(weight + cols, mask=cols < CLASSES, other=0.0)[None, :]
    return tl.where(inside, mass, 0.0)
