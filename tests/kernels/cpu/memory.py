"""The same values, lying in memory in every way that strides can say; and gradients written to such places."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest
import torch
from torch import Tensor

from ...functional.check import result
from ...ops.recorder import recorded
from ...values import Call


def gap_of(dtype: torch.dtype) -> float:
    """Fill for places where nothing may be read or written: no number, no class."""
    return torch.nan if dtype.is_floating_point else dtype == torch.bool or 99


def strewn(values: Tensor, order: Sequence[int] = (), gaps: Sequence[int] = (), offset: int = 0) -> Tensor:
    """A view of the same values: axes in this order in memory, `gaps` elements apart, `offset` elements into a storage.

    What lies between, before and behind them is `gap_of` the dtype.
    """
    order, gaps = order or range(values.dim()), gaps or [1] * values.dim()
    sizes = [values.shape[axis] * gap for axis, gap in zip(order, gaps, strict=True)]
    store = values.new_full((offset + torch.Size(sizes).numel() + 3,), gap_of(values.dtype))
    block = store[offset : store.numel() - 3].view(sizes)
    spread = block[tuple(slice(None, None, gap) for gap in gaps)]
    return spread.permute([list(order).index(axis) for axis in range(values.dim())]).copy_(values)


def storage_of(view: Tensor) -> Tensor:
    """Every byte of the memory that a view looks at."""
    return torch.empty(0, dtype=torch.uint8).set_(view.untyped_storage()).clone()


# More than 2**31 elements of up to 8 bytes: 16 GiB of addresses, of which a test touches a few pages.
_ADDRESSES = 2**34 + 2**20


@contextmanager
def vast(*dtypes: torch.dtype) -> Iterator[list[Tensor]]:
    """Flat tensors of 16 GiB of addresses each, of which the pages exist that are touched."""
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_NORESERVE", 0x4000)
    maps, tensors = [], []
    try:
        for dtype in dtypes:
            try:
                maps.append(mmap.mmap(-1, _ADDRESSES, flags=flags))
            except OSError as error:
                pytest.skip(f"this system gives no {_ADDRESSES:,} bytes of addresses: {error}")
            tensors.append(torch.frombuffer(maps[-1], dtype=dtype))
        yield tensors
    finally:
        del tensors


def replayed(given: Call, lay: Callable[[Tensor], Tensor], reduction: str = "none") -> Iterator[tuple[Tensor, Tensor]]:
    """Run a call's operators again, into gradients that `lay` makes of the first ones: pairs of both.

    Of losses per position the backward pass writes the gradient; of their sum the forward pass, where labels are given.
    """
    with recorded() as operators:
        result(given, "ours", reduction)
    for operator, arguments in operators:
        again = [
            lay(x) if x is not None and a.name.startswith("grad_") and a.alias_info and a.alias_info.is_write else x
            for x, a in zip(arguments, operator._schema.arguments, strict=True)
        ]
        operator(*again)
        yield from ((got, first) for got, first in zip(again, arguments, strict=True) if got is not first)
