"""The products of a linear layer and of its gradients, a block of rows at a time: logits = x · Wᵀ + b, dX = G · W,
dW = Σ Gᵀ · x and db = Σ G, the last two summed in float32 or wider whatever the inputs are.

N rows, D features, K columns of the head.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from ..core.dtypes import NARROW, accumulate_dtype
from ..core.linear_options import Plan
from . import cpu

# A product of 16-bit numbers added to float32 sums: on GPUs, since torch 2.8.
_WIDE_ADDMM = getattr(torch.ops.aten.addmm, "dtype_out", None)
# 16-bit products of this many bytes are added to float32 sums while they are in cache.
_SLAB = 2**22


class Gradients(NamedTuple):
    """Where the gradients go; None where one is not asked for."""

    input: Tensor | None  # (N, D)
    head: Tensor | None  # (K, D)
    bias: Tensor | None  # (K,)

    def wanted(self) -> bool:
        """Return whether any gradient is asked for."""
        return any(t is not None for t in self)


NO_GRADIENTS = Gradients(None, None, None)


class Block(NamedTuple):
    """Some rows of the input: adjacent ones, or by number where others do not take part."""

    rows: slice | Tensor

    def of(self, tensor: Tensor) -> Tensor:
        """Their rows of a tensor with a row per row of the input."""
        return tensor[self.rows]

    def end(self) -> int:
        """The number of the first row behind them."""
        return self.rows.stop if isinstance(self.rows, slice) else int(self.rows[-1]) + 1

    def put(self, into: Tensor, values: Tensor) -> None:
        """Write their rows of such a tensor."""
        if isinstance(self.rows, slice):
            into[self.rows] = values
        else:
            into.index_copy_(0, self.rows, values.to(into.dtype))


class Products:
    """One call's products. `kept` are the rows that take part; None: all."""

    def __init__(
        self,
        input: Tensor,  # (N, D)
        head: Tensor,  # (K, D)
        bias: Tensor | None,  # (K,)
        plan: Plan,
        float32: bool,
        kept: Tensor | None = None,
        gradients: Gradients = NO_GRADIENTS,
    ) -> None:
        self.input, self.kept, self.plan, self.gradients = input, kept, plan, gradients
        self.head, self.bias = _widen(head, float32), None if bias is None else _widen(bias, float32)
        self._buffer: Tensor | None = None
        self._started = False
        self._sums = gradients.head
        if gradients.head is not None:
            cpu.large_pages(gradients.head)
            if plan.sums_apart or gradients.head.dtype != self.head.dtype:
                self._sums = torch.empty_like(gradients.head, dtype=accumulate_dtype(input.dtype))
                cpu.large_pages(self._sums)
        if gradients.bias is not None:
            self._bias_sums = torch.zeros_like(gradients.bias, dtype=accumulate_dtype(input.dtype))

    def blocks(self) -> Iterator[Block]:
        """The rows that take part, in order."""
        count, rows = len(self.input) if self.kept is None else len(self.kept), self.plan.rows
        for start in range(0, count, rows):
            part = slice(start, min(start + rows, count))
            yield Block(part if self.kept is None else self.kept[part])

    def features(self, block: Block) -> Tensor:
        """The block's x, in the dtype of the products."""
        return block.of(self.input).to(self.head.dtype)

    def buffer(self, rows: int) -> Tensor:
        """(rows, K): memory that the next block overwrites."""
        if self._buffer is None:
            self._buffer = self.head.new_empty((rows, len(self.head)))
            cpu.large_pages(self._buffer)
        return self._buffer[:rows]

    def logits(self, block: Block, into: Tensor | None = None) -> Tensor:
        """(rows, K), in memory that the next block overwrites, if no other is given."""
        x = self.features(block)
        out = self.buffer(len(x)) if into is None else into
        if self.bias is None:
            return torch.mm(x, self.head.t(), out=out)
        return torch.addmm(self.bias, x, self.head.t(), out=out)

    def add(self, block: Block, g: Tensor) -> None:  # (rows, K)
        """Add the gradients of a block's logits to those of what they were made from."""
        into = self.gradients
        if into.input is not None:
            here = block.of(into.input) if isinstance(block.rows, slice) else None
            if here is not None and here.dtype == g.dtype:
                torch.mm(g, self.head, out=here)
            else:
                block.put(into.input, torch.mm(g, self.head))
        if self._sums is not None:
            self._add_head(self._sums, g, self.features(block))
        if into.bias is not None:
            self._bias_sums += g.sum(0, dtype=self._bias_sums.dtype)
        self._started = True

    def _add_head(self, sums: Tensor, g: Tensor, x: Tensor) -> None:
        if sums.dtype == g.dtype:
            # Its first product needs no zeros to be added to.
            torch.addmm(sums, g.t(), x, out=sums) if self._started else torch.mm(g.t(), x, out=sums)
        elif g.is_cuda and _WIDE_ADDMM is not None:
            if not self._started:
                sums.zero_()
            _WIDE_ADDMM(sums, g.t(), x, sums.dtype, out=sums)
        else:
            # Here is no product of 16-bit numbers with float32 results.
            step = max(1, _SLAB // (x.shape[1] * x.element_size()))
            for c in range(0, len(sums), step):
                part, into = torch.mm(g[:, c : c + step].t(), x), sums[c : c + step]
                into.add_(part) if self._started else into.copy_(part)

    def finish(self, scale: Tensor | None = None) -> None:
        """Write the sums where they go, all gradients times `scale` (0-d)."""
        into = self.gradients
        if not self._started:
            # Not a single row took part.
            for gradient in into:
                if gradient is not None:
                    gradient.zero_()
            return
        if into.input is not None:
            if self.kept is not None:
                _clear_others(into.input, self.kept)
            if scale is not None:
                into.input.mul_(scale)
        pairs = ((into.head, self._sums), (into.bias, getattr(self, "_bias_sums", None)))
        for gradient, sums in pairs:
            if gradient is None or sums is None:
                continue
            if scale is not None:
                sums.mul_(scale)
            if sums is not gradient:
                gradient.copy_(sums)


def _clear_others(rows: Tensor, kept: Tensor) -> None:
    others = torch.ones(len(rows), dtype=torch.bool, device=rows.device)
    others[kept] = False
    rows[others] = 0


def _widen(tensor: Tensor, float32: bool) -> Tensor:
    return tensor.float() if float32 and tensor.dtype in NARROW else tensor


def budget_of(device: torch.device, default: int) -> int:
    """The memory budget where none is given: a GPU has more to give than `default` bytes."""
    if device.type != "cuda":
        return default
    return max(default, torch.cuda.get_device_properties(device).total_memory // 32)


def without_junk(input: Tensor, counts: Callable[[], Tensor]) -> Tensor:
    """The features, 0 in rows that do not count and hold no numbers: 0 · NaN would reach the head's gradient.

    A GPU does not wait for the look at them.
    """
    if input.device.type != "cpu":
        return input
    out = (~counts()).nonzero().squeeze(1)
    return input.index_fill(0, out, 0.0) if len(out) and not bool(input[out].isfinite().all()) else input


def worth_dropping(counts: Tensor) -> Tensor | None:
    """The rows that count, if so many do not that leaving them out saves work; looking costs a GPU its stride."""
    if counts.device.type != "cpu":
        return None
    kept = counts.nonzero().squeeze(1)
    return kept if len(kept) <= len(counts) * 15 // 16 else None
