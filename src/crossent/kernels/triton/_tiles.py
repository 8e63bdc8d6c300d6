"""Where the positions of a program lie, what their labels say, and tiles of logits and target mass.

P positions, C classes; logits (P, C) or (O, C, I) as strides of the outer, inner and class axis. A tile is
(BLOCK_P positions, BLOCK_C classes). All offsets are 64 bits wide.

MASS says what the classes of a position weigh beside its label: "none"; "ones" for label smoothing in equal parts;
"weight" for smoothing by class weights; "probabilities" for a target that holds them, and no labels.
"""

from typing import Any, NamedTuple

import triton
import triton.language as tl


class Place(NamedTuple):
    """The positions of a program: number, outer index, inner index, existence; (BLOCK_P,) each."""

    p: Any
    o: Any
    i: Any
    live: Any


class Label(NamedTuple):
    """Labels: the class (0 unless it counts), its weight (0 likewise), whether it counts or is out of range."""

    at: Any
    own: Any
    counts: Any
    bad: Any


class Rows(NamedTuple):
    """A tensor, the offsets of the first class of each position, and the stride of the classes."""

    tensor: Any
    firsts: Any
    stride: Any


class Target(NamedTuple):
    """The tensors and the number that make the target mass of a class; rows: where probabilities stand; the labels.

    Of targets that list classes it is the mass of those that are not listed.
    """

    rows: Any
    weight: Any
    smoothing: Any
    label: Any
    listed: Any
    p: Any  # the numbers of the positions
    BLOCK_K: Any  # as many as are listed, or more


class Tile(NamedTuple):
    """Steps from the first class, (BLOCK_C,); the classes that stand there; whether they are there at all."""

    at: Any
    cols: Any
    inside: Any


