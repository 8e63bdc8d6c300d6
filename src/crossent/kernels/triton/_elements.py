"""Tensors of one shape as an elementwise kernel takes them: lines without gaps, in the memory order of the first.

Weights may be expanded along any axes: they keep strides of three, (outer, middle, inner), enough for one value per
class of any axis; what needs more is copied.
"""

from __future__ import annotations

import math

from torch import Tensor

from ._launch import VECTOR

Strides = tuple[int, int, int]


class Elements:
    """Input, target and buffers as lines; weights with their strides; (rows, middle, inner) elements.

    `buffers` are written to: those that do not lie like the input are written elsewhere, until `give_back`.
    """

    def __init__(
        self, input: Tensor, target: Tensor, weights: tuple[Tensor | None, ...], buffers: tuple[Tensor | None, ...]
    ) -> None:
        order = sorted(range(input.dim()), key=input.stride, reverse=True)
        permuted = [None if w is None else w.permute(order) for w in weights]
        sizes = [input.shape[axis] for axis in order]
        axes = _merged(sizes, [w for w in permuted if w is not None])
        if len(axes) > 3:
            permuted = [None if w is None else w.contiguous() for w in permuted]
            axes = _merged(sizes, [w for w in permuted if w is not None])
        given = sum(w is not None for w in permuted)
        axes = [(1, [0] * given)] * (3 - len(axes)) + axes
        outer, self.middle, self.inner = (size for size, _ in axes)
        self.rows = outer * self.middle
        strides = iter(zip(*(steps for _, steps in axes), strict=True))
        self.weights = [(None, 0, 0, 0) if w is None else (w, *next(strides)) for w in permuted]
        self.input, self.target = _line(input, order), _line(target, order)
        self.buffers = [None if b is None else _line(b, order, empty=True) for b in buffers]
        self._pairs = [
            (mine, theirs.permute(order))
            for mine, theirs in zip(self.buffers, buffers, strict=True)
            if mine is not None and theirs is not None and mine.data_ptr() != theirs.data_ptr()
        ]
        self._order = order
        self.align = math.gcd(VECTOR, self.inner)

    def line(self, tensor: Tensor) -> Tensor:
        """Another tensor of the same shape, to be read."""
        return _line(tensor, self._order)

    def give_back(self) -> None:
        """Copy what was written elsewhere to where it belongs."""
        for mine, theirs in self._pairs:
            theirs.copy_(mine.view(theirs.shape))


def _line(tensor: Tensor, order: list[int], empty: bool = False) -> Tensor:
    """The elements in this order of the axes, side by side; a copy (or room for one) where they are not."""
    permuted = tensor.permute(order)
    if permuted.is_contiguous():
        return permuted.reshape(-1)
    return tensor.new_empty(tensor.numel()) if empty else permuted.reshape(-1)


def _merged(sizes: list[int], tensors: list[Tensor]) -> list[tuple[int, list[int]]]:
    """Sizes and the strides of all tensors of as few axes as serve them."""
    axes: list[tuple[int, list[int]]] = []
    for axis, size in enumerate(sizes):
        if size == 1:
            continue
        steps = [t.stride(axis) for t in tensors]
        if axes and axes[-1][1] == [step * size for step in steps]:
            axes[-1] = axes[-1][0] * size, steps
        else:
            axes.append((size, steps))
    return axes or [(1, [0] * len(tensors))]
