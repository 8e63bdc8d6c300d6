"""Linear cross entropy against torch's default path (which builds the logits) and against its three matrix products."""

from __future__ import annotations

import torch
from torch import Tensor

import xent
from comparison import Case, Comparison, generator


def case(name: str, n: int, d: int, c: int, dtype: torch.dtype) -> Case:
    """Random features and head that ask for gradients, and random targets."""

    def tensors() -> tuple[Tensor, Tensor, Tensor]:
        features = torch.randn(n, d, generator=generator()).to(dtype).requires_grad_()
        head = (torch.randn(c, d, generator=generator()) / d**0.5).to(dtype).requires_grad_()
        return features, head, torch.randint(c, (n,), generator=generator())

    return Case(name, tensors, {})


def three_products(features: Tensor, head: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Logits, and the gradients of features and head: what no implementation gets around."""
    with torch.no_grad():
        logits = features @ head.t()
        return logits @ head, logits.t() @ features


def theirs(features: Tensor, head: Tensor, target: Tensor) -> Tensor:
    """What torch.nn.functional.linear_cross_entropy does by default, on any version of torch."""
    return torch.nn.functional.cross_entropy(torch.nn.functional.linear(features, head), target)


COMPARISON = Comparison(
    "linear cross entropy",
    __file__,
    {"torch": theirs, "xent": xent.functional.linear_cross_entropy},
    "3 GEMMs",
    three_products,
    [case("N=2048 D=256 C=32000 float32", 2048, 256, 32000, torch.float32)],
)

if __name__ == "__main__":
    COMPARISON.run(rounds=3)
