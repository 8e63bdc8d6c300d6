"""Views of (N, C, d1, …) with any class axis as (rows, C) or (outer, C, inner), and cache-sized tiles of them.

The class axis of a laid-out tensor is always 1. `C` is the number of classes; a position is one row of C logits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

Index = tuple[Any, ...]


@dataclass(frozen=True)
class Layout:
    """How one call's (N, C, d1, …) is viewed: as (P, C), or as (O, C, I) where the classes do not lie side by side."""

    shape: tuple[int, ...]
    dim: int
    view: str

    @classmethod
    def of(cls, input: Tensor, dim: int) -> Layout:
        """Choose the view that reads `input` in memory order; `dim` is its class axis, >= 0."""
        if input.shape[dim] == 1 or input.stride(dim) == 1:
            view = "rows"
        else:
            view = "planes" if dim < input.dim() - 1 else "transposed"
        return cls(tuple(input.shape), dim, view)

    def classes(self, tensor: Tensor) -> Tensor:
        """View a tensor of the call's shape, of any number of classes; copies only if other axes cannot be merged."""
        if self._as_it_is:
            return tensor
        if self.view == "rows":
            return tensor.movedim(self.dim, -1).reshape(self._positions, tensor.shape[self.dim])
        if self.view == "transposed":
            return tensor.movedim(self.dim, 0).reshape(1, tensor.shape[self.dim], self._positions)
        return tensor.reshape(*self._planes[:1], tensor.shape[self.dim], *self._planes[1:])

    def positions(self, tensor: Tensor) -> Tensor:
        """View a tensor with one value per position to match `classes` without its class axis."""
        if self._as_it_is:
            return tensor
        if self.view == "rows":
            return tensor.reshape(self._positions)
        return tensor.reshape((1, self._positions) if self.view == "transposed" else self._planes)

    def restore(self, tensor: Tensor) -> Tensor:
        """Undo `positions`."""
        return tensor.view(self.shape[: self.dim] + self.shape[self.dim + 1 :])

    def restore_classes(self, tensor: Tensor) -> Tensor:
        """Undo `classes`."""
        if self._as_it_is:
            return tensor
        rest = self.shape[: self.dim] + self.shape[self.dim + 1 :]
        if self.view == "rows":
            return tensor.view(*rest, self.shape[self.dim]).movedim(-1, self.dim)
        if self.view == "transposed":
            return tensor.view(self.shape[self.dim], *rest).movedim(0, self.dim)
        return tensor.view(self.shape)

    @property
    def _as_it_is(self) -> bool:
        return self.view == "rows" and self.dim == 1 and len(self.shape) == 2

    @property
    def _planes(self) -> tuple[int, int]:
        return math.prod(self.shape[: self.dim]), math.prod(self.shape[self.dim + 1 :])

    @property
    def _positions(self) -> int:
        return math.prod(self._planes)


def tile_elements(device: torch.device) -> int:
    """Elements of a tile: on the CPU 2 MiB of float32 a thread, measured best (docs/lab-log.md), and 16 MiB in all.

    Smaller tiles stay in L2, but every operation on a tile ends in a barrier, and other work on the machine makes
    barriers slow; torch splits its own loops into grains of 32,768 elements, so a tile must hold several per thread.
    On other devices a launch costs more than a cache miss: tiles are large and bound the temporaries only.
    """
    return min(2**19 * torch.get_num_threads(), 2**22) if device.type == "cpu" else 2**26


def class_tiles(shape: torch.Size, budget: int) -> Iterator[tuple[Index, Index]]:
    """Cut (P, C) or (O, C, I) into tiles of whole positions: pairs (index of logits, index of positions)."""
    if len(shape) == 2:
        for rows in _ranges(shape[0], max(1, budget // max(1, shape[1]))):
            yield (rows,), (rows,)
        return
    outer, classes, inner = shape
    # Below 64 positions the vector loops over the inner axis are all head and tail.
    width = max(64, budget // max(1, classes))
    if inner <= width:
        for rows in _ranges(outer, max(1, width // max(1, inner))):
            yield (rows,), (rows,)
        return
    for o in range(outer):
        for cols in _ranges(inner, width):
            yield (slice(o, o + 1), slice(None), cols), (slice(o, o + 1), cols)


def element_tiles(shape: torch.Size, budget: int) -> Iterator[Index]:
    """Cut any shape into tiles of at most `budget` elements where a cut along one axis allows it."""
    axis, inner = 0, math.prod(shape)
    while axis < len(shape) - 1 and inner // max(1, shape[axis]) > budget:
        inner //= max(1, shape[axis])
        axis += 1
    if not shape:
        yield ()
        return
    step = max(1, budget // max(1, inner // max(1, shape[axis])))
    for prefix in _prefixes(shape[:axis]):
        for last in _ranges(shape[axis], step):
            yield (*prefix, last)


def memory_order(input: Tensor, *others: Tensor | None) -> tuple[Tensor | None, ...]:
    """Permute the axes of all tensors (of one shape) so that `input` is read in memory order; flatten if it can be."""
    tensors = (input, *others)
    order = sorted(range(input.dim()), key=input.stride, reverse=True)
    if order != list(range(input.dim())):
        tensors = tuple(t if t is None else t.permute(order) for t in tensors)
    if all(t is None or t.is_contiguous() for t in tensors):
        return tuple(t if t is None else t.view(-1) for t in tensors)
    return tensors


def _ranges(length: int, step: int) -> Iterator[slice]:
    for start in range(0, length, step):
        yield slice(start, min(start + step, length))


def _prefixes(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    if not shape:
        yield ()
        return
    for first in range(shape[0]):
        for rest in _prefixes(shape[1:]):
            yield (first, *rest)
