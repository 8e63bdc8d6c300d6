"""Tensors as the compiled kernels take them: addresses, codes of dtypes, strides."""

from __future__ import annotations

import torch
from torch import Tensor

from ._kernels import ask_for_large_pages

# The order of `DType` in problem.hpp.
DTYPES = {
    dtype: code
    for code, dtype in enumerate(
        (
            torch.float32,
            torch.float64,
            torch.bfloat16,
            torch.float16,
            torch.uint8,
            torch.int8,
            torch.int16,
            torch.int32,
            torch.int64,
        )
    )
}
# A bool is a byte that holds 0 or 1.
DTYPES[torch.bool] = DTYPES[torch.uint8]
REDUCTIONS = {"none": 0, "sum": 1, "mean": 2}

Shape = tuple[int, int, int]
Values = tuple[int, int, int, int, int]
Labels = tuple[int, int]
ABSENT: Values = (0, 0, 0, 0, 0)

# glibc maps every block of this size anew, and its pages are then most of the time it takes to write it; smaller blocks
# it hands out again, pages and all.
_LARGE = 2**25


def shape(tensor: Tensor) -> Shape:
    """Outer, classes and inner of a (P, C) or (O, C, I) tensor."""
    sizes = tensor.shape
    return (sizes[0], sizes[1], 1) if len(sizes) == 2 else tuple(sizes)  # type: ignore[return-value]


def values(tensor: Tensor | None) -> Values:
    """A (P, C) or (O, C, I) tensor as it lies."""
    if tensor is None:
        return ABSENT
    strides = tensor.stride()
    return (tensor.data_ptr(), DTYPES[tensor.dtype], strides[0], strides[1], strides[2] if len(strides) == 3 else 1)


def fresh(tensor: Tensor | None) -> Tensor | None:
    """A tensor that a kernel is about to write for the first time."""
    if tensor is not None:
        size = tensor.numel() * tensor.element_size()
        if size >= _LARGE:
            ask_for_large_pages(tensor.data_ptr(), size)
    return tensor


def labels(target: Tensor) -> Labels:
    """Contiguous index targets."""
    return target.data_ptr(), DTYPES[target.dtype]


Operand = tuple[int, int, tuple[int, ...]]


def elements(input: Tensor, *others: Tensor | None) -> tuple[tuple[int, ...], list[Operand]]:
    """Tensors of one shape as the sizes and strides of as few axes as serve all of them, in memory order."""
    tensors = (input, *others)
    if all(t is None or t.is_contiguous() for t in tensors):
        line = [(0, 0, ()) if t is None else (t.data_ptr(), DTYPES[t.dtype], (1,)) for t in tensors]
        return (input.numel(),), line  # type: ignore[return-value]
    given = [t for t in tensors if t is not None]
    order = sorted((d for d in range(input.dim()) if input.shape[d] != 1), key=input.stride, reverse=True)
    sizes: list[int] = []
    strides: list[list[int]] = []  # per axis, of each given tensor
    for axis in order:
        size, steps = input.shape[axis], [t.stride(axis) for t in given]
        if sizes and all(outer == step * size for outer, step in zip(strides[-1], steps, strict=True)):
            sizes[-1], strides[-1] = sizes[-1] * size, steps
        else:
            sizes.append(size)
            strides.append(steps)
    if not sizes:
        sizes, strides = [1], [[1] * len(given)]
    per_tensor = iter(zip(*strides, strict=True))
    operands = [(0, 0, ()) if t is None else (t.data_ptr(), DTYPES[t.dtype], next(per_tensor)) for t in tensors]
    return tuple(sizes), operands


def address(tensor: Tensor | None) -> int:
    """Where a contiguous tensor lies; 0 for none."""
    return 0 if tensor is None else tensor.data_ptr()
