"""Negative log likelihood: loss_i = −w[y_i] · x[i, y_i]; the gradient is zero but for one entry per position.

P positions, C classes; log-probabilities (P, C) or (O, C, I), targets and losses (P,) or (O, I), weight (C,).
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from ...core import checks, layout
from ...core.reduction import reduced, spread
from ..backend import NLLProblem, Results
from ._labels import labels


def forward(log_p: Tensor, problem: NLLProblem, results: Results) -> None:
    """Fill the results."""
    reduction, loss = problem.reduction, results.loss
    each = loss if reduction == "none" else loss.new_empty(log_p.shape[:1] + log_p.shape[2:])
    _losses(log_p, problem, each, results.total)
    if reduction != "none":
        loss.copy_(reduced(each, results.total, reduction))


def _losses(log_p: Tensor, problem: NLLProblem, loss: Tensor, total: Tensor) -> None:
    target, weight, ignore_index, _ = problem
    if log_p.device.type == "cpu":
        checks.labels_in_range(target, log_p.shape[1], ignore_index)
    total.zero_()
    for tile, at in _tiles(log_p):
        given = labels(target[at], weight, ignore_index, log_p.shape[1])
        picked = log_p[tile].gather(1, given.safe.unsqueeze(1)).squeeze(1)
        out = loss[at]
        torch.mul(picked.to(loss.dtype), given.own, out=out).neg_()
        if isinstance(given.own, Tensor):
            # A weight of 0 frees the position, a masked class included.
            out.masked_fill_(given.own == 0, 0.0)
        given.finish_loss(out)
        total += given.total()


def backward(
    problem: NLLProblem,
    grad_loss: Tensor,  # (P,); () for a sum or mean
    total: Tensor,  # ()
    grad_log_p: Tensor,  # (P, C) out
) -> None:
    """Fill the gradient: one write."""
    target, weight, ignore_index, reduction = problem
    grad_loss = spread(grad_loss, total, reduction, grad_log_p.shape[:1] + grad_log_p.shape[2:])
    grad_log_p.zero_()
    for tile, at in _tiles(grad_log_p):
        given = labels(target[at], weight, ignore_index, grad_log_p.shape[1])
        value = (grad_loss[at] * given.own).neg_().unsqueeze(1)
        given.finish_grad(value)
        grad_log_p[tile].scatter_(1, given.safe.unsqueeze(1), value.to(grad_log_p.dtype))


def _tiles(log_p: Tensor) -> Iterator[tuple[layout.Index, layout.Index]]:
    # Only one entry of a position is touched, so what bounds a tile are its labels, not its logits.
    return layout.class_tiles(log_p.shape, layout.tile_elements(log_p.device) * log_p.shape[1])
