"""Binary cross entropy of scores against torch eager and against a copy of the scores (one read, one write)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

import xent
from comparison import Case, Comparison, generator


def case(name: str, *shape: int, dtype: torch.dtype = torch.float32, **options: Any) -> Case:
    """Random scores that ask for a gradient, and random 0/1 targets of the same dtype."""

    def tensors() -> tuple[Tensor, Tensor]:
        scores = torch.randn(shape, generator=generator()).to(dtype).requires_grad_()
        return scores, torch.randint(2, shape, generator=generator()).to(dtype)

    return Case(name, tensors, options)


COMPARISON = Comparison(
    "binary cross entropy with logits",
    __file__,
    {
        "torch": torch.nn.functional.binary_cross_entropy_with_logits,
        "xent": xent.functional.binary_cross_entropy_with_logits,
    },
    "copy",
    lambda scores, target: scores.detach().clone(),
    [
        case("(4096, 4096) float32", 4096, 4096),
        case("(4096, 4096) bfloat16", 4096, 4096, dtype=torch.bfloat16),
        case("(4096, 4096) float32, pos_weight", 4096, 4096, pos_weight=torch.rand(4096, generator=generator())),
    ],
)

if __name__ == "__main__":
    COMPARISON.run()
