"""Index targets of a tile, made safe to gather with."""

from __future__ import annotations

import torch
from torch import Tensor


def labels(
    target: Tensor,  # (P,)
    weight: Tensor | None,  # (C,)
    ignore_index: int,
    classes: int,
    dtype: torch.dtype,
) -> tuple[Tensor, Tensor, Tensor]:
    """Labels to gather with (int64), which positions count, and the weight of each position's own class.

    On the CPU the labels have been checked. Elsewhere one out of range must neither be read with nor stop the stream:
    its own weight is NaN, and so its loss.
    """
    counts = target != ignore_index
    label = torch.where(counts, target, 0).long()
    stray = None
    if target.device.type != "cpu":
        stray = (label < 0) | (label >= classes)
        label = torch.where(stray, 0, label)
    own = torch.ones(label.shape, dtype=dtype, device=label.device) if weight is None else weight[label]
    return label, counts, own if stray is None else own.masked_fill(stray, torch.nan)
