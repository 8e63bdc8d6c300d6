"""The work of a rank on its own logits, by the kernels of listed classes: their states, and their gradient.

grad_c = g · [exp(z_c − m) / (1 + q) · (A + 2 · z_loss · lse) − a_c]   with m, q = Σ exp(z − m) − 1 and
A = Σ_c a_c of all ranks, which kernels take as readily as their own.

P positions, C classes of this rank; logits (P, C) or (O, C, I), then one value per position is (P,) or (O, I).
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from ..core.dtypes import count_dtype
from ..core.spec import SoftmaxSpec
from ..kernels import registry
from ..kernels.aten import sparse_xent
from ..kernels.backend import NO_GRADIENT, NO_GUESS, Results, SoftmaxKernels, SoftmaxProblem
from .shard import Masses, Shard, Whole, merged


def whole(logits: Tensor, masses: Masses, shard: Shard) -> Whole:
    """The states of this rank's logits, merged with those of the others."""
    found = masses.mass.new_zeros((4, *masses.counts.shape))
    if logits.numel():
        problem = _problem(logits, masses, shard, replace(shard.spec, label_smoothing=0.0, z_loss=0.0))
        _kernels(logits).forward(problem, Results(found[0], _nothing(found), (), found[1:]), NO_GRADIENT)
    else:
        found[1] = -torch.inf
    found[2].masked_fill_(found[1] == -torch.inf, -1.0)
    return merged(shard.ranks.gathered(found))


def losses(whole: Whole, masses: Masses, shard: Shard) -> Tensor:
    """The loss of each position."""
    loss = whole.loss
    if shard.spec.z_loss:
        loss = loss + shard.spec.z_loss * (whole.max + whole.rest.log1p()).square()
    return torch.where(masses.counts, loss, 0.0)


def write_gradient(logits: Tensor, whole: Whole, masses: Masses, g: Tensor, shard: Shard, into: Tensor) -> None:
    """Write the gradient of losses whose own are `g`, (P,); `into` may be the logits."""
    if logits.numel():
        problem = _problem(logits, masses, shard, replace(shard.spec, label_smoothing=0.0))
        saved = torch.stack((whole.max, whole.rest, whole.mass))
        _kernels(logits).backward(problem, g.to(saved.dtype), _nothing(saved), saved, into, None, NO_GUESS)


def _problem(logits: Tensor, masses: Masses, shard: Shard, spec: SoftmaxSpec) -> SoftmaxProblem:
    # Positions that do not count may hold anything.
    ids, mass, base, counts = masses
    weight = None if base is None else shard.weight
    return SoftmaxProblem(logits, mass, weight, spec, "none", (), counts.to(mass.dtype), ids, base)


def _kernels(logits: Tensor) -> SoftmaxKernels:
    found: SoftmaxKernels = registry.kernels("sparse_xent", logits.device.type, logits.dtype)
    return found if found.KEEPS_STATE else sparse_xent


def _nothing(like: Tensor) -> Tensor:
    return torch.empty((), dtype=count_dtype(like.device), device=like.device)
