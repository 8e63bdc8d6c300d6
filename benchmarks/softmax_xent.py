"""Softmax cross entropy, forward and backward, against torch eager and against a copy of the logits.

The least that forward and backward can do is read the logits twice and write the gradient once; the copy (one read and
one write into fresh memory) is timed in the same rounds as the unit. Nothing is timed before values and gradients agree.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import measure
import torch
from torch import Tensor

import xent


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    name: str
    shape: tuple[int, ...]
    dtype: torch.dtype = torch.float32
    probabilities: bool = False
    channels_last: bool = False
    options: dict[str, Any] = field(default_factory=dict)

    def tensors(self) -> tuple[Tensor, Tensor]:
        """Logits that ask for a gradient, and a target."""
        generator = torch.Generator().manual_seed(0)
        logits = torch.randn(self.shape, generator=generator).to(self.dtype)
        if self.channels_last:
            logits = logits.to(memory_format=torch.channels_last)
        if self.probabilities:
            target = torch.randn(self.shape, generator=generator).softmax(1).to(self.dtype)
        else:
            target = torch.randint(self.shape[1], self.shape[:1] + self.shape[2:], generator=generator)
        return logits.requires_grad_(), target


CASES = [
    Case("(4096, 32000) float32", (4096, 32000)),
    Case("(4096, 32000) bfloat16", (4096, 32000), torch.bfloat16),
    Case("(4096, 32000) float32, smoothing", (4096, 32000), options={"label_smoothing": 0.1}),
    Case("(8192, 1000) float32, probabilities", (8192, 1000), probabilities=True),
    Case("(65536, 100) float32", (65536, 100)),
    Case("(4, 21, 512, 512) float32", (4, 21, 512, 512)),
    Case("(4, 21, 512, 512) float32, channels-last", (4, 21, 512, 512), channels_last=True),
]


def step(loss_of: Callable[..., Tensor], logits: Tensor, target: Tensor, options: dict[str, Any]) -> Tensor:
    """One forward and backward; returns the gradient."""
    return torch.autograd.grad(loss_of(logits, target, **options), logits)[0]


LOSSES = {"torch": torch.nn.functional.cross_entropy, "xent": xent.functional.cross_entropy}


def check(case: Case, logits: Tensor, target: Tensor) -> None:
    """Refuse to time what is not right."""
    losses = [loss_of(logits, target, **case.options) for loss_of in LOSSES.values()]
    torch.testing.assert_close(*losses, rtol=1e-2 if case.dtype == torch.bfloat16 else 1e-5, atol=0)
    grads = [step(loss_of, logits, target, case.options) for loss_of in LOSSES.values()]
    torch.testing.assert_close(*grads)


def main(rounds: int = 7) -> None:
    """Print the table."""
    print(f"softmax cross entropy, forward + backward, medians of {rounds} rounds ({measure.environment()})")
    print(f"{'case':42} {'xent/torch':>10} {'torch/copy':>10} {'xent/copy':>10} {'memory xent/torch':>18}")
    for number, case in enumerate(CASES):
        logits, target = case.tensors()
        check(case, logits, target)
        runs: dict[str, measure.Run] = {
            name: lambda loss_of=loss_of: step(loss_of, logits, target, case.options)
            for name, loss_of in LOSSES.items()
        }
        runs["copy"] = lambda: logits.detach().clone()
        time = measure.medians(runs, rounds)
        memory = {name: measure.extra_peak_in_fresh_process(__file__, str(number), name) for name in LOSSES}
        print(
            f"{case.name:42} {time['xent'] / time['torch']:10.2f} {time['torch'] / time['copy']:10.1f} "
            f"{time['xent'] / time['copy']:10.1f} {memory['xent'] / memory['torch']:18.2f}",
            flush=True,
        )


def peak(number: int, name: str) -> None:
    """Print the extra peak memory of one step in this process."""
    case = CASES[number]
    logits, target = case.tensors()
    # Import-time and first-call allocations are not the loss's own.
    small = logits.detach()[:1].requires_grad_()
    step(LOSSES[name], small, target[:1], case.options)
    print(measure.extra_peak_bytes(lambda: step(LOSSES[name], logits, target, case.options)))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peak"]:
        peak(int(sys.argv[2]), sys.argv[3])
    else:
        main()
