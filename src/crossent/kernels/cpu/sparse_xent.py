"""Softmax cross entropy of a few listed classes: softmax_xent.cpp gets their ids and masses."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ...core import checks
from ...core.labels import absent
from ..backend import EarlyGradient, Guess, Results, SoftmaxProblem
from . import _kernels
from ._tensors import ABSENT, REDUCTIONS, address, fresh, shape, values

# Max, Σ exp(z − max) − 1, and the whole mass of the target.
KEPT = (0, 3)
KEEPS_STATE = False
WRITES_GRADIENT_FORWARD = True
GUESSES_ON_DEVICE = REPORTS_LABELS = False


def forward(problem: SoftmaxProblem, results: Results, early: EarlyGradient) -> None:
    """Fill the results, and the gradient that is asked for, while the logits are in cache."""
    given = _Given(problem)
    loss, total, stats, saved = results
    found = _kernels.softmax_forward(
        *given.plain,
        address(loss),
        address(total),
        address(saved),
        tuple(map(address, stats)) if stats else (0, 0, 0, 0),  # type: ignore[arg-type]
        early.upstream,
        values(fresh(early.into)),
        **given.more,
    )
    if found and problem.ids is not None:
        void = absent(problem.target)
        void = void if problem.factor is None else void | (problem.factor == 0)
        error = checks.listed_error(problem.ids, void, problem.logits.shape[1])
        if error is not None:
            raise error


def backward(
    problem: SoftmaxProblem,
    grad_loss: Tensor,  # (P,); () for a sum or mean
    total: Tensor,  # ()
    saved: Tensor | None,  # (numbers, P)
    grad_logits: Tensor | None,  # (P, C) out
    grad_target: Tensor | None,  # (P, K) out
    guess: Guess,
) -> None:
    """Fill the gradients that are asked for: one read of the logits, one write."""
    given = _Given(problem)
    grad_loss = grad_loss.contiguous()
    masses = None if grad_target is None else torch.empty_like(given.masses)
    _kernels.softmax_backward(
        *given.plain,
        address(grad_loss),
        address(total),
        address(saved),
        values(fresh(grad_logits)),
        ABSENT,
        **given.more,
        grad_masses=address(masses),
    )
    if grad_target is not None and masses is not None and grad_target.numel():
        grad_target.copy_(_classes_second(masses.view(*problem.positions(), -1)))


class _Given:
    """The problem in plain numbers, and the tensors that they are addresses of."""

    def __init__(self, problem: SoftmaxProblem) -> None:
        logits, target, weight, spec, reduction, _, factor, ids, base = problem
        assert ids is not None
        self.ids, self.masses = _classes_last(ids).long().contiguous(), _classes_last(target).contiguous()
        if not ids.shape[1]:
            # A list of nothing has no address.
            self.ids = self.ids.new_full((*self.ids.shape[:-1], 1), -1)
            self.masses = self.masses.new_zeros(self.ids.shape)
        self.rest = [None if t is None else t.contiguous() for t in (weight, factor, base)]
        weight, factor, base = self.rest
        options = (
            0, 0.0, False, spec.z_loss, spec.transform.softcap or 0.0, REDUCTIONS[reduction], torch.get_num_threads()
        )  # fmt: skip
        self.plain = shape(logits), values(logits), ABSENT, (0, 0), address(weight), options
        listed = self.ids.data_ptr(), self.ids.shape[-1], self.masses.data_ptr(), address(base)
        self.more: dict[str, Any] = {"listed": listed, "factors": address(factor)}
        self.more["temperature"] = spec.transform.temperature


def _classes_last(tensor: Tensor) -> Tensor:
    """(O, K, I) as (O, I, K)."""
    return tensor if tensor.dim() == 2 else tensor.movedim(1, -1)


def _classes_second(tensor: Tensor) -> Tensor:
    return tensor if tensor.dim() == 2 else tensor.movedim(-1, 1)
