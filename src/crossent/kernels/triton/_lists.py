"""Targets that list K classes of each position: what is read of a list, and what follows from it.

A walk over the classes sums those that are not listed; a list adds its masses and what they cost, and its classes have
their gradient written over what the walk has left there.
"""

from typing import Any, NamedTuple

import triton
import triton.language as tl

from ._rows import Coefficients, State, based, sloped
from ._tiles import Label, times, transformed


class Listed(NamedTuple):
    """Targets that list K classes of each position, side by side."""

    ids: Any  # (P, K); negative ones are not there
    mass: Any  # (P, K)
    base: Any  # (P,) or none: the mass of each class that is not listed, before its weight
    marks: Any  # (P,) int8: 0 where the position does not count, 2 where an id is out of range, else 1
    size: Any  # K


class Entries(NamedTuple):
    """The listed classes of a program's positions that are among some classes: (BLOCK_P, BLOCK_K) each."""

    ids: Any
    mass: Any
    z: Any
    there: Any


@triton.jit
def read_marks(listed, place):
    """The positions of lists as labels of no class, of weight 1 where they count."""
    mark = tl.load(listed.marks + place.p, mask=place.live, other=0)
    return Label(tl.zeros_like(mark).to(tl.int32) - 1, tl.where(mark > 0, 1.0, 0.0), mark == 1, mark == 2)


@triton.jit
def read_entries(listed, x, place, first, last, transform, BLOCK_K: tl.constexpr):
    """The entries of lists whose classes are in [first, last)."""
    k = tl.arange(0, BLOCK_K)
    at = place.p[:, None] * listed.size + k[None, :]
    ids = tl.load(listed.ids + at, mask=place.live[:, None] & (k < listed.size)[None, :], other=-1)
    there = (ids >= first) & (ids < last)
    mass = tl.load(listed.mass + at, mask=there, other=0.0)
    spot = (place.o * x.outer + place.i * x.inner)[:, None] + ids * x.classes
    return Entries(
        ids, mass, transformed(tl.load(x.tensor + spot, mask=there, other=0.0).to(tl.float32), transform), there
    )


@triton.jit
def with_entries(state, entries, base, place):
    """The state with the mass and the cost of a list, from that with those of all classes that are not listed."""
    mass, cost = tl.sum(entries.mass, 1), tl.sum(times(entries.mass, based(state.top)[:, None] - entries.z), 1)
    if base is not None:
        share = tl.load(base + place.p, mask=place.live, other=0.0)
        mass += times(share, state.mass)
        cost += times(share, state.cost)
    return State(state.top, state.s, mass, cost)


@triton.jit
def slopes_beside_entries(coefficients, base, place):
    """The coefficients of the classes that are not listed."""
    even = tl.zeros_like(coefficients.even)
    if base is not None:
        even = coefficients.even * tl.load(base + place.p, mask=place.live, other=0.0)
    return Coefficients(coefficients.soft, even, coefficients.hard, coefficients.beside)


@triton.jit
def settle_entries(y, entries, listed, place, label, top, soft, g, transform):
    """Write the gradient of listed classes over what all classes have got."""
    mass = tl.zeros_like(entries.mass)
    for k in range(listed.size):
        # Those of equal ids add up.
        at = tl.load(listed.ids + place.p * listed.size + k, mask=place.live, other=-1)
        more = tl.load(listed.mass + place.p * listed.size + k, mask=place.live, other=0.0)
        mass += tl.where(entries.ids == at[:, None], more[:, None], 0.0)
    slope = tl.exp(entries.z - based(top)[:, None]) * soft[:, None] - mass * g[:, None]
    slope = tl.where(label.counts[:, None], sloped(slope, entries.z, transform), 0.0)
    spot = (place.o * y.outer + place.i * y.inner)[:, None] + entries.ids * y.classes
    # Every thread has written its part of the row, and read what stood there.
    tl.debug_barrier()
    tl.store(y.tensor + spot, slope.to(y.tensor.dtype.element_ty), mask=entries.there)
