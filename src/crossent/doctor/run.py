"""Run of a whole program, watched."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable

from ..program import Program, ProgramError, exit_status
from .crash import hide_our_frames
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
    engine, patches = start(report, steps, program.home())
    own_process, ended = os.getpid(), False

    def end(status: int, error: BaseException | None = None) -> int:
        # A forked child that comes by must not report for its parent.
        nonlocal ended
        if ended or os.getpid() != own_process:
            return status
        ended = True
        stop(engine, patches, error)
        sys.stdout.flush()
        return done(status)

    def leaving(exit_at_once: Callable[[int], None]) -> Callable[[int], None]:
        @functools.wraps(exit_at_once)
        def leave(status: int) -> None:
            exit_at_once(end(status))

        return leave

    patches.wrap(os, "_exit", leaving)
    try:
        error = engine.history.calls.dropped.ended_by = program.run()
    except ProgramError:
        stop(engine, patches)
        raise
    hide_our_frames(error)
    if isinstance(error, StepLimit):
        return end(0)
    return end(exit_status(error), error if isinstance(error, Exception) else None)
