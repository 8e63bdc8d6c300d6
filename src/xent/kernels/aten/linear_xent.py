"""Linear cross entropy, block of rows by block of rows: the logits of one block exist at a time.

Forward   logits = x · Wᵀ + b, then the softmax kernel.
Backward  the logits are computed again; the softmax kernel turns them into G, then dX = G · W, dW += Gᵀ · x, db += ΣG.

N rows, D features, C classes, I positions per row; K = C · I columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ...core.dtypes import NARROW, accumulate_dtype
from ...core.spec import SoftmaxSpec
from . import softmax_xent


def forward(
    input: Tensor,  # (N, D)
    linear_weight: Tensor,  # (K, D)
    linear_bias: Tensor | None,  # (K,)
    target: Tensor,  # (N,) or (N, I); (N, C) or (N, C, I)
    weight: Tensor | None,  # (C,)
    spec: SoftmaxSpec,
    shape: Sequence[int],  # (C,) or (C, I)
    rows: int,
    float32_logits: bool,
    loss: Tensor,  # (N,) or (N, I) out
    total: Tensor,  # () out
    stats: Sequence[Tensor],  # as loss, out; or empty
) -> None:
    """Fill `loss` with the losses and `total` with the weight of all positions that count."""
    total.zero_()
    block_total = torch.empty_like(total)
    head, bias = _widen(linear_weight, float32_logits), _widen(linear_bias, float32_logits)
    for block in _blocks(len(input), rows):
        logits = torch.nn.functional.linear(input[block].to(head.dtype), head, bias).view(-1, *shape)
        extra = [s[block] for s in stats]
        softmax_xent.forward(
            logits, target[block], weight, spec, "none", loss[block], block_total, None, extra, 1.0, None
        )
        total += block_total


def backward(
    grad_loss: Tensor,  # (N,) or (N, I)
    input: Tensor,
    linear_weight: Tensor,
    linear_bias: Tensor | None,
    target: Tensor,
    weight: Tensor | None,
    spec: SoftmaxSpec,
    shape: Sequence[int],
    rows: int,
    float32_logits: bool,
    grad_input: Tensor | None,  # (N, D) out
    grad_linear_weight: Tensor | None,  # (K, D) out
    grad_linear_bias: Tensor | None,  # (K,) out
    grad_target: Tensor | None,  # (N, C) or (N, C, I) out
) -> None:
    """Fill the gradients that are asked for; those of the head are summed over the blocks in float32 or wider."""
    by_logits = grad_input is not None or grad_linear_weight is not None or grad_linear_bias is not None
    sums = accumulate_dtype(input.dtype)
    weight_sum = None if grad_linear_weight is None else torch.zeros_like(grad_linear_weight, dtype=sums)
    bias_sum = None if grad_linear_bias is None else torch.zeros_like(grad_linear_bias, dtype=sums)
    loss_total = grad_loss.new_empty(())  # not read: losses per position are not divided
    head, bias = _widen(linear_weight, float32_logits), _widen(linear_bias, float32_logits)
    for block in _blocks(len(input), rows):
        x = input[block].to(head.dtype)
        logits = torch.nn.functional.linear(x, head, bias).view(-1, *shape)
        grad_logits = torch.empty_like(logits) if by_logits else None
        wanted = None if grad_target is None else grad_target[block]
        given = grad_loss[block], logits, target[block], weight, spec
        softmax_xent.backward(*given, "none", loss_total, None, grad_logits, wanted)
        if grad_logits is None:
            continue
        g = grad_logits.view(len(x), -1)
        if grad_input is not None:
            grad_input[block] = torch.mm(g, head)
        if weight_sum is not None:
            # One fused multiply and add where the dtypes agree; a product of 16-bit inputs is summed in float32.
            weight_sum.addmm_(g.t(), x) if g.dtype == sums else weight_sum.add_(torch.mm(g.t(), x))
        if bias_sum is not None:
            bias_sum.add_(g.sum(0, dtype=sums))
    for out, total in ((grad_linear_weight, weight_sum), (grad_linear_bias, bias_sum)):
        if out is not None and total is not None:
            out.copy_(total)


def _widen(tensor: Any, float32: bool) -> Any:
    return tensor.float() if float32 and tensor is not None and tensor.dtype in NARROW else tensor


def _blocks(length: int, rows: int) -> list[slice]:
    return [slice(start, min(start + rows, length)) for start in range(0, length, rows)]
