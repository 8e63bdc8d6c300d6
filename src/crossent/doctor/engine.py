"""Hands events to the checks that listen to them; nothing that goes wrong in here reaches the script."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from .checks.base import Check
from .events import Event, ModelEvaluated, ObservationPaused
from .finding import Finding, Text
from .history import History
from .report import Report
from .sites import NOWHERE, Site

_FAULT = Text(
    "this is a fault of crossent doctor, not of your script: {where} stopped with {error}",
    "这是 crossent doctor 自身的错误，与你的脚本无关：{where} 因 {error} 停止",
)
_FAULT_EFFECT = Text("one part of the observation was switched off", "一部分观察已被关闭")
_FAULT_FIX = Text("please report it with the script that shows it", "请附上能重现的脚本反馈给我们")


_Listener = tuple[Check, Callable[[Any], Iterable[Finding] | None]]


# The first steps are all observed, then a window of so many in a period of so many.
_ALWAYS, _WINDOW, _PERIOD = 128, 8, 64


class StepLimit(BaseException):
    """Ends a script after `--steps` optimizer steps; not an Exception, so that scripts do not catch it by accident."""


class Here(threading.local):
    """The state of observation in this thread."""

    # Inside of our own work, or of a call that is observed as a whole.
    quiet = False
    # Modules that are being called.
    depth = 0
    # A backward pass runs: what modules do then (checkpointing) is not the script's call.
    in_backward = False
    # Calls in the observed outermost module call that act differently in training mode: their names, and whether they
    # were told to.
    modes: list[tuple[str, bool]] | None = None


here = Here()


class Engine:
    """The checks, what they know in common, and the report they fill."""

    def __init__(self, checks: Iterable[type[Check]], report: Report) -> None:
        self.history = History(lambda call: self.emit(ModelEvaluated(call.site, call)))
        self.report = report
        self.on = True
        # Optimizer steps after which the script is ended.
        self.step_limit: int | None = None
        self._checks = [check(self.history) for check in checks]
        self._listeners: dict[type[Event], list[_Listener]] = {}
        self._faults: set[str] = set()

    def emit(self, event: Event) -> None:
        """Deliver an event; a check that fails is switched off and reported as a note."""
        listeners = self._listeners.get(type(event))
        if listeners is None:
            listeners = self._listeners[type(event)] = self._listening_to(type(event))
        for listener in listeners:
            check, hear = listener
            try:
                for finding in hear(event) or ():
                    self.report.add(finding)
            except Exception as error:
                self._listeners[type(event)] = [one for one in self._listeners[type(event)] if one is not listener]
                self.fault(check.id, error)

    def turn(self, number: int, site: Site, always: int = _ALWAYS) -> None:
        """Go on to the step of this number: observed or not."""
        awake = number < always or number % _PERIOD < _WINDOW
        if self.history.awake and not awake:
            self.emit(ObservationPaused(site))
            self.history.calls.pause()
            self.history.last_loss = None
        self.history.awake = awake

    def _listening_to(self, event: type[Event]) -> list[_Listener]:
        """Who hears of an event: those who listen to its type or to what it is a kind of."""
        return [
            (check, getattr(check, name))
            for check in self._checks
            for heard, name in check.listens.items()
            if issubclass(event, heard)
        ]

    def quietly(self, action: Callable[..., None], *arguments: Any) -> None:
        """Do our own work: unobserved, without a graph, and without harm to the script."""
        if not self.on:
            return
        before, here.quiet = here.quiet, True
        try:
            action(*arguments)
        except Exception as error:
            self.fault(getattr(action, "__qualname__", "observation"), error)
        finally:
            here.quiet = before

    def finish(self) -> None:
        """Ask every check for what it can only say at the end."""
        before, here.quiet = here.quiet, True
        try:
            self.history.calls.finish()
            for check in self._checks:
                try:
                    for finding in check.finish():
                        self.report.add(finding)
                except Exception as error:
                    self.fault(check.id, error)
        finally:
            here.quiet = before
        self.report.steps, self.report.backwards = self.history.steps, self.history.backwards

    def fault(self, where: str, error: Exception) -> None:
        """Report a fault of ours, once per place."""
        if where in self._faults:
            return
        self._faults.add(where)
        values = {"where": where, "error": f"{type(error).__name__}: {error}".replace("\n", " ")[:200]}
        self.report.add(Finding("doctor-fault", "note", NOWHERE, _FAULT, _FAULT_EFFECT, _FAULT_FIX, values))
