"""Binary cross entropy, tile by tile: elementwise over tensors of one shape (weights may be expanded).

scores:         loss = [(1−t)·x + c·max(−x, 0)] + c·log1p(exp(−|x|)),  c = 1 + (p−1)·t
                d/dx = (1−t)·σ(x) − p·t·σ(−x)
probabilities:  loss = −[t·max(log x, −100) + (1−t)·max(log(1−x), −100)];  d/dx = (x − t) / max(x·(1−x), 1e-12)
The bracket is formed as (1−t)·max(x, 0) + p·t·max(−x, 0), exact for t in {0, 1}: a confident right answer keeps
all digits of its tiny loss.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ...core import checks, layout
from ...core.reduction import reduced, spread
from ...core.spec import LOG_FLOOR, VARIANCE_FLOOR, SigmoidSpec
from ..backend import EarlyGradient, Guess, Results, SigmoidProblem

WRITES_GRADIENT_FORWARD = False
GUESSES_ON_DEVICE = False


def forward(problem: SigmoidProblem, results: Results, early: EarlyGradient) -> None:
    """Fill the results."""
    (input, target, weight, pos_weight, spec, reduction), (loss, count, _, _) = problem, results
    given, each = (input, target, weight), loss if reduction == "none" else None
    input, target, weight, pos_weight, each = layout.memory_order(input, target, weight, pos_weight, each)  # type: ignore[assignment]
    partial = []
    count.zero_()
    for tile in layout.element_tiles(input.shape, _tile_elements(input)):
        x, t, w, p, counts = _load(tile, input, target, weight, pos_weight, spec, loss.dtype)
        if input.device.type == "cpu":
            _check_values(x, t, spec, reduction, *given)
        # Not 1 − t of the smoothed t, which has rounded away what a target near 1 leaves.
        t, u = spec.smoothed(t), spec.smoothed(1 - t) if spec.label_smoothing else None
        value = _exact_scores_loss(x, t, u, p) if spec.logits else _probabilities_loss(x, t, u)
        if w is not None:
            value.mul_(w)
        if counts is not None:
            value.masked_fill_(~counts, 0.0)
        if each is not None:
            each[tile] = value
        else:
            partial.append(value.sum())
        count += value.numel() if counts is None else counts.sum()
    if reduction != "none":
        loss.copy_(reduced(torch.stack([loss.new_zeros(()), *partial]), count, reduction))


def backward(
    problem: SigmoidProblem,
    grad_loss: Tensor,  # the shape of input; () for a sum or mean
    total: Tensor,  # ()
    grad_input: Tensor | None,  # out
    grad_target: Tensor | None,  # out
    guess: Guess,
) -> None:
    """Fill the gradients that are asked for."""
    input, target, weight, pos_weight, spec, reduction = problem
    grad_loss = spread(grad_loss, total, reduction, input.shape)
    input, grad_loss, target, weight, pos_weight, grad_input, grad_target = layout.memory_order(  # type: ignore[assignment]
        input, grad_loss, target, weight, pos_weight, grad_input, grad_target
    )
    for tile in layout.element_tiles(input.shape, _tile_elements(input)):
        x, t, w, p, counts = _load(tile, input, target, weight, pos_weight, spec, grad_loss.dtype)
        t, u = spec.smoothed(t), spec.smoothed(1 - t)
        g = grad_loss[tile]
        g = g if w is None else g * w
        if grad_input is not None:
            by_x = _scores_grad(x, t, u, p) if spec.logits else (x - t).div_((x * (1 - x)).clamp_min_(VARIANCE_FLOOR))
            grad_input[tile] = _only(by_x.mul_(g), counts)
        if grad_target is not None:
            by_t = _scores_target_grad(x, p) if spec.logits else _log1m(x).sub_(_log(x))
            grad_target[tile] = _only(by_t.mul_(g).mul_(1 - spec.label_smoothing), counts)


def _tile_elements(input: Tensor) -> int:
    # A tile of the formula has about four temporaries of its size.
    return layout.tile_elements(input.device) // 4


def _load(
    tile: layout.Index,
    input: Tensor,
    target: Tensor,
    weight: Tensor | None,
    pos_weight: Tensor | None,
    spec: SigmoidSpec,
    dtype: torch.dtype,
) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None, Tensor | None]:
    """The tile of every tensor; where a target does not count, input and target are replaced by harmless values."""
    x, t = input[tile].to(dtype), target[tile].to(dtype)
    counts = spec.counts(t)
    if counts is not None:
        x, t = torch.where(counts, x, 0.5), torch.where(counts, t, 0.0)
    return x, t, None if weight is None else weight[tile], None if pos_weight is None else pos_weight[tile], counts


def _check_values(
    x: Tensor, t: Tensor, spec: SigmoidSpec, reduction: str, input: Tensor, target: Tensor, weight: Tensor | None
) -> None:
    """Look at the values while they are in cache; only a bad one pays for a search of the whole tensors."""
    if not checks.in_unit_interval(t):
        checks.unit_interval_target(target, spec.ignore_index, weight, reduction)
    if not spec.logits and not checks.in_unit_interval(x):
        checks.unit_interval_input(input)


def _exact_scores_loss(x: Tensor, t: Tensor, u: Tensor | None, p: Tensor | None) -> Tensor:
    """The loss in which 0 · ∞ is 0: an infinite score costs nothing where it is right, and infinity elsewhere."""
    value = _scores_loss(x, t, u, p)
    # Such a product is NaN and rare; on a GPU looking for it would synchronise, so there it is done anyway.
    if x.device.type == "cpu" and not bool(value.sum().isnan()):
        return value
    largest = torch.finfo(x.dtype).max
    finite = _scores_loss(x.clamp(-largest, largest), t, u, p)
    return finite.masked_fill_(x.isinf() & (finite != 0), torch.inf)


def _scores_loss(x: Tensor, t: Tensor, u: Tensor | None, p: Tensor | None) -> Tensor:
    log_term = x.abs().neg_().exp_().log1p_()
    if p is None and u is None:
        return torch.addcmul(x.clamp_min(0.0), t, x, value=-1).add_(log_term)
    # u·x + c·max(−x, 0) without the difference of two large numbers.
    loss = (1 - t if u is None else u).mul_(x.clamp_min(0.0))
    if p is None:
        return loss.addcmul_(t, x.clamp_max(0.0), value=-1).add_(log_term)
    loss.addcmul_(p * t, x.clamp_max(0.0), value=-1)
    return loss.addcmul_(1 + (p - 1) * t, log_term)


def _scores_grad(x: Tensor, t: Tensor, u: Tensor, p: Tensor | None) -> Tensor:
    # No difference of nearly equal numbers where the score is right.
    return torch.sigmoid(x).mul_(u).addcmul_(torch.sigmoid(-x), t if p is None else p * t, value=-1)


def _scores_target_grad(x: Tensor, p: Tensor | None) -> Tensor:
    if p is None:
        return -x
    log_term = x.abs().neg_().exp_().log1p_()
    return log_term.mul_(p - 1).sub_(torch.where(x < 0, p * x, x))


def _probabilities_loss(x: Tensor, t: Tensor, u: Tensor | None) -> Tensor:
    return _log(x).mul_(t).addcmul_(1 - t if u is None else u, _log1m(x)).neg_()


def _log(x: Tensor) -> Tensor:
    return x.log().clamp_min_(LOG_FLOOR)


def _log1m(x: Tensor) -> Tensor:
    return torch.log1p(-x).clamp_min_(LOG_FLOOR)


def _only(grad: Tensor, counts: Tensor | None) -> Tensor:
    return grad if counts is None else grad.masked_fill_(~counts, 0.0)
