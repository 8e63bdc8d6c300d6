"""Index targets of a tile, made safe to gather with."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ...core.dtypes import count_dtype
from ...core.labels import equal_to, outside


class Labels(NamedTuple):
    """Labels of P positions: what to gather, what each weighs, and which do not count."""

    safe: Tensor  # (P,) int64, in [0, C)
    own: Tensor | float  # (P,) the weight of each position's own class; 1.0 without class weights
    ignored: Tensor | None  # (P,) bool; None when every position counts
    stray: Tensor | None  # (P,) bool: out of range, which only devices other than the CPU let pass

    def total(self) -> Tensor | float:
        """The weight of all positions that count."""
        if isinstance(self.own, Tensor):
            own = self.own if self.ignored is None else self.own.masked_fill(self.ignored, 0.0)
            return own.sum(dtype=count_dtype(own.device))
        return self.safe.numel() if self.ignored is None else (~self.ignored).sum()

    def finish_loss(self, loss: Tensor) -> None:
        """Positions that do not count cost nothing, whatever their logits hold; strays are NaN."""
        if self.ignored is not None:
            loss.masked_fill_(self.ignored, 0.0)
        if self.stray is not None:
            loss.masked_fill_(self.stray, torch.nan)

    def finish_grad(self, grad: Tensor) -> None:
        """Positions that do not count, and strays, have no gradient, whatever their logits hold; class axis 1."""
        for mask in (self.ignored, self.stray):
            if mask is not None:
                grad.masked_fill_(mask.unsqueeze(1), 0.0)


def labels(
    target: Tensor,  # (P,)
    weight: Tensor | None,  # (C,)
    ignore_index: int,
    classes: int,
) -> Labels:
    """Read the labels of a tile. On the CPU they have been checked; elsewhere a stray must not stop the stream."""
    ignored: Tensor | None = equal_to(target, ignore_index)
    stray = None
    if target.device.type == "cpu":
        ignored = ignored if bool(ignored.any()) else None  # type: ignore[union-attr]
    else:
        stray = outside(target, classes) & ~ignored  # type: ignore[operator]
    index = target.long()
    for mask in (ignored, stray):
        index = index if mask is None else index.masked_fill(mask, 0)
    return Labels(index, 1.0 if weight is None else weight[index], ignored, stray)
