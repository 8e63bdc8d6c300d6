"""The work of a rank on its own logits: their states, and their gradient.

grad_c = g · [exp(z_c − m) / (1 + q) · (A + 2 · z_loss · lse) − a_c]   with m and q = Σ exp(z − m) − 1 of all ranks

The compiled kernels do it where they can: they keep these two numbers between their passes, and take those of all ranks
as readily. Elsewhere, and in the gradient of smoothed losses, plain torch does, tile by tile.

P positions, C classes of this rank; logits (P, C) or (O, C, I), then one value per position is (P,) or (O, I).
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..core import layout
from ..core.dtypes import accumulate_dtype
from ..core.spec import SoftmaxSpec
from ..kernels import registry
from ..kernels.aten._scratch import Scratch
from ..kernels.backend import NO_GRADIENT, LogprobGradients, LogprobKernels, Results, SoftmaxKernels, SoftmaxProblem
from .shard import Labels, Shard, Whole, merged


def whole(logits: Tensor, labels: Labels, shard: Shard) -> Whole:
    """The states of this rank's logits, merged with those of the others."""
    return merged(shard.ranks.gathered(_states(logits, labels, shard)), shard.masses if shard.share else None)


def _states(logits: Tensor, labels: Labels, shard: Shard) -> Tensor:  # (4, P)
    """Max, Σ exp(z − max) − 1, Σ_c w_c · (max − z_c) and the target's logit, of this rank's classes."""
    found = logits.new_zeros((4, *labels.place.shape), dtype=accumulate_dtype(logits.dtype))
    if not logits.numel():
        found[0], found[1] = -torch.inf, -1.0
        return found
    own = logits.gather(1, labels.place.unsqueeze(1)).squeeze(1).to(found.dtype)
    found[3] = torch.where(labels.here, shard.spec.transform(own), 0.0)
    kernels: SoftmaxKernels = registry.kernels("softmax_xent", logits.device.type, logits.dtype)
    if kernels.KEEPS_STATE:
        _scan(logits, shard, kernels, found)
    else:
        _scan_tiles(logits, shard, found)
    found[1].masked_fill_(found[0] == -torch.inf, -1.0)
    return found


def _scan(logits: Tensor, shard: Shard, kernels: SoftmaxKernels, found: Tensor) -> None:
    """By a kernel's forward pass for any label, whose loss with a smoothing of 1 is that of all classes alike."""
    spec = SoftmaxSpec(label_smoothing=1.0 if shard.share else 0.0, transform=shard.spec.transform)
    label = torch.zeros(found.shape[1:], dtype=torch.int64, device=logits.device)
    problem = SoftmaxProblem(logits, label, shard.weight if shard.by_class else None, spec, "none")
    results = Results.of(logits, problem.positions(), "none")._replace(saved=found[:2])
    kernels.forward(problem, results, NO_GRADIENT)
    if shard.share:
        mass, masked = shard.masses[shard.ranks.rank], found[0] == -torch.inf
        spread = results.loss * logits.shape[1] - mass * found[1].log1p()
        found[2] = torch.where(masked, torch.inf if mass else 0.0, spread)


def _scan_tiles(logits: Tensor, shard: Shard, found: Tensor) -> None:
    scratch = Scratch(found.dtype, logits.device)
    for tile, at in layout.class_tiles(logits.shape, layout.tile_elements(logits.device)):
        z = shard.spec.transform(scratch.widen(logits[tile], "logits"))
        high, rest, spread, _ = (each[at] for each in found)
        top, best = z.max(1)
        high.copy_(top)
        # Beside classes that are all masked, distances are those to 0.
        top = top.masked_fill(top == -torch.inf, 0.0).unsqueeze(1)
        down = torch.sub(z, top, out=scratch.take("down", z.shape))
        if shard.share:
            spread.copy_(_weighed(down, shard).neg_())
        # The largest is left out of the sum, so that the digits of what is small beside it survive.
        rest.copy_(down.exp_().scatter_(1, best.unsqueeze(1), 0.0).sum(1))


