"""Run of a whole program, watched."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from ..program import Program, ProgramError, exit_status
from . import sites
from .engine import StepLimit
from .report import Report
from .watch import start, stop


def run_watched(program: Program, *, report: Report, steps: int | None, done: Callable[[int], int]) -> int:
    """Run a program as `__main__`, watched.

    `done` gets the script's own exit status once the report is complete, and returns that of the whole. It is called
    once, however the script ends: also on Ctrl-C, on an exception, on `sys.exit` and on `os._exit`.

    Raises:
        ProgramError: there is no such program.
    """
    sites.add_own(program.home())
    engine, patches = start(report, steps)
    own_process, ended = os.getpid(), False
    exit_at_once = os._exit

    def end(status: int, error: BaseException | None = None) -> int:
        # A forked child that comes by must not report for its parent.
        nonlocal ended
        if ended or os.getpid() != own_process:
            return status
        ended = True
        os._exit = exit_at_once
        stop(engine, patches, error)
        sys.stdout.flush()
        return done(status)

    def leave(status: int) -> None:
        exit_at_once(end(status))

    os._exit = leave  # type: ignore[assignment]
    try:
        error = engine.history.calls.dropped.ended_by = program.run()
    except ProgramError:
        os._exit = exit_at_once
        stop(engine, patches)
        raise
    if isinstance(error, StepLimit):
        return end(0)
    return end(exit_status(error), error if isinstance(error, Exception) else None)
