"""Softmax cross entropy of laid-out logits, as its formula.

loss_i = s_i · [Σ_c a_ic · (lse_i − z_ic) + z_loss · lse_i²]   with the target mass a_ic, and the factor s_i if there is
one.
Shapes: logits (P, C) or (O, C, I); index targets and factors (P,) or (O, I), probabilities as the logits; weight (C,).
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..core.dtypes import count_dtype
from ..core.labels import absent, equal_to
from ..core.sample_weight import times
from ..core.spec import SoftmaxSpec


def softmax_xent(
    logits: Tensor,
    target: Tensor,
    weight: Tensor | None,
    spec: SoftmaxSpec,
    factor: Tensor | None = None,
    ids: Tensor | None = None,
    base: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Loss per position, and the 0-d weight of all positions that count, without the factors.

    With `ids` the target is the masses of these classes, and `base`, times their weights, that of all others.
    """
    if ids is not None and logits.shape[1]:
        target, weight = _every_mass(logits, target, weight, ids, base), None
    z = logits if logits.dtype == torch.float64 else logits.float()
    per_class = None if weight is None else weight.to(z.dtype).reshape(-1, *[1] * (z.dim() - 2))
    smoothing, classes = spec.label_smoothing, z.shape[1]
    if not classes:
        return z.sum(1), z.new_zeros((), dtype=count_dtype(z.device))

    if target.is_floating_point():
        target, void = target.to(z.dtype), absent(target)
        counted = (~void).sum().to(count_dtype(z.device))
        if factor is not None:
            void = void | (factor == 0) & ~(z.amax(1).isfinite() & target.amax(1).isfinite())
        z, target = (torch.where(void.unsqueeze(1), 0.0, each) for each in (z, target))
        z = spec.transform(z)
        log_p = z.log_softmax(1)
        mass = (1 - smoothing) * target + smoothing / classes
        mass = mass if per_class is None else mass * per_class
        loss = times_log_p(mass, log_p).sum(1)
        if spec.z_loss:
            loss = loss + spec.z_loss * z.logsumexp(1).square()
        return torch.where(void, 0.0, times(factor, loss)), counted

    ignored = equal_to(target, spec.ignore_index)
    if factor is not None:
        ignored = ignored | (factor == 0) & ~z.amax(1).isfinite()
    label = torch.where(ignored, 0, target).long()
    # Logits of ignored positions may be anything, NaN included; none of it may reach a gradient.
    z = spec.transform(torch.where(ignored.unsqueeze(1), 0.0, z))
    log_p = z.log_softmax(1)
    own = torch.ones_like(log_p.select(1, 0)) if weight is None else weight.to(z.dtype)[label]
    loss = times_log_p((1 - smoothing) * own, log_p.gather(1, label.unsqueeze(1)).squeeze(1))
    if smoothing:
        by_target = own.unsqueeze(1) if per_class is None or spec.smoothing_weight == "target" else per_class
        loss = loss + smoothing / classes * times_log_p(by_target.expand_as(log_p), log_p).sum(1)
    if spec.z_loss:
        loss = loss + spec.z_loss * z.logsumexp(1).square()
    loss = torch.where(ignored, 0.0, times(factor, loss))
    return loss, torch.where(ignored, 0.0, own).sum(dtype=count_dtype(own.device))


def _every_mass(logits: Tensor, mass: Tensor, weight: Tensor | None, ids: Tensor, base: Tensor | None) -> Tensor:
    """The masses of all classes, of the shape of the logits."""
    wide = torch.float64 if logits.dtype == torch.float64 else torch.float32
    void = absent(mass)
    there, mass = ids >= 0, torch.where((ids < 0) | void.unsqueeze(1), 0.0, mass.to(wide))
    place = torch.where(there, ids, 0)
    every = torch.zeros_like(logits, dtype=wide).scatter_add(1, place, mass)
    if base is not None:
        listed = torch.zeros_like(every).scatter_add(1, place, there.to(wide)) > 0
        others = base.unsqueeze(1)
        if weight is not None:
            others = others * weight.to(wide).reshape(-1, *[1] * (every.dim() - 2))
        every = torch.where(listed, every, others)
    return torch.where(void.unsqueeze(1), torch.nan, every)


def times_log_p(mass: Tensor, log_p: Tensor) -> Tensor:
    """−mass · log p."""
    # 0 · (−inf) = 0: a class masked with −inf costs nothing where it has no target mass.
    free = (mass == 0) & (log_p == -torch.inf)
    return -mass * torch.where(free, 0.0, log_p)


def softmax_stats(
    logits: Tensor, target: Tensor, spec: SoftmaxSpec, factor: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Stats per position, detached: lse, prediction, whether it is right, entropy."""
    z = spec.transform(logits.detach() if logits.dtype == torch.float64 else logits.detach().float())
    log_p = z.log_softmax(1)
    prediction = z.argmax(1) if z.shape[1] else torch.full_like(z.sum(1), -1, dtype=torch.int64)
    if target.is_floating_point():
        correct = prediction == target.argmax(1) if z.shape[1] else torch.zeros_like(prediction, dtype=torch.bool)
        correct = correct & ~absent(target)
    else:
        correct = (prediction == target) & ~equal_to(target, spec.ignore_index)
    correct = correct if factor is None else correct & (factor != 0)
    return z.logsumexp(1), prediction, correct, times_log_p(log_p.exp(), log_p).sum(1)
