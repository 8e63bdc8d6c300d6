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
    t = (1 - spec.label_smoothing) * t + spec.label_smoothing / 2 if spec.label_smoothing else t
    loss = _from_scores(x, t, pos_weight) if spec.logits else _from_probabilities(x, t)
    loss = loss if weight is None else loss * weight.to(x.dtype)
    if counts is None:
        return loss, x.new_tensor(loss.numel(), dtype=count_dtype(x.device))
    return torch.where(counts, loss, 0.0), counts.sum(dtype=count_dtype(x.device))


def _from_scores(x: Tensor, t: Tensor, pos_weight: Tensor | None) -> Tensor:
    c = 1.0 if pos_weight is None else 1 + (pos_weight.to(x.dtype) - 1) * t
    # −log σ(x) is log1p(exp(−|x|)) + max(−x, 0), with the right derivatives of every order at 0, where |x| has none.
    return (1 - t) * x - c * torch.nn.functional.logsigmoid(x)


def _from_probabilities(x: Tensor, t: Tensor) -> Tensor:
    """Torch's value with torch's gradient, which is not the derivative where the clamp acts."""
    result: Tensor = _Clamped.apply(x, t)  # type: ignore[no-untyped-call]
    return result


class _Clamped(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, t: Tensor) -> Tensor:
        return -(t * x.log().clamp_min(LOG_FLOOR) + (1 - t) * torch.log1p(-x).clamp_min(LOG_FLOOR))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor], output: Tensor) -> None:
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        x, t = ctx.saved_tensors
        by_x, by_t = _derivatives(x, t)
        return grad * by_x, grad * by_t

    @staticmethod
    def jvp(ctx: Any, x_t: Tensor | None, t_t: Tensor | None) -> Tensor:
        x, t = ctx.saved_tensors
        by_x, by_t = _derivatives(x, t)
        result = torch.zeros_like(x)
        result = result if x_t is None else result + by_x * x_t
        return result if t_t is None else result + by_t * t_t


def _derivatives(x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    by_x = (x - t) / (x * (1 - x)).clamp_min(VARIANCE_FLOOR)
    by_t = torch.log1p(-x).clamp_min(LOG_FLOOR) - x.log().clamp_min(LOG_FLOOR)
    return by_x, by_t
