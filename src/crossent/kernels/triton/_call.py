"""Tensors as the kernels take them: strides, alignment, and the device that they lie on.

NamedTuples travel into kernels whole: what belongs together is one argument there.
"""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any, NamedTuple

import torch
from torch import Tensor

from . import interpreted
from ._launch import VECTOR, Size


class View(NamedTuple):
    """A (P, C) or (O, C, I) tensor, or none, and its strides of the outer, inner and class axis."""

    tensor: Tensor | None
    outer: int = 0
    inner: int = 0
    classes: int = 0

    @classmethod
    def of(cls, tensor: Tensor | None) -> View:
        """The view of a laid-out tensor."""
        if tensor is None:
            return cls(None)
        strides = tensor.stride()
        return cls(tensor, strides[0], strides[2] if len(strides) == 3 else 0, strides[1])


class Expanded(NamedTuple):
    """A weight of an elementwise loss, or none, and its strides of the outer, middle and inner axis."""

    tensor: Tensor | None
    outer: int = 0
    middle: int = 0
    inner: int = 0


class Upstream(NamedTuple):
    """The upstream gradient as a product: `factor`, times `one` for all or `each` its own, over the total of a mean."""

    factor: float
    one: Tensor | None = None  # ()
    each: Tensor | None = None
    total: Tensor | None = None  # ()

    @classmethod
    def of(cls, factor: float, gradient: Tensor | None, total: Tensor | None, each: bool) -> Upstream:
        """The product with a gradient that came, or was guessed."""
        return cls(factor, None if each else gradient, gradient if each else None, total)


class Plan(NamedTuple):
    """How a kernel goes through logits: `inner` positions to a plane, rows at multiples of `align` elements."""

    size: Size
    inner: int
    align: int


def plan(logits: Tensor, *others: View) -> Plan:
    """The plan for logits and whatever else has their shape."""
    x = View.of(logits)
    classes, inner = logits.shape[1], logits.shape[2] if logits.dim() == 3 else 1
    count, itemsize = logits.shape[0] * inner, logits.element_size()
    given = [x, *(view for view in others if view.tensor is not None)]
    if classes > 1 and x.classes != 1 and inner >= 32:
        return Plan(Size(count, classes, itemsize, planes=True), inner, 1)
    together = all(view.classes == 1 for view in given)
    align = math.gcd(VECTOR, *(abs(s) for view in given for s in (view.outer, view.inner))) if together else 1
    aligned = align * itemsize >= VECTOR
    peelable = together and inner == 1 and all(_peels_like(x, view) for view in given)
    return Plan(Size(count, classes, itemsize, aligned=aligned, peelable=peelable), inner, align)


def _peels_like(x: View, other: View) -> bool:
    """Return whether the rows of both are equally far from a multiple of 16 bytes."""
    assert other.tensor is not None
    return other.tensor.dtype == x.tensor.dtype and other.outer == x.outer and other.tensor.data_ptr() % VECTOR == 0  # type: ignore[union-attr]


def labels(target: Tensor) -> Tensor:
    """Labels without gaps, of a dtype that is loaded as what it is."""
    target = target.contiguous()
    return target.view(torch.uint8) if target.dtype == torch.bool else target


def launch(kernel: Any, grid: tuple[int, ...], device: torch.device, *arguments: Any, warps: int, **flags: Any) -> None:
    """Run a kernel on the device of its tensors.

    Products are rounded before they are added: fused with a difference they would keep digits that a maximum has lost,
    and the highest logit would not be at distance 0 from the maximum.
    """
    with on(device):
        kernel[grid](*arguments, **flags, num_warps=warps, enable_fp_fusion=False)


def on(device: torch.device) -> AbstractContextManager[Any]:
    """Triton launches on the current device: make it this one, if it is another."""
    if device.type != "cuda" or device.index == torch.cuda.current_device():
        return nullcontext()
    return torch.cuda.device(device)


@cache
def processors(device: torch.device) -> int:
    """Multiprocessors of a GPU; of the interpreter as many as H100 and H200 have."""
    if interpreted() or device.type != "cuda":
        return 132
    return torch.cuda.get_device_properties(device).multi_processor_count


def cdiv(a: int, b: int) -> int:
    """a / b, rounded up."""
    return -(-a // b)


class Elements:
    """Tensors of one shape as an elementwise kernel takes them: lines without gaps, in the memory order of the first.

    Weights may be expanded along any axes: they keep strides of three, (outer, middle, inner), enough for one value per
    class of any axis; what needs more is copied. `buffers` are written to: those that do not lie like the input are
    written elsewhere, until `give_back`.
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
        self.weights = [Expanded(w) if w is None else Expanded(w, *next(strides)) for w in permuted]
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
    # Of an expanded gradient `reshape` would be a view, of the one number that it has.
    return tensor.new_empty(tensor.numel()) if empty else permuted.contiguous().view(-1)


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
