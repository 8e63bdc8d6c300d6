"""The divergence of a student's softmax q from its teacher's p, tile by tile.

Forward   loss_i = s_i · Σ_c p_ic · (log p_ic − log q_ic)
Backward  grad_ic = g_i · s_i · (q_ic − p_ic) / T, to the student

P positions, C classes; logits (P, C) or (O, C, I), factors s and losses (P,) or (O, I).
"""

from __future__ import annotations

import torch
from torch import Tensor

from ...core import layout
from ...core.labels import absent
from ...core.reduction import reduced, spread
from ..backend import DistillationProblem, EarlyGradient, Guess, Results
from ._scratch import Scratch

KEPT = 0
WRITES_GRADIENT_FORWARD = False
GUESSES_ON_DEVICE = False


def forward(problem: DistillationProblem, results: Results, early: EarlyGradient) -> None:
    """Fill the results."""
    loss, student, reduction = results.loss, problem.student, problem.reduction
    each = loss if reduction == "none" else loss.new_empty(problem.positions())
    results.total.zero_()
    scratch = Scratch(loss.dtype, loss.device)
    for tile, at in layout.class_tiles(student.shape, layout.tile_elements(student.device)):
        z, t, void = _tile(problem, tile, at, scratch)
        log_q = torch.log_softmax(z, 1, out=scratch.take("log_q", z.shape))
        log_p = torch.log_softmax(t, 1, out=scratch.take("log_p", t.shape))
        p = torch.exp(log_p, out=scratch.take("p", t.shape))
        # 0 · ∞ is 0: what the teacher rules out costs nothing.
        out = (log_p.sub_(log_q).masked_fill_(p == 0, 0.0).mul_(p)).sum(1).clamp_min_(0.0)
        out = out if problem.factor is None else out * problem.factor[at]
        each[at] = out.masked_fill_(void, 0.0)
        results.total.add_((~void).sum())
    if reduction != "none":
        loss.copy_(reduced(each, results.total, reduction))


def backward(
    problem: DistillationProblem,
    grad_loss: Tensor,  # (P,); () for a sum or mean
    total: Tensor,  # ()
    saved: Tensor | None,
    grad_student: Tensor,  # (P, C) out, which may be the student's logits
    guess: Guess,
) -> None:
    """Fill the gradient: one read of both, one write."""
    student = problem.student
    grad_loss = spread(grad_loss, total, problem.reduction, problem.positions())
    scratch = Scratch(grad_loss.dtype, grad_loss.device)
    for tile, at in layout.class_tiles(student.shape, layout.tile_elements(student.device)):
        z, t, void = _tile(problem, tile, at, scratch)
        g = grad_loss[at] if problem.factor is None else grad_loss[at] * problem.factor[at]
        out = grad_student[tile]
        # The softmax is written where the gradient will stand, unless that is narrower.
        q = torch.softmax(z, 1, out=out if out.dtype == z.dtype else scratch.take("q", z.shape))
        q.sub_(torch.softmax(t, 1, out=scratch.take("p", t.shape))).mul_((g / problem.temperature).unsqueeze(1))
        q.masked_fill_(void.unsqueeze(1), 0.0)
        if q is not out:
            out.copy_(q)


def _tile(
    problem: DistillationProblem, tile: layout.Index, at: layout.Index, scratch: Scratch
) -> tuple[Tensor, Tensor, Tensor]:
    """Both logits over the temperature, and which positions do not count."""
    void = absent(problem.teacher[tile])
    void = void if problem.factor is None else void | (problem.factor[at] == 0)
    z, t = scratch.widen(problem.student[tile], "student"), scratch.widen(problem.teacher[tile], "teacher")
    return (z, t, void) if problem.temperature == 1.0 else (z / problem.temperature, t / problem.temperature, void)
