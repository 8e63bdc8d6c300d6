"""The same values, lying in memory in every way that strides can say; and gradients written to such places."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest
import torch
from torch import Tensor

from ...functional.check import result
from ...ops.recorder import recorded, written
from ...values import Call


def gap_of(dtype: torch.dtype) -> float:
    """What stands where nothing may be read or written: no number, no class."""
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


def replayed(given: Call, lay: Callable[[Tensor], Tensor]) -> Iterator[tuple[Tensor, Tensor]]:
    """Run the backward operators of a call again, into gradients that `lay` makes of the first ones: pairs of both."""
    with recorded() as operators:
        result(given, "ours", "none")
    for operator, arguments in operators:
        first = [x for x in written((operator, arguments)) if x is not None]
        if "backward" in operator.name():
            again = {id(x): lay(x) for x in first}
            operator(*(again.get(id(x), x) for x in arguments))
            yield from ((again[id(x)], x) for x in first)
