"""Runs in several processes, each with torchrun's environment, all forked from one that has torch loaded already.

`python -m tests.train.runtime.ranks` reads a line of JSON per run from stdin, {"processes": [environment, …], "run":
{…}}, and answers with a line: the exit status of each process, and what they said on stderr. With a run as its
argument, it is a program that trains that, in processes that it starts itself.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from tempfile import TemporaryDirectory, TemporaryFile
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


def die_at(step: int) -> None:
    """Have this process die before this step, like power that goes."""
    from crossent.train.fitting.steps import Steps

    train = Steps.take

    def until(steps: Steps, window: Any) -> None:
        if steps.step == step:
            os.kill(os.getpid(), signal.SIGKILL)
        train(steps, window)

    Steps.take = until  # type: ignore[method-assign]


def train(given: dict[str, Any]) -> None:
    """Run one process of a training."""
    from rich.console import Console

    from crossent.train.fitting.api import run
    from crossent.train.runtime.launch import Word

    word, steps = Word.here(), given.pop("killed_at", [])
    steps = steps if isinstance(steps, list) else [steps]
    died = word.find("died") or 0 if word is not None else 0
    # Of processes that are started again, the second dies, as often as there are steps.
    if died < len(steps) and (word is None or os.environ["RANK"] == "1"):
        if word is not None:
            word.leave("died", died + 1)
        die_at(steps[died])
    source = given.pop("source", None)
    run(None if source else Net(), source or samples(), console=Console(quiet=True), **given)


def forked(environment: dict[str, str], given: dict[str, Any], errors: int) -> int:
    """Start a process of a run; its number."""
    child = os.fork()
    if child:
        return child
    os.environ |= environment
    os.dup2(errors, 2)
    status = 1
    try:
        train(given)
        status = 0
    except BaseException:
        traceback.print_exc()
    os._exit(status)


def main() -> None:
    torch.set_num_threads(1)
    if sys.argv[1:]:
        train(json.loads(sys.argv[1]))
        return
    # Everything that a run imports is then there already.
    with TemporaryDirectory() as folder:
        train(settings(folder, epochs=1))
    for line in sys.stdin:
        asked = json.loads(line)
        with TemporaryFile() as errors:
            children = [forked(each, asked["run"], errors.fileno()) for each in asked["processes"]]
            codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
            errors.seek(0)
            print(json.dumps([codes, errors.read().decode()]), flush=True)


if __name__ == "__main__":
    main()
