"""Observation of a block of code."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from . import observers
from .checks import all_checks
from .crash import explain, hide_our_frames
from .engine import Engine
from .events import ScriptFailed
from .patches import Patches
from .report import Report
from .sites import Site, is_own, set_own

_active: list[Engine] = []


def _leave() -> None:
    """Leave a forked child alone: its parent reports, and of the parent's threads it has but one."""
    while _active:
        _active.pop().on = False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave)


def start(report: Report, step_limit: int | None = None, home: str | None = None) -> tuple[Engine, Patches]:
    """Begin to observe, the program at `home` where there is one; `stop` ends it."""
    if _active:
        raise RuntimeError(
            "expected one observation at a time, got a second; leave the first `with watch()` block before"
        )
    set_own(home)
    engine, patches = Engine(all_checks(), report), Patches()
    engine.step_limit = step_limit
    _active.append(engine)
    observers.install(engine, patches)
    return engine, patches


def stop(engine: Engine, patches: Patches, error: BaseException | None = None) -> None:
    """End an observation and complete its report; `error` is what the code died of."""
    if not engine.on:
        return
    if error is not None:
        engine.history.calls.dropped.ended_by = error
        engine.quietly(_failed, engine, error)
    engine.on = False
    engine.finish()
    patches.undo()
    _active.remove(engine)


@contextmanager
def watch(*, language: str = "en", show: bool = True) -> Iterator[Report]:
    """Observe the training inside of a `with` block, in a script or in a notebook.

    Models, optimizers, loaders and criteria may have been built before the block; findings then name the line that uses
    them. The results of the code do not change.

    Args:
        language: of the texts, "en" or "zh".
        show: write the report to stderr at the end of the block.

    Yields:
        The report. It is complete when the block has ended, also by an exception.

    Example::

        >>> import torch, crossent
        >>> logits = torch.randn(8, 1, requires_grad=True)
        >>> with crossent.doctor.watch(show=False) as report:
        ...     loss = torch.nn.CrossEntropyLoss()(logits, torch.zeros(8, dtype=torch.long))
        >>> [(finding.id, finding.severity) for finding in report.findings]
        [('single-column-cross-entropy', 'error')]
    """
    report = Report(language)
    engine, patches = start(report)
    try:
        yield report
    except BaseException as error:
        stop(engine, patches, error)
        hide_our_frames(error)
        raise
    finally:
        stop(engine, patches)
        if show:
            from .console import show as show_report

            show_report(report, sys.stderr)


def _failed(engine: Engine, error: BaseException) -> None:
    site = _raised_at(error)
    engine.emit(ScriptFailed(site, error))
    if isinstance(error, Exception):
        engine.report.crash = explain(error, site, engine.history)


def _raised_at(error: BaseException) -> Site:
    """The innermost user line of a traceback."""
    site, traceback = Site("(unknown)", 0), error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if is_own(code.co_filename):
            site = Site(code.co_filename, traceback.tb_lineno, code.co_name)
        traceback = traceback.tb_next
    return site
