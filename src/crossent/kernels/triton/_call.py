"""Tensors as the kernels take them: strides, alignment, and the device that they lie on."""

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
    """Run a kernel on the device of its tensors."""
    with on(device):
        kernel[grid](*arguments, **flags, num_warps=warps)


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
