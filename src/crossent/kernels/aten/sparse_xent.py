"""Softmax cross entropy of a few listed classes, tile by tile.

Forward   loss_i = s_i · [Σ_k a_ik · (lse_i − z_ik) + b_i · Σ_{c not listed} w_c · (lse_i − z_ic) + z_loss · lse_i²]
Backward  grad_ic = g_i · [softmax(z_i)_c · (A_i + 2 · z_loss · lse_i) − a_ic]   and   grad a_ik = g_i · (lse_i − z_ik)
with the mass a_ic of class c, those of equal ids together or b_i · w_c if it is not listed, and their sum A_i.

P positions, C classes, K of them listed; logits (P, C) or (O, C, I), ids and masses a (P, K) or (O, K, I), others as in
softmax_xent.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ...core import checks, layout
from ...core.labels import absent
from ...core.reduction import reduced, spread
from ..backend import EarlyGradient, Guess, Results, SoftmaxProblem
from ._scratch import Scratch
from .softmax_xent import along_classes, expected, fill_stats

KEPT = (0, 0)
KEEPS_STATE = False
WRITES_GRADIENT_FORWARD = False
GUESSES_ON_DEVICE = REPORTS_LABELS = False


def forward(problem: SoftmaxProblem, results: Results, early: EarlyGradient) -> None:
    """Fill the results."""
    (loss, total, stats, _), reduction, logits, spec = results, problem.reduction, problem.logits, problem.spec
    each = loss if reduction == "none" else loss.new_empty(problem.positions())
    total.zero_()
    scratch = Scratch(loss.dtype, loss.device)
    for tile, at in layout.class_tiles(logits.shape, layout.tile_elements(logits.device)):
        z = spec.transform(scratch.widen(logits[tile], "logits"))
        log_p = torch.log_softmax(z, 1, out=scratch.take("log_p", z.shape))
        given = _Listed.of(problem, tile, at, z)
        if z.device.type == "cpu" and (error := checks.listed_error(given.ids, given.void, z.shape[1])) is not None:
            raise error
        if stats:
            nothing = torch.full_like(given.void, -1, dtype=torch.int64)
            fill_stats(z, log_p, nothing, None, spec, [s[at] for s in stats])
        out = each[at]
        torch.neg(expected(log_p.gather(1, given.place), given.mass), out=out)
        if given.base is not None:
            out -= given.base * expected(log_p, given.others(z))
        if spec.z_loss:
            out += spec.z_loss * z.logsumexp(1).square()
        if problem.factor is not None:
            out *= problem.factor[at]
        out.masked_fill_(given.void, 0.0)
        out.masked_fill_(given.stray, torch.nan)
        total += (~given.void).sum()
    if reduction != "none":
        loss.copy_(reduced(each, total, reduction))


def backward(
    problem: SoftmaxProblem,
    grad_loss: Tensor,  # (P,); () for a sum or mean
    total: Tensor,  # ()
    saved: Tensor | None,
    grad_logits: Tensor | None,  # (P, C) out
    grad_target: Tensor | None,  # (P, K) out
    guess: Guess,
) -> None:
    """Fill the gradients that are asked for: one read of the logits, one write."""
    logits, spec = problem.logits, problem.spec
    grad_loss = spread(grad_loss, total, problem.reduction, problem.positions())
    scratch = Scratch(grad_loss.dtype, grad_loss.device)
    for tile, at in layout.class_tiles(logits.shape, layout.tile_elements(logits.device)):
        z = spec.transform(scratch.widen(logits[tile], "logits"))
        g = grad_loss[at] if problem.factor is None else grad_loss[at] * problem.factor[at]
        given = _Listed.of(problem, tile, at, z)
        lse, own = z.logsumexp(1), z.gather(1, given.place)
        if grad_target is not None:
            cost = torch.where(given.there, (lse.unsqueeze(1) - own) * g.unsqueeze(1), 0.0)
            grad_target[tile] = cost.masked_fill_(given.void.unsqueeze(1), 0.0)
        if grad_logits is None:
            continue
        out, whole = grad_logits[tile], given.mass.sum(1)
        others = None if given.base is None else given.others(z).mul_(given.base.unsqueeze(1))
        whole = whole if others is None else whole + others.sum(1)
        # The softmax is written where the gradient will stand (over the logits, it may be), unless that is narrower.
        p = torch.softmax(z, 1, out=out if out.dtype == z.dtype else scratch.take("p", z.shape))
        p.mul_((g * (whole + 2 * spec.z_loss * lse)).unsqueeze(1))
        if others is not None:
            p.sub_(others.mul_(g.unsqueeze(1)))
        p.scatter_add_(1, given.place, -given.mass * g.unsqueeze(1))
        if spec.transform:
            p.mul_(spec.transform.slope(z))
        p.masked_fill_((given.void | given.stray).unsqueeze(1), 0.0)
        if p is not out:
            out.copy_(p)


class _Listed(NamedTuple):
    """The target of a tile, made safe to gather with."""

    ids: Tensor  # (P, K)
    place: Tensor  # (P, K) int64, in [0, C)
    there: Tensor  # (P, K) bool: whether it is a class
    mass: Tensor  # (P, K), 0 where it is none
    base: Tensor | None  # (P,)
    void: Tensor  # (P,) bool: positions that do not count
    stray: Tensor  # (P,) bool: with an id out of range, which only devices other than the CPU let pass
    weight: Tensor | None

    @classmethod
    def of(cls, problem: SoftmaxProblem, tile: layout.Index, at: layout.Index, z: Tensor) -> _Listed:
        assert problem.ids is not None
        mass, ids = problem.target[tile].to(z.dtype), problem.ids[tile]
        void = absent(mass) if problem.factor is None else absent(mass) | (problem.factor[at] == 0)
        outside = ids >= z.shape[1]
        there = (ids >= 0) & ~outside
        place = torch.where(there, ids, 0)
        mass = torch.where(there & ~void.unsqueeze(1), mass, 0.0)
        base = None if problem.base is None else torch.where(void, 0.0, problem.base[at])
        return cls(ids, place, there, mass, base, void, outside.any(1) & ~void, problem.weight)

    def others(self, z: Tensor) -> Tensor:
        """The weights of the classes that are not listed, and 0 for those that are."""
        listed = torch.zeros_like(z).scatter_add_(1, self.place, self.there.to(z.dtype))
        ones = torch.ones_like(z) if self.weight is None else along_classes(self.weight, z).expand_as(z)
        return torch.where(listed > 0, 0.0, ones)
