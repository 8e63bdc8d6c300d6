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
from .softmax_xent import along_classes, fill_stats

# Nothing for the backward pass of the same call, as in softmax_xent; but where a call hands out memory for them, or has
# them of more classes than these: max, Σ exp(z − max) − 1, and the whole mass of the target.
KEPT = (0, 0)
KEEPS_STATE = True
WRITES_GRADIENT_FORWARD = False
GUESSES_ON_DEVICE = REPORTS_LABELS = False


def forward(problem: SoftmaxProblem, results: Results, early: EarlyGradient) -> None:
    """Fill the results."""
    (loss, total, stats, saved), reduction, logits, spec = results, problem.reduction, problem.logits, problem.spec
    each = loss if reduction == "none" else loss.new_empty(problem.positions())
    total.zero_()
    scratch = Scratch(loss.dtype, loss.device)
    for tile, at in layout.class_tiles(logits.shape, layout.tile_elements(logits.device)):
        z = spec.transform(scratch.widen(logits[tile], "logits"))
        given = _Listed.of(problem, tile, at, z)
        if z.device.type == "cpu" and (error := checks.listed_error(given.ids, given.void, z.shape[1])) is not None:
            raise error
        if stats:
            nothing = torch.full_like(given.void, -1, dtype=torch.int64)
            fill_stats(z, torch.log_softmax(z, 1), nothing, None, spec, [s[at] for s in stats])
        top, rest, _ = _state(z, scratch)
        far = torch.sub(_based(top).unsqueeze(1), z, out=scratch.take("far", z.shape))
        mass, cost = given.mass.sum(1), _weighed(far.gather(1, given.place), given.mass)
        if given.base is not None:
            others = given.others(z)
            mass, cost = mass + given.base * others.sum(1), cost + given.base * _weighed(far, others)
        out = each[at]
        torch.add(cost, torch.where(mass == 0, 0.0, mass * rest.log1p()), out=out)
        if spec.z_loss:
            out += spec.z_loss * (top + rest.log1p()).square()
        if problem.factor is not None:
            out *= problem.factor[at]
        out.masked_fill_(given.void, 0.0)
        out.masked_fill_(given.stray, torch.nan)
        total += (~given.void).sum()
        if saved is not None:
            for into, value in zip(saved, (top, rest, mass), strict=True):
                into[at] = value
    if reduction != "none":
        loss.copy_(reduced(each, total, reduction))


def backward(
    problem: SoftmaxProblem,
    grad_loss: Tensor,  # (P,); () for a sum or mean
    total: Tensor,  # ()
    saved: Tensor | None,  # (3, P)
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
        top, rest, best = _state(z, scratch)
        if saved is not None:
            top, rest = saved[0][at], saved[1][at]
        highest = z.gather(1, best.unsqueeze(1)).squeeze(1)
        if grad_target is not None:
            cost = rest.log1p().unsqueeze(1) + (_based(top).unsqueeze(1) - z.gather(1, given.place))
            cost = torch.where(given.there, cost * g.unsqueeze(1), 0.0)
            grad_target[tile] = cost.masked_fill_(given.void.unsqueeze(1), 0.0)
        if grad_logits is None:
            continue
        out, whole, of_best = grad_logits[tile], given.mass.sum(1), given.of_class(best)
        others = None if given.base is None else given.others(z).mul_(given.base.unsqueeze(1))
        if others is not None:
            whole, of_best = whole + others.sum(1), of_best + others.gather(1, best.unsqueeze(1)).squeeze(1)
        whole = whole if saved is None else saved[2][at]
        if spec.z_loss:
            whole = whole + 2 * spec.z_loss * (top + rest.log1p())
        scale, taken = g * whole / (1 + rest), g * of_best
        # It is written where the gradient will stand (over the logits, it may be), unless that is narrower.
        p = torch.sub(z, _based(top).unsqueeze(1), out=out if out.dtype == z.dtype else scratch.take("p", z.shape))
        p.exp_().mul_(scale.unsqueeze(1))
        if others is not None:
            p.sub_(others.mul_(g.unsqueeze(1)))
        p.scatter_add_(1, given.place, -given.mass * g.unsqueeze(1))
        # Where one class is nearly sure, p · mass − a of it as p · (mass − a) − (1 − p) · a.
        sure = (highest == top) & (rest < 1)
        best = best.unsqueeze(1)
        settled = (scale - taken / (1 + rest)) - taken * (rest / (1 + rest))
        p.scatter_(1, best, torch.where(sure.unsqueeze(1), settled.unsqueeze(1), p.gather(1, best)))
        if spec.transform:
            p.mul_(spec.transform.slope(z))
        p.masked_fill_((given.void | given.stray).unsqueeze(1), 0.0)
        if p is not out:
            out.copy_(p)


def _state(z: Tensor, scratch: Scratch) -> tuple[Tensor, Tensor, Tensor]:
    """Max, Σ exp(z − max) − 1, and the class of the max.

    The largest is left out of the sum, so that the digits of what is small beside it survive.
    """
    top, best = z.max(1)
    e = torch.sub(z, _based(top).unsqueeze(1), out=scratch.take("far", z.shape)).exp_()
    rest = e.scatter_(1, best.unsqueeze(1), 0.0).sum(1)
    return top, rest.masked_fill_(top == -torch.inf, -1.0), best


def _weighed(far: Tensor, mass: Tensor) -> Tensor:
    """Σ_c mass · far in which 0 · ∞ is 0: a masked class costs nothing where it has no target mass."""
    return torch.where(mass == 0, 0.0, far * mass).sum(1)


def _based(top: Tensor) -> Tensor:
    """The origin of distances: 0 beside classes that are all masked."""
    return top.masked_fill(top == -torch.inf, 0.0)


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

    def of_class(self, place: Tensor) -> Tensor:
        """The mass of one class of each position, where it is listed."""
        return torch.where(self.place == place.unsqueeze(1), self.mass, 0.0).sum(1)

    def others(self, z: Tensor) -> Tensor:
        """The weights of the classes that are not listed, and 0 for those that are."""
        listed = torch.zeros_like(z).scatter_add_(1, self.place, self.there.to(z.dtype))
        ones = torch.ones_like(z) if self.weight is None else along_classes(self.weight, z).expand_as(z)
        return torch.where(listed > 0, 0.0, ones)
