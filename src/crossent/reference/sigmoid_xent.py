"""Binary cross entropy of scores or of probabilities, as its formula, elementwise over tensors of one shape.

scores:         loss = w · [(1−t)·x + (1 + (p−1)·t)·(log1p(exp(−|x|)) + max(−x, 0))]
probabilities:  loss = −w · [t·max(log x, −100) + (1−t)·max(log(1−x), −100)]
with the target t smoothed towards 0.5 and the positive weight p.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..core.dtypes import count_dtype
from ..core.spec import LOG_FLOOR, VARIANCE_FLOOR, SigmoidSpec


def sigmoid_xent(
    input: Tensor, target: Tensor, weight: Tensor | None, pos_weight: Tensor | None, spec: SigmoidSpec
) -> tuple[Tensor, Tensor]:
    """Loss per element, and the 0-d number of elements that count."""
    x = input if input.dtype == torch.float64 else input.float()
    t = target.to(x.dtype)
    counts = spec.counts(t)
    if counts is not None:
        x, t = torch.where(counts, x, 0.5), torch.where(counts, t, 0.0)
    # The complement of the target is smoothed like the target: 1 − t of the smoothed t has lost digits near 1.
    t, u = spec.smoothed(t), spec.smoothed(1 - t)
    loss = _from_scores(x, t, u, pos_weight) if spec.logits else _from_probabilities(x, t, u)
    loss = loss if weight is None else loss * weight.to(x.dtype)
    if counts is None:
        return loss, x.new_tensor(loss.numel(), dtype=count_dtype(x.device))
    return torch.where(counts, loss, 0.0), counts.sum(dtype=count_dtype(x.device))


def _from_scores(x: Tensor, t: Tensor, u: Tensor, pos_weight: Tensor | None) -> Tensor:
    c = 1.0 if pos_weight is None else 1 + (pos_weight.to(x.dtype) - 1) * t
    # −log σ(x) is log1p(exp(−|x|)) + max(−x, 0), with the right derivatives of every order at 0, where |x| has none.
    return u * x - c * torch.nn.functional.logsigmoid(x)


def _from_probabilities(x: Tensor, t: Tensor, u: Tensor) -> Tensor:
    """Torch's value with torch's gradient, which is not the derivative where the clamp acts."""
    result: Tensor = _Clamped.apply(x, t, u)  # type: ignore[no-untyped-call]
    return result


class _Clamped(torch.autograd.Function):
    """−[t · log x + u · log(1 − x)], in which t and u = 1 − t are arguments of their own."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, t: Tensor, u: Tensor) -> Tensor:
        return -(t * _log(x) + u * _log1m(x))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor, Tensor], output: Tensor) -> None:
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x, t, _ = ctx.saved_tensors
        return grad * _by_x(x, t), -grad * _log(x), -grad * _log1m(x)

    @staticmethod
    def jvp(ctx: Any, x_t: Tensor | None, t_t: Tensor | None, u_t: Tensor | None) -> Tensor:
        x, t, _ = ctx.saved_tensors
        result = torch.zeros_like(x)
        result = result if x_t is None else result + _by_x(x, t) * x_t
        result = result if t_t is None else result - _log(x) * t_t
        return result if u_t is None else result - _log1m(x) * u_t


def _by_x(x: Tensor, t: Tensor) -> Tensor:
    return (x - t) / (x * (1 - x)).clamp_min(VARIANCE_FLOOR)


def _log(x: Tensor) -> Tensor:
    return x.log().clamp_min(LOG_FLOOR)


def _log1m(x: Tensor) -> Tensor:
    return torch.log1p(-x).clamp_min(LOG_FLOOR)
