"""The gradients of a linear loss, made by the forward pass: its logits exist once, block by block, and then no more.

Three products instead of four. They are made for an upstream gradient of 1 and multiplied by the one that comes, unless
it is 1: the same call gives the same bits whatever came before it, and 16-bit gradients are rounded once more if the
upstream gradient is not a power of 2. Where that is too much they are made for a guess, the last one that came, and
made again after a wrong guess: float16 gradients whose smallest numbers would be lost before they are multiplied by a
loss scaler's 65,536, and 16-bit gradients of float32 logits, which are asked for by those who want every digit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ..core.dtypes import NARROW
from ._early import _LAST
from ._early import as_tensor as as_tensor

# What float16 gradients may be multiplied by: of more, their smallest numbers would miss bits.
_FLOAT16_FACTOR = 16.0


def logits(input: Tensor, linear_weight: Tensor, linear_bias: Tensor | None, float32: bool) -> Tensor:
    """All logits, for the formulas."""
    if float32 and input.dtype in NARROW:
        input, linear_weight = input.float(), linear_weight.float()
        linear_bias = None if linear_bias is None else linear_bias.float()
    return torch.nn.functional.linear(input, linear_weight, linear_bias)


def wanted(reduction: str, needs: Sequence[bool]) -> bool:
    """Whether a backward pass will follow, as far as can be told, for nothing but input, head and bias."""
    return reduction != "none" and any(needs[:3]) and not any(needs[3:])


def buffers(tensors: Sequence[Tensor | None], needs: Sequence[bool]) -> list[Tensor | None]:
    """Contiguous memory for the gradients of the tensors in need."""
    return [
        torch.empty_like(t, memory_format=torch.contiguous_format) if need and t is not None else None
        for t, need in zip(tensors, needs, strict=True)
    ]


class Early:
    """Gradients that were made early, once handed out."""

    def __init__(self, operator: str, head: Tensor, reduction: str, float32_logits: bool) -> None:
        self.key = operator, reduction, head.shape[0]
        # A graph that is compiled, or runs on a GPU, does not look at numbers.
        self.looks = not torch.compiler.is_compiling() and head.device.type == "cpu"
        self.dtype, self.exact = head.dtype, float32_logits and head.dtype in NARROW
        guesses = self.looks and (self.exact or self.dtype == torch.float16)
        self.upstream = _LAST.get(self.key, 1.0) if guesses else 1.0
        self.given = False

    def take(
        self,
        ready: Sequence[Tensor | None],
        written_for: Tensor,
        grad_loss: Tensor,
        write: Callable[[float, Sequence[Tensor | None]], None],
    ) -> list[Tensor | None]:
        """The gradients for `grad_loss`; `write(upstream, buffers)` makes them for another upstream gradient."""
        if torch.compiler.is_compiling():
            return [None if t is None else t * grad_loss.to(t.dtype) for t in ready]
        # Tensors of their own for the receivers, whose changes are no changes of what the graph has saved. Later ones
        # get fresh ones: the first have been their receivers' to change.
        mine = [None if t is None else torch.empty_like(t) if self.given else t.data for t in ready]
        made, self.given = not self.given, True
        if not self.looks:
            if not made:
                write(1.0, mine)
            return _multiplied(mine, grad_loss)
        upstream = grad_loss.item()
        within = self.exact or (self.dtype == torch.float16 and _beyond_float16(upstream))
        target = upstream if within else 1.0
        if within:
            _LAST[self.key] = upstream
        if not made or written_for.item() != target:
            write(target, mine)
        return mine if upstream == target else _multiplied(mine, upstream)


def _beyond_float16(factor: float) -> bool:
    return factor != 0 and math.isfinite(factor) and not 1 / _FLOAT16_FACTOR <= abs(factor) <= _FLOAT16_FACTOR


def _multiplied(tensors: Sequence[Tensor | None], factor: float | Tensor) -> list[Tensor | None]:
    return [None if t is None else t.mul_(factor) for t in tensors]
