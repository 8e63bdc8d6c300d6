"""Walks over the classes of a program's positions, to look at them and to write their gradients.

A walk is full tiles without a bound, so that loads are 16 bytes wide whatever the number of classes, then the rest;
where rows begin anywhere (PEEL, one row per program) it starts with the `first` few classes before an address that
16 bytes divide.
"""

import triton
import triton.language as tl

from ._rows import look, nothing_seen, write_gradient
from ._tiles import Tile, load_logits, load_mass


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
    y, x, target, first, live, label, top, coefficients, options, CLASSES: tl.constexpr, MASS: tl.constexpr,
    PEEL: tl.constexpr, BLOCK_C: tl.constexpr,
):  # fmt: skip
    """Walk again, over logits that are in cache, and write the gradient of every tile."""
    FULL: tl.constexpr = (CLASSES - PEEL) // BLOCK_C
    TILES: tl.constexpr = (CLASSES + BLOCK_C - 1) // BLOCK_C
    if PEEL:
        write_again(y, x, target, head_of_walk(first, live, PEEL), label, top, coefficients, options, CLASSES, MASS)
    for number in range(FULL):
        tile = tile_of_walk(number, first, live, None, BLOCK_C)
        write_again(y, x, target, tile, label, top, coefficients, options, CLASSES, MASS)
    for number in tl.static_range(FULL, TILES):
        rest = tile_of_walk(number, first, live, CLASSES, BLOCK_C)
        write_again(y, x, target, rest, label, top, coefficients, options, CLASSES, MASS)


@triton.jit
def write_again(
    y, x, target, tile, label, top, coefficients, options, CLASSES: tl.constexpr, MASS: tl.constexpr
):  # fmt: skip
    """Read a tile for the last time, and write its gradient."""
    raw, mass = load_logits(x, tile, "evict_first"), load_mass(target, tile, CLASSES, MASS)
    write_gradient(y, raw, mass, tile, label, top, coefficients, options, MASS, "evict_first")
