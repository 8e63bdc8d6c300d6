"""The base of the losses of a linear layer: their logits, and gradients that the forward pass makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..core.dtypes import NARROW
from ..core.linear_options import LinearOptions
from ._early import EarlyProducts, Gradients
from ._loss import Call


def logits_of(problem: Any) -> Tensor:  # (N, K)
    """All logits, for the formulas."""
    input, head, bias = problem.input, problem.head, problem.bias
    if problem.options.float32_logits and input.dtype in NARROW:
        input, head, bias = input.float(), head.float(), None if bias is None else bias.float()
    return torch.nn.functional.linear(input, head, bias)


@dataclass
class LinearCall(Call):
    """A call whose first three tensors are input, head and bias."""

    reduction: str
    options: LinearOptions
    operator = ""

    def early(self, problem: Any, needs: Sequence[bool]) -> EarlyProducts | None:
        """Three products instead of four, where only input, head and bias need gradients, of a sum or mean."""
        if self.reduction == "none" or not any(needs[:3]) or any(needs[3:]):
            return None
        return EarlyProducts(self.operator, problem.head, self.reduction, self.options.float32_logits)

    def buffers(self, tensors: Sequence[Tensor | None], needs: Sequence[bool]) -> Gradients:
        """Contiguous memory, for the products."""
        return [
            torch.empty_like(t, memory_format=torch.contiguous_format) if need and t is not None else None
            for t, need in zip(tensors[: len(needs)], needs, strict=True)
        ]
