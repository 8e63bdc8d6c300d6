"""A run in several processes, started with torchrun's environment by the tests: one process of it.

`python -m tests.train.runtime.ranks` reads the run's settings as JSON from stdin.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import torch
from torch import Tensor, nn

SAMPLES = 37


class Net(nn.Module):
    """Without dropout and batch statistics, which depend on who sees which samples."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.body = nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.ReLU())
        self.head = nn.Linear(8, 3)
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            self.seen += len(x)
        return self.head(self.body(x))


def samples() -> dict[str, tuple[Tensor, Tensor]]:
    generator = torch.Generator().manual_seed(1)

    def part(count: int) -> tuple[Tensor, Tensor]:
        x = torch.randn(count, 4, generator=generator)
        return x, x[:, :3].argmax(1)

    # Odd numbers: no two processes ever have equal shares.
    train, val, test = part(SAMPLES), part(13), part(5)
    train[1][::5] = 2
    return {"train": train, "val": val, "test": test}


def settings(out: str, **changed: Any) -> dict[str, Any]:
    """Batches of 8, the last one of 5; parts of 3 samples; a class that weighs more and one that does not count."""
    shared = {"batch_size": 8, "micro_batch_size": 3, "epochs": 4, "optimizer": "sgd", "lr": 0.1, "clip": 1.0}
    loss = {"loss.weight": [1.0, 4.0, 0.5], "loss.ignore_index": 2}
    return {**shared, **loss, "out": out, "accelerator": "cpu", "logger": "none", **changed}


def main() -> None:
    from rich.console import Console

    from crossent.train.fitting.fit import run

    torch.set_num_threads(1)
    run(Net(), samples(), console=Console(quiet=True), **json.load(sys.stdin))


if __name__ == "__main__":
    main()