@triton.jit
def positions(count, inner, PLANES: tl.constexpr, BLOCK_P: tl.constexpr):
    """The positions of program (0).

    PLANES: a program stays within one plane, so that neighbours in the tile are neighbours in memory, and the compiler
    can tell; else positions are counted through all planes, of which rows have one each.
    """
    pid = tl.program_id(0).to(tl.int64)
    lane = tl.arange(0, BLOCK_P)
    if PLANES:
        tiles = tl.cdiv(inner, BLOCK_P)
        o = pid // tiles
        i = (pid % tiles) * BLOCK_P + lane
        return Place(o * inner + i, o + tl.zeros_like(i), i, i < inner)
    p = pid * BLOCK_P + lane
    return Place(p, p // inner, p % inner, p < count)


@triton.jit
def rows_of(view, place, first, ALIGN: tl.constexpr):
    """The rows of a view, from their class `first` on, where ALIGN divides the offset."""
    firsts = place.o * view.outer + place.i * view.inner + first
    if ALIGN > 1:
        # A product tells the compiler what divides it; a hint it would forget.
        firsts = firsts // ALIGN * ALIGN
    return Rows(view.tensor, firsts, view.classes)


@triton.jit
def offsets(rows, at):
    """Offsets of a tile's elements."""
    return rows.firsts[:, None] + at.to(tl.int64)[None, :] * rows.stride


@triton.jit
def read_labels(
    target, weight, p, live, ignore_index, CLASSES: tl.constexpr, MASS: tl.constexpr, BLOCK_P: tl.constexpr
):
    """The labels of positions. Nothing is ever addressed with one that is out of range.

    Positions with probabilities all count and weigh 1.
    """
    if MASS == "probabilities":
        return Label(tl.zeros([BLOCK_P], tl.int32), tl.where(live, 1.0, 0.0), live, live & (live == 0))
    label = tl.load(target + p, mask=live, other=0).to(tl.int64)
    asked = live & (label != ignore_index)
    counts = asked & (label >= 0) & (label < CLASSES)
    label = tl.where(counts, label, 0)
    own = tl.where(counts, 1.0, 0.0)
    if weight is not None:
        own = tl.load(weight + label, mask=counts, other=0.0)
    return Label(label.to(tl.int32), own, counts, asked & (counts == 0))


@triton.jit
def labels_of(
    target, weight, place, factor, options, CLASSES: tl.constexpr, MASS: tl.constexpr, BLOCK_P: tl.constexpr
):  # fmt: skip
    """The labels of positions. Of those with probabilities such do not count that are NaN, or whose factor is 0.

    Whether they are is told by their first and last class.
    """
    label = read_labels(target.tensor, weight, place.p, place.live, options.ignore_index, CLASSES, MASS, BLOCK_P)
    counts = label.counts
    if MASS == "probabilities":
        at = target.tensor + place.o * target.outer + place.i * target.inner
        first = tl.load(at, mask=place.live, other=0.0).to(tl.float32)
        last = tl.load(at + (CLASSES - 1) * target.classes, mask=place.live, other=0.0).to(tl.float32)
        counts = counts & ((first == first) | (last == last))
        if factor is not None:
            counts = counts & (tl.load(factor + place.p, mask=place.live, other=0.0) != 0.0)
    return Label(label.at, tl.where(counts, label.own, 0.0), counts, label.bad)


@triton.jit
def own_logit(x, place, label, transform):
    """The logit of each label."""
    at = place.o * x.outer + place.i * x.inner + label.at.to(tl.int64) * x.classes
    return transformed(tl.load(x.tensor + at, mask=place.live, other=0.0).to(tl.float32), transform)


@triton.jit
def load_logits(x, tile, POLICY: tl.constexpr):
    """A tile of logits; −∞ outside."""
    return tl.load(x.tensor + offsets(x, tile.at), mask=tile.inside, other=float("-inf"), eviction_policy=POLICY)


@triton.jit
def load_probabilities(rows, tile):
    """A tile of a target that holds probabilities; 0 outside."""
    return tl.load(rows.tensor + offsets(rows, tile.at), mask=tile.inside, other=0.0).to(tl.float32)


@triton.jit
def load_weight(weight, cols, CLASSES: tl.constexpr):
    """The weights of classes, as a row."""
    return tl.load(weight + cols, mask=cols < CLASSES, other=0.0)[None, :]


@triton.jit
def load_mass(target, tile, CLASSES: tl.constexpr, MASS: tl.constexpr):
    """The target mass a_ic of a tile; 0 outside. With labels it lacks what stands at the label itself."""
    mass = tl.zeros([1, 1], tl.float32) + 1.0
    if MASS == "weight":
        mass = load_weight(target.weight, tile.cols, CLASSES)
    if MASS == "probabilities":
        mass = load_probabilities(target.rows, tile)
        if target.smoothing is not None:
            mass = (1.0 - target.smoothing) * mass + target.smoothing / CLASSES
        if target.weight is not None:
            mass *= load_weight(target.weight, tile.cols, CLASSES)
    mass = tl.where(tile.inside, mass, 0.0)
    if target.listed is not None and MASS != "none":
        for k in range(target.BLOCK_K):
            there = (tl.max(tile.inside.to(tl.int32), 1) > 0) & (k < target.listed.size)
            at = tl.load(target.listed.ids + target.p * target.listed.size + k, mask=there, other=-1)
            mass = tl.where(tile.cols[None, :] == at[:, None], 0.0, mass)
    return mass


@triton.jit
def scaled(g, upstream, at, there):
    """Gradients g times what came, over the total of a mean."""
    if upstream.each is not None:
        g *= tl.load(upstream.each + at, mask=there, other=0.0).to(tl.float32)
    if upstream.one is not None:
        g *= tl.load(upstream.one).to(tl.float32)
    if upstream.total is not None:
        g /= tl.load(upstream.total).to(tl.float32)
    return g


@triton.jit
def transformed(z, transform):
    """softcap · tanh(z / softcap) / temperature; z itself where there is no transform."""
    if transform is not None:
        if transform.softcap is not None:
            z = transform.softcap * tanh(z / transform.softcap)
        z /= transform.temperature
    return z


@triton.jit
def tanh(x):
    """Two units in the last place: a polynomial near 0, where the quotient of exponentials cancels.

    Triton's libdevice has a tanh, but its interpreter has no libdevice; `exp` is right to 2 units near 0.
    """
    z = x * x
    near = -0.006615747231990099 * z + 0.021312739700078964
    near = near * z - 0.053910065442323685
    near = near * z + 0.13333117961883545
    near = near * z - 0.3333333134651184
    size = tl.abs(x)
    far = 1.0 - 2.0 / (tl.exp(2.0 * size) + 1.0)
    far = tl.where(x < 0.0, -far, far)
    return tl.where(size < 0.55, x + x * z * near, far)


@triton.jit
def log1p_of_share(u):
    """log(1 + u) for u in [0, 1], with all digits of a small u: twice the area tangent of u / (2 + u)."""
    r = u / (u + 2.0)
    z = r * r
    series = 0.13433776795864105 * z + 0.14116977155208588
    series = series * z + 0.2000383585691452
    series = series * z + 0.33333319425582886
    return 2.0 * (r + r * z * series)


@triton.jit
def times(mass, distance):
    """mass · distance with 0 · ∞ = 0: a masked class costs nothing where it has no target mass."""
    return tl.where(mass == 0.0, 0.0, mass * distance)
