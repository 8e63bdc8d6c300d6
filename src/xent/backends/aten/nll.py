"""Negative log likelihood: loss_i = −w[y_i] · x[i, y_i]; the gradient is zero but for one entry per position.

P positions, C classes; log-probabilities (P, C) or (O, C, I), targets and losses (P,) or (O, I), weight (C,).
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from ...core import checks, layout
from ._labels import labels


def forward(
    log_p: Tensor,  # (P, C)
    target: Tensor,  # (P,)
    weight: Tensor | None,  # (C,)
    ignore_index: int,
    loss: Tensor,  # (P,) out
    total: Tensor,  # () out, float64
) -> None:
    """Fill `loss` with the losses and `total` with the weight of all positions that count."""
    if log_p.device.type == "cpu":
        checks.labels_in_range(target, log_p.shape[1], ignore_index)
    total.zero_()
    for tile, at in _tiles(log_p):
        label, counts, own = labels(target[at], weight, ignore_index, log_p.shape[1], loss.dtype)
        value = log_p[tile].gather(1, label.unsqueeze(1)).squeeze(1).to(loss.dtype).mul_(own).neg_()
        loss[at] = value.masked_fill_(~counts, 0.0)
        total += torch.where(counts, own, 0.0).sum(dtype=torch.float64)


def backward(
    grad_loss: Tensor,  # (P,)
    target: Tensor,  # (P,)
    weight: Tensor | None,  # (C,)
    ignore_index: int,
    grad_log_p: Tensor,  # (P, C) out
) -> None:
    """Fill the gradient: one write."""
    grad_log_p.zero_()
    for tile, at in _tiles(grad_log_p):
        label, counts, own = labels(target[at], weight, ignore_index, grad_log_p.shape[1], grad_loss.dtype)
        value = (grad_loss[at] * own).neg_().masked_fill_(~counts | own.isnan(), 0.0)
        grad_log_p[tile].scatter_(1, label.unsqueeze(1), value.to(grad_log_p.dtype).unsqueeze(1))


def _tiles(log_p: Tensor) -> Iterator[tuple[layout.Index, layout.Index]]:
    # Only one entry of a position is touched, so what bounds a tile are its labels, not its logits.
    return layout.class_tiles(log_p.shape, layout.tile_elements(log_p.device) * log_p.shape[1])
