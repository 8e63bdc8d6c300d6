"""Runs that are killed at random moments, by a clock and not by us, and that end as whole ones.

Each round starts `crossent fit` with settings drawn at random, kills it and its resumed runs with SIGKILL after random
times until one gets to its end, and compares everything that it left behind with an undisturbed run.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ..train.state.test_resume import everything
from .tally import Tally

CROSSENT = [sys.executable, "-m", "crossent", "fit"]
FIXED = ["--model", "mlp", "--accelerator", "cpu", "--logger", "none", "--steps", "600", "--evaluate_every", "37steps"]
CHOICES = [
    ["--optimizer", "sgd", "--schedule", "onecycle"],
    ["--optimizer", "adam", "--schedule", "plateau", "--schedule.patience", "1evaluations", "--lr", "0.01"],
    ["--optimizer", "adamw", "--schedule", "cosine", "--ema", "0.99"],
    ["--optimizer", "adamw", "--micro_batch_size", "24", "--clip", "1"],
    ["--model", "cnn", "--steps", "120", "--ema", "0.9"],
]


def start(arguments: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*CROSSENT, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        start_new_session=True,
    )


def finished(process: subprocess.Popen[bytes]) -> None:
    _, errors = process.communicate()
    if process.returncode:
        raise SystemExit(f"{' '.join(process.args)} failed:\n{errors.decode()}")  # type: ignore[arg-type]


def one_round(draw: random.Random, folder: Path) -> tuple[int, list[str]]:
    """How often a run was killed, and its settings; folder/whole is the undisturbed one, folder/killed the other."""
    settings = [*FIXED, *draw.choice(CHOICES), "--seed", str(draw.randrange(1000)), "--out", str(folder)]
    settings += ["--save_every", f"{draw.randrange(3, 40)}steps"]
    began = time.monotonic()
    finished(start([*settings, "--name", "whole"]))
    seconds = time.monotonic() - began
    kills, run = 0, folder / "killed"
    process = start([*settings, "--name", "killed"])
    while True:
        # Most of a short run is its start; at least the first kills fall into the steps.
        try:
            process.wait(timeout=draw.uniform(0.3, 1.0) * seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            kills += 1
        else:
            finished(process)
            break
        if kills >= 8:
            # Enough: let it get to its end.
            finished(start(["--resume", str(run)]))
            break
        if (run / "split.json").exists():
            process = start(["--resume", str(run)])
        else:
            # Killed before there was a run to go on with.
            shutil.rmtree(run, ignore_errors=True)
            process = start([*settings, "--name", "killed"])
    return kills, settings


def by_a_clock(out: Path, draw: random.Random, rounds: int) -> Iterator[Tally]:
    """Runs with settings drawn at random, killed at random moments until one gets to its end."""
    tally = Tally("killed by a clock, and resumed until the end")
    for number in range(rounds):
        folder = out / str(number)
        kills, settings = one_round(draw, folder)
        same = everything(folder / "killed") == everything(folder / "whole")
        tally.add("same" if same else "differs", "same", f"{kills} kills: {' '.join(settings)}")
    yield tally
