"""One table for every operation: ours against torch's in interleaved rounds, beside a unit, and extra peak memory."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

import measure

Losses = dict[str, Callable[..., Tensor]]


@dataclass(frozen=True)
class Case:
    """One row: `tensors()` makes the arguments of the losses; those that ask for a gradient get one."""

    name: str
    tensors: Callable[[], Sequence[Tensor]]
    options: dict[str, Any]


@dataclass(frozen=True)
class Comparison:
    """A benchmark: `unit(*tensors)` is the physical limit's unit, such as a copy of the logits."""

    title: str
    script: str
    losses: Losses
    unit_name: str
    unit: Callable[..., object]
    cases: Sequence[Case]

    def _row(self, number: int, case: Case, rounds: int) -> str:
        tensors = case.tensors()
        self._check(case, tensors)
        runs: dict[str, measure.Run] = {n: partial(step, f, tensors, case.options) for n, f in self.losses.items()}
        time = measure.medians({**runs, "unit": partial(self.unit, *tensors)}, rounds)
        memory = {n: measure.extra_peak_in_fresh_process(self.script, str(number), n) for n in self.losses}
        return (
            f"{case.name:42} {time['xent'] / time['torch']:10.2f} {time['torch'] / time['unit']:12.2f} "
            f"{time['xent'] / time['unit']:12.2f} {memory['xent'] / memory['torch']:18.2f}"
        )

    def run(self, rounds: int = 7) -> None:
        """Print the table, or with `--peak CASE LOSS` the extra peak memory of one step in this process."""
        if sys.argv[1:2] == ["--peak"]:
            self._peak(self.cases[int(sys.argv[2])], sys.argv[3])
            return
        print(f"{self.title}, forward + backward, medians of {rounds} rounds ({measure.environment()})")
        unit = self.unit_name
        print(f"{'case':42} {'xent/torch':>10} {f'torch/{unit}':>12} {f'xent/{unit}':>12} {'memory xent/torch':>18}")
        for number, case in enumerate(self.cases):
            print(self._row(number, case, rounds), flush=True)

    def _check(self, case: Case, tensors: Sequence[Tensor]) -> None:
        """Refuse to time what is not right."""
        narrow = tensors[0].dtype in (torch.bfloat16, torch.float16)
        losses = [loss_of(*tensors, **case.options) for loss_of in self.losses.values()]
        torch.testing.assert_close(*losses, rtol=1e-2 if narrow else 1e-5, atol=0)
        for ours, theirs in zip(*(step(f, tensors, case.options) for f in self.losses.values()), strict=True):
            scale = float(theirs.abs().max())
            torch.testing.assert_close(
                ours, theirs, rtol=2e-2 if narrow else 1e-4, atol=scale * (1e-2 if narrow else 1e-5)
            )

    def _peak(self, case: Case, name: str) -> None:
        # What the first call of an operation allocates for good is not the loss's own.
        warm = [t.detach()[:2].requires_grad_(t.requires_grad) for t in case.tensors()]
        if len({len(t) for t in warm}) == 1 and len({len(t) for t in case.tensors()}) == 1:
            step(self.losses[name], warm, case.options)
        tensors = case.tensors()
        print(measure.extra_peak_bytes(lambda: step(self.losses[name], tensors, case.options)))


def step(loss_of: Callable[..., Tensor], tensors: Sequence[Tensor], options: dict[str, Any]) -> tuple[Tensor, ...]:
    """One forward and backward; returns the gradients."""
    return torch.autograd.grad(loss_of(*tensors, **options), [t for t in tensors if t.requires_grad])


def generator(seed: int = 0) -> torch.Generator:
    """The same numbers for every candidate and process."""
    return torch.Generator().manual_seed(seed)
