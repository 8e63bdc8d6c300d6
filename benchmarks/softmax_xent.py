"""Softmax cross entropy against torch eager and against a copy of the logits.

The least that forward and backward can do is read the logits twice and write the gradient once; the unit is a copy (one
read and one write into fresh memory), timed in the same rounds.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

import xent
from comparison import Case, Comparison, generator


def case(
    name: str,
    *shape: int,
    dtype: torch.dtype = torch.float32,
    probabilities: bool = False,
    channels_last: bool = False,
    **options: Any,
) -> Case:
    """Random logits that ask for a gradient, and random targets."""

    def tensors() -> tuple[Tensor, Tensor]:
        logits = torch.randn(shape, generator=generator()).to(dtype)
        if channels_last:
            logits = logits.to(memory_format=torch.channels_last)
        if probabilities:
            return logits.requires_grad_(), torch.randn(shape, generator=generator(1)).softmax(1).to(dtype)
        return logits.requires_grad_(), torch.randint(shape[1], shape[:1] + shape[2:], generator=generator())

    return Case(name, tensors, options)


COMPARISON = Comparison(
    "softmax cross entropy",
    __file__,
    {"torch": torch.nn.functional.cross_entropy, "xent": xent.functional.cross_entropy},
    "copy",
    lambda logits, target: logits.detach().clone(),
    [
        case("(4096, 32000) float32", 4096, 32000),
        case("(4096, 32000) bfloat16", 4096, 32000, dtype=torch.bfloat16),
        case("(4096, 32000) float32, smoothing", 4096, 32000, label_smoothing=0.1),
        case("(8192, 1000) float32, probabilities", 8192, 1000, probabilities=True),
        case("(65536, 100) float32", 65536, 100),
        case("(4, 21, 512, 512) float32", 4, 21, 512, 512),
        case("(4, 21, 512, 512) float32, channels-last", 4, 21, 512, 512, channels_last=True),
    ],
)

if __name__ == "__main__":
    COMPARISON.run()
