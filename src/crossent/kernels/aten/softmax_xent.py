"""Softmax cross entropy, tile by tile.

Forward   loss_i = s_i · [Σ_c a_ic · (lse_i − z_ic) + z_loss · lse_i²]
Backward  grad_ic = g_i · [softmax(z_i)_c · (Σ_k a_ik + 2 · z_loss · lse_i) − a_ic]
with the target mass a of DESIGN §1: for an index target y it is (1−ε)·w_y at y plus ε/C · w_c (or w_y) everywhere, for
probabilities p it is w_c · ((1−ε)·p_c + ε/C).

P positions, C classes; logits (P, C) or (O, C, I), index targets, factors s and losses (P,) or (O, I), weight (C,).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from ...core import checks, layout
from ...core.labels import absent, equal_to
from ...core.reduction import reduced, spread
from ...core.spec import SoftmaxSpec
from ..backend import EarlyGradient, Guess, Results, SoftmaxProblem
from ._labels import Labels, labels
from ._scratch import Scratch

# A forward pass keeps nothing per position: computing a tile's softmax again is faster than using what was kept.
KEPT = (0, 0)
KEEPS_STATE = False
WRITES_GRADIENT_FORWARD = False
GUESSES_ON_DEVICE = REPORTS_LABELS = False


def forward(problem: SoftmaxProblem, results: Results, early: EarlyGradient) -> None:
    """Fill the results."""
    loss, reduction = results.loss, problem.reduction
    each = loss if reduction == "none" else loss.new_empty(problem.positions())
    _losses(problem, each, results.total, results.stats)
    if reduction != "none":
        loss.copy_(reduced(each, results.total, reduction))


def _losses(problem: SoftmaxProblem, loss: Tensor, total: Tensor, stats: Sequence[Tensor]) -> None:
    logits, target, weight, spec, *_ = problem
    by_index = not target.is_floating_point()
    if by_index and logits.device.type == "cpu":
        checks.labels_in_range(target, logits.shape[1], spec.ignore_index)
    total.zero_()
    scratch = Scratch(loss.dtype, loss.device)
    for tile, at in layout.class_tiles(logits.shape, layout.tile_elements(logits.device)):
        void = None if by_index else _void(problem, tile, at)
        z = spec.transform(scratch.widen(logits[tile], "logits"))
        log_p = torch.log_softmax(z, 1, out=scratch.take("log_p", z.shape))
        if stats:
            fill_stats(z, log_p, target[at] if by_index else target[tile], void, spec, [s[at] for s in stats])
        out = loss[at]
        if by_index:
            given = labels(target[at], weight, spec.ignore_index, z.shape[1])
            _index_loss(log_p, given, weight, spec, out)
            total += given.total()
        else:
            mass = _mass(target[tile], weight, spec, z)
            torch.neg(expected(log_p, mass), out=out)
            total += out.numel() if void is None else (~void).sum()
        if spec.z_loss:
            out += spec.z_loss * z.logsumexp(1).square()
        if problem.factor is not None:
            out *= problem.factor[at]
        if by_index:
            given.finish_loss(out)
        elif void is not None:
            out.masked_fill_(void, 0.0)


def backward(
    problem: SoftmaxProblem,
    grad_loss: Tensor,  # (P,); () for a sum or mean
    total: Tensor,  # ()
    saved: Tensor | None,
    grad_logits: Tensor | None,  # (P, C) out
    grad_target: Tensor | None,  # (P, C) out
    guess: Guess,
) -> None:
    """Fill the gradients that are asked for: one read of the logits, one write each."""
    logits, target, weight, spec, reduction, *_ = problem
    by_index = not target.is_floating_point()
    grad_loss = spread(grad_loss, total, reduction, problem.positions())
    scratch = Scratch(grad_loss.dtype, grad_loss.device)
    for tile, at in layout.class_tiles(logits.shape, layout.tile_elements(logits.device)):
        z = spec.transform(scratch.widen(logits[tile], "logits"))
        g = grad_loss[at] if problem.factor is None else grad_loss[at] * problem.factor[at]
        void = None if by_index else _void(problem, tile, at)
        if grad_target is not None:
            _probability_grad(g, z, weight, spec, grad_target[tile])
            if void is not None:
                grad_target[tile].masked_fill_(void.unsqueeze(1), 0.0)
        if grad_logits is None:
            continue
        out = grad_logits[tile]
        twice_lse = 2 * spec.z_loss * z.logsumexp(1) if spec.z_loss else 0.0
        # The softmax is written where the gradient will stand (over the logits, it may be), unless that is narrower.
        p = torch.softmax(z, 1, out=out if out.dtype == z.dtype else scratch.take("p", z.shape))
        if by_index:
            given = labels(target[at], weight, spec.ignore_index, z.shape[1])
            _index_grad(p, g, twice_lse, given, weight, spec)
        else:
            mass = _mass(target[tile], weight, spec, z)
            p.mul_((mass.sum(1) + twice_lse).mul_(g).unsqueeze(1)).addcmul_(mass, g.unsqueeze(1), value=-1)
        if spec.transform:
            p.mul_(spec.transform.slope(z))
        if by_index:
            given.finish_grad(p)
        elif void is not None:
            p.masked_fill_(void.unsqueeze(1), 0.0)
        if p is not out:
            out.copy_(p)


def _void(problem: SoftmaxProblem, tile: layout.Index, at: layout.Index) -> Tensor | None:
    """The positions of a tile that do not count, though no label says so; None where all count."""
    void = absent(problem.target[tile])
    void = void if problem.factor is None else void | (problem.factor[at] == 0)
    return None if void.device.type == "cpu" and not bool(void.any()) else void


def _index_loss(log_p: Tensor, given: Labels, weight: Tensor | None, spec: SoftmaxSpec, out: Tensor) -> None:
    own = log_p.gather(1, given.safe.unsqueeze(1)).squeeze(1)
    if not spec.label_smoothing:
        own = _with_all_digits(own, log_p, given)
    if spec.label_smoothing == 1.0:
        out.zero_()
    else:
        torch.mul(own, given.own * (spec.label_smoothing - 1.0), out=out)
    if isinstance(given.own, Tensor):
        # A weight of 0 frees the position, a masked class included.
        out.masked_fill_(given.own == 0, 0.0)
    if not spec.label_smoothing:
        return
    share = spec.label_smoothing / log_p.shape[1]
    if weight is not None and spec.smoothing_weight == "class":
        out -= share * expected(log_p, along_classes(weight, log_p))
    elif isinstance(given.own, Tensor):
        out -= share * (given.own * log_p.sum(1)).masked_fill_(given.own == 0, 0.0)
    else:
        out -= share * log_p.sum(1)


def _with_all_digits(own: Tensor, log_p: Tensor, given: Labels) -> Tensor:
    """Make log p of a class that has more than half log1p(−the others'), which are written over `log_p`."""
    sure = own > -math.log(2)
    if own.device.type == "cpu" and not bool(sure.any()):
        return own
    others = log_p.scatter_(1, given.safe.unsqueeze(1), -torch.inf).exp_().sum(1)
    return torch.where(sure, torch.log1p(-others), own)


def _index_grad(
    p: Tensor, g: Tensor, twice_lse: Tensor | float, given: Labels, weight: Tensor | None, spec: SoftmaxSpec
) -> None:
    """Turn the softmax `p` into the gradient, in place."""
    share = spec.label_smoothing / p.shape[1]
    if share and weight is not None and spec.smoothing_weight == "class":
        mass = (1 - spec.label_smoothing) * given.own + spec.label_smoothing * weight.mean()
        p.mul_((g * (mass + twice_lse)).unsqueeze(1))
        p.addcmul_((g * share).unsqueeze(1), along_classes(weight, p), value=-1)
    elif share:
        p.mul_((g * (given.own + twice_lse)).unsqueeze(1))
        p.sub_((g * given.own * share).unsqueeze(1))
    else:
        # p − 1 of the own class as what the others have.
        index = given.safe.unsqueeze(1)
        own = p.gather(1, index).squeeze(1)
        others = p.scatter_(1, index, 0.0).sum(1)
        p.mul_((g * (given.own + twice_lse)).unsqueeze(1))
        p.scatter_(1, index, (g * (twice_lse * own - given.own * others)).unsqueeze(1))
        return
    own = g * given.own * (spec.label_smoothing - 1.0)
    p.scatter_add_(1, given.safe.unsqueeze(1), own.unsqueeze(1))


def _mass(target: Tensor, weight: Tensor | None, spec: SoftmaxSpec, z: Tensor) -> Tensor:
    mass = target.to(z.dtype)
    if spec.label_smoothing:
        mass = (1 - spec.label_smoothing) * mass + spec.label_smoothing / z.shape[1]
    return mass if weight is None else mass * along_classes(weight, z)


def _probability_grad(g: Tensor, z: Tensor, weight: Tensor | None, spec: SoftmaxSpec, out: Tensor) -> None:
    grad = torch.log_softmax(z, 1).mul_((g * (spec.label_smoothing - 1.0)).unsqueeze(1))
    out.copy_(grad if weight is None else grad.mul_(along_classes(weight, z)))


def fill_stats(
    z: Tensor, log_p: Tensor, target: Tensor, void: Tensor | None, spec: SoftmaxSpec, stats: Sequence[Tensor]
) -> None:
    lse, prediction, correct, entropy = stats
    lse.copy_(z.logsumexp(1))
    prediction.copy_(z.argmax(1))
    truth = target.argmax(1) if target.is_floating_point() else target
    torch.eq(prediction, truth, out=correct)
    if not target.is_floating_point():
        correct.logical_and_(~equal_to(target, spec.ignore_index))
    elif void is not None:
        correct.logical_and_(~void)
    entropy.copy_(expected(log_p, log_p.exp()).neg_())


def expected(log_p: Tensor, mass: Tensor) -> Tensor:
    """Σ_c mass · log p in which 0 · (−inf) is 0: a masked class costs nothing where it has no target mass."""
    total = (log_p * mass).sum(1)
    # Such a product is NaN and rare; looking for it beforehand would cost more passes than the sum itself.
    if log_p.device.type == "cpu" and not bool(total.isnan().any()):
        return total
    free = (mass == 0) & (log_p == -torch.inf)
    return (log_p.masked_fill(free, 0.0) * mass).sum(1)


def along_classes(weight: Tensor, z: Tensor) -> Tensor:
    return weight.reshape(-1, *[1] * (z.dim() - 2))
