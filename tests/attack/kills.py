"""Kills at every file operation of a run, runs of two processes that lose one, and two writers of one folder."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..train.conftest import Forks
from ..train.state.test_resume import everything
from .soak import finished, start
from .tally import SECONDS, Tally

# Twelve steps, with checkpoints, evaluations and best weights between them, and the end with its report.
SETTINGS: dict[str, Any] = {
    "model": "mlp",
    "model.kwargs": {"hidden": [16], "dropout": 0.3},
    "ema": 0.9,
    "steps": 12,
    "evaluate_every": "5steps",
    "save_every": "4steps",
    "logger": "none",
    "accelerator": "cpu",
}
# Of `crossent fit`, for processes that are started one by one.
COMMAND = ["--model", "mlp", "--accelerator", "cpu", "--logger", "none", "--steps", "60", "--save_every", "7steps"]


def outcome(status: int, text: str, folder: Path, whole: dict[str, Any]) -> str:
    """How a run ended that should be as whole as another."""
    if status:
        return f"told: {text}" if "Traceback" not in text and status > 0 else f"{status}: {text}"
    return "same" if everything(folder) == whole else f"{folder} differs"


def at_every_file(out: Path, draw: random.Random) -> Iterator[Tally]:
    """A run killed before each of its file operations and resumed; every third is killed a second time meanwhile."""
    tally = Tally("killed before each file operation of a run, and resumed")
    forks = Forks(out)
    status, text = forks({**SETTINGS, "out": str(out), "name": "whole"})
    assert status == 0, text
    whole, folder = everything(out / "whole"), out / "run"
    number = 1
    while True:
        shutil.rmtree(folder, ignore_errors=True)
        settings = {**SETTINGS, "out": str(out), "name": "run"}
        if forks(settings, die=["file", number])[0] != -signal.SIGKILL:
            break
        if number % 3 == 0 and (folder / "split.json").exists():
            forks({}, resume=str(folder), die=["file", draw.randrange(1, 80)])
        if (folder / "split.json").exists():
            status, text = forks({}, resume=str(folder))
        else:
            # Killed before there was anything to go on with.
            shutil.rmtree(folder, ignore_errors=True)
            status, text = forks(settings)
        tally.add(outcome(status, text, folder, whole), "same", f"before operation {number}")
        number += 1
    forks.close()
    yield tally


def of_processes(out: Path, draw: random.Random, tries: int) -> Iterator[Tally]:
    """Runs of two processes: one of the three that belong to it is killed at any time, and the run resumed in two."""
    tally = Tally("one process of a run of two killed, and resumed")
    for strategy in ("ddp", "fsdp2"):
        settings = [*COMMAND, "--devices", "2", "--strategy", strategy, "--out", str(out)]
        began = time.monotonic()
        finished(start([*settings, "--name", f"whole-{strategy}"]))
        seconds = time.monotonic() - began
        whole = everything(out / f"whole-{strategy}")
        for number in range(tries):
            name, late = f"{strategy}-{number}", draw.uniform(0.3, 1.0) * seconds
            kill_one(start([*settings, "--name", name]), late, draw)
            status, text = ended(again(out / name, settings))
            tally.add(outcome(status, text, out / name, whole), "same", f"{strategy} after {late:.1f} s")
    yield tally


def two_writers(out: Path, draw: random.Random, tries: int) -> Iterator[Tally]:
    """A run that was killed, resumed by two at nearly the same time: one goes on, and the other is told."""
    tally = Tally("a killed run resumed by two at once")
    settings = [*COMMAND, "--out", str(out)]
    began = time.monotonic()
    finished(start([*settings, "--name", "whole"]))
    seconds, whole = time.monotonic() - began, everything(out / "whole")
    for number in range(tries):
        folder = out / f"both-{number}"
        process = start([*settings, "--name", folder.name])
        while process.poll() is None and not (folder / "split.json").exists():
            time.sleep(0.01)
        kill_one(process, draw.uniform(0, 0.1) * seconds, draw)
        first = start(["--resume", str(folder)])
        time.sleep(draw.uniform(0, 0.3) * seconds)
        second = start(["--resume", str(folder)])
        ends = sorted([ended(first), ended(second)])
        told = [text for status, text in ends if status]
        # The second may also have come when the first had ended: then there was nothing left to do.
        right = not told or (len(told) == 1 and "another process is training in" in told[0])
        tally.add(outcome(*ends[0], folder, whole) if right else "\n".join(told), "same", "resumed")
        for text in told:
            tally.add(f"told: {text}" if right else text, "", "resumed by another")
    yield tally


def again(folder: Path, settings: list[str]) -> subprocess.Popen[bytes]:
    """Resume a run, or start it anew where it was killed before there was anything to go on with."""
    if (folder / "split.json").exists():
        return start(["--resume", str(folder)])
    shutil.rmtree(folder, ignore_errors=True)
    return start([*settings, "--name", folder.name])


def kill_one(process: subprocess.Popen[bytes], seconds: float, draw: random.Random) -> None:
    """Kill a process of a run after a while, and wait until all of them are gone."""
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(draw.choice([process.pid, *map(int, children)]), signal.SIGKILL)
    # All processes hold this end of a pipe: it closes with the last of them.
    process.communicate(timeout=SECONDS)


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """The exit status of a run, and what it said of errors."""
    _, errors = process.communicate(timeout=SECONDS)
    return process.returncode, errors.decode()