def _weighed(down: Tensor, shard: Shard) -> Tensor:
    """Σ_c w_c · (z_c − max), in which 0 · (−inf) is 0."""
    if not shard.by_class:
        return down.sum(1)
    weights = shard.along(down)
    total = (down * weights).sum(1)
    if down.device.type == "cpu" and not bool(total.isnan().any()):
        return total
    return (down.masked_fill((weights == 0) & (down == -torch.inf), 0.0) * weights).sum(1)


def write_gradient(logits: Tensor, whole: Whole, labels: Labels, g: Tensor, shard: Shard, into: Tensor) -> None:
    """Write the gradient of losses whose own are `g`, (P,); `into` may be the logits."""
    if not logits.numel():
        return
    kernels: SoftmaxKernels = registry.kernels("softmax_xent", logits.device.type, logits.dtype)
    if not kernels.KEEPS_STATE or shard.share:
        _write_tiles(logits, whole, labels, g, shard, into)
        return
    # That of log-probabilities of the labels that are here, and for all else that of lse.
    by_lse = g * (labels.own + 2 * shard.spec.z_loss * whole.lse())
    by_label = torch.where(labels.here, g * labels.own, 0.0)
    nothing = torch.zeros_like(g)
    spec = SoftmaxSpec(transform=shard.spec.transform)
    label = torch.where(labels.counts, labels.place, spec.ignore_index)
    logprobs: LogprobKernels = registry.kernels("token_logprobs", logits.device.type, logits.dtype)
    saved = torch.stack((whole.max, whole.rest))
    came = LogprobGradients(by_label, nothing, nothing, by_lse - by_label)
    logprobs.backward(SoftmaxProblem(logits, label, None, spec, "none"), saved, came, into)


def _write_tiles(logits: Tensor, whole: Whole, labels: Labels, g: Tensor, shard: Shard, into: Tensor) -> None:
    scratch = Scratch(whole.max.dtype, logits.device)
    for tile, at in layout.class_tiles(logits.shape, layout.tile_elements(logits.device)):
        z = shard.spec.transform(scratch.widen(logits[tile], "logits"))
        out, mine, here = into[tile], labels.at(at), g[at]
        position = Whole(*(each[at] for each in whole))
        scale = here * (shard.mass(mine) + 2 * shard.spec.z_loss * position.lse()) / (1 + position.rest)
        own = z.gather(1, mine.place.unsqueeze(1)).squeeze(1)
        settled = _own_gradient(own, position, mine, here, shard)
        # Soft caps need the logits afterwards.
        fits = out.dtype == z.dtype and not shard.spec.transform
        p = torch.sub(z, position.max.unsqueeze(1), out=out if fits else scratch.take("p", z.shape))
        p.exp_().mul_(scale.unsqueeze(1))
        if shard.share and shard.by_class:
            p.addcmul_(shard.along(p), (here * shard.share).unsqueeze(1), value=-1)
        elif shard.share:
            p.sub_((here * shard.smoothing(mine)).unsqueeze(1))
        place = mine.place.unsqueeze(1)
        p.scatter_(1, place, torch.where(mine.here.unsqueeze(1), settled.unsqueeze(1), p.gather(1, place)))
        if shard.spec.transform:
            p.mul_(shard.spec.transform.slope(z))
        # Logits of positions that do not count may be anything.
        p.masked_fill_(~mine.counts.unsqueeze(1), 0.0)
        if not fits:
            out.copy_(p)


def _own_gradient(own: Tensor, whole: Whole, labels: Labels, g: Tensor, shard: Shard) -> Tensor:
    """The gradient of the label's own class: that of others for p − 1, all of whose digits count where it is sure."""
    keep = (1 - shard.spec.label_smoothing) * labels.own
    p = torch.where(own == whole.max, 1.0, (own - whole.max).exp()) / (1 + whole.rest)
    short = torch.where(own == whole.max, -whole.rest / (1 + whole.rest), p - 1)
    others = shard.mass(labels) - keep + 2 * shard.spec.z_loss * whole.lse()
    taken: Tensor | float = 0.0
    if shard.share:
        taken = shard.smoothing(labels)
        if shard.by_class and shard.weight is not None:
            taken = taken * shard.weight[labels.place]
    return g * (keep * short + others * p - taken)
