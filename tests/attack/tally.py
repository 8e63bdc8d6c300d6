"""Counts of how the tries of an attack ended, and tries in processes that may hang, die or eat the memory."""

from __future__ import annotations

import json
import os
import resource
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import NoReturn

from crossent.train.config.rules import SettingError
from crossent.train.errors import DataError, ModelError, RunError, TrainingError
from crossent.train.state.checkpoint import CheckpointError

# The errors that are sentences of ours.
SENTENCES = (RunError, DataError, SettingError, TrainingError, CheckpointError, ModelError)
# A sentence of ours is never this long after it began: what takes longer hangs.
SECONDS = 120


@dataclass
class Tally:
    """Counts of one attack."""

    attack: str
    same: int = 0
    told: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, outcome: str, right: str, what: str) -> None:
        """Count a try by how it ended, where `right` is how an undisturbed one ends."""
        if outcome == right:
            self.same += 1
        elif outcome.startswith("told: "):
            self.told += 1
        else:
            self.wrong.append(f"{self.attack}: {what}\n{outcome}")

    def row(self) -> str:
        """A line of the table."""
        tries = self.same + self.told + len(self.wrong)
        return f"| {self.attack} | {tries} | {self.same} | {self.told} | {len(self.wrong)} |"


HEAD = "| attack | tries | as if nothing had happened | refused in a sentence | wrong |\n|---|---|---|---|---|"


def apart(call: Callable[..., str], *args: object, memory: int | None = None) -> str:
    """How a call ends in a process of its own: what it returns, `told: …`, or how it failed.

    Args:
        call: what is tried.
        args: what it is called with.
        memory: the address space that the process may have beyond what it has already, in bytes.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _end(partial(call, *args), memory, writing)
    os.close(writing)
    with open(reading, encoding="utf-8") as answer:
        text = answer.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status == -signal.SIGALRM:
        return f"hung for {SECONDS} s"
    return json.loads(text) if status == 0 else f"ended with {status}"


def _end(call: Callable[[], str], memory: int | None, writing: int) -> NoReturn:
    # Not to be caught: a call that hangs in C never gets to a handler of Python's.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(SECONDS)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    if memory is not None:
        with open("/proc/self/statm", encoding="ascii") as file:
            used = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + memory, resource.RLIM_INFINITY))
    try:
        outcome = call()
    except SENTENCES as error:
        outcome = f"told: {error}"
    except BaseException:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        outcome = traceback.format_exc()
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    with open(writing, "w", encoding="utf-8") as answer:
        json.dump(outcome, answer)
    os._exit(0)
