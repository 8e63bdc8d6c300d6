"""Hands events to the checks that listen to them; nothing that goes wrong in here reaches the script."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from threading import get_ident
from typing import Any

from .checks.base import Check
from .events import Event, ModelEvaluated, ObservationPaused
from .finding import Finding, Text
from .history import History, Known
from .report import Report
from .sites import NOWHERE, Site, user_frame

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


# Values of `Thread.depth`: no module is being called; one is; and the modules inside of that call are looked at, too.
OUTSIDE, INSIDE, LOOKING_INSIDE = range(3)


class Thread:
    """The state of observation in one thread."""

    __slots__ = ("depth", "in_backward", "modes", "quiet", "step")

    def __init__(self) -> None:
        # Inside of our own work, or of a call that is observed as a whole; and in threads that libraries started for
        # themselves: those of autograd, of DataParallel.
        self.quiet = user_frame() is None and threading.current_thread() is not threading.main_thread()
        self.depth = OUTSIDE
        # A backward pass runs: what modules do then (checkpointing) is not the script's call.
        self.in_backward = False
        # Calls in the observed outermost module call that act differently in training mode: their names, and whether
        # they were told to, and where if they were.
        self.modes: list[tuple[str, bool, Site]] | None = None
        # The line of the optimizer step that runs.
        self.step = NOWHERE


class Here(threading.local):
    """The state of observation in this thread: one look-up, which costs as much as ten attributes."""

    def __init__(self) -> None:
        self.thread = Thread()


here = Here()


class Training:
    """One thread at work: its history, and the checks that listen to it.

    Threads that train at once have one each. No check then looks at a tensor that another thread's backward pass is
    writing, which it does without the interpreter's lock.
    """

    def __init__(self, engine: Engine, checks: Iterable[type[Check]], known: Known) -> None:
        self.thread = get_ident()
        self.history = History(lambda call: engine.emit(ModelEvaluated(call.site, call)), known)
        self.checks = [check(self.history) for check in checks]
        self.listeners: dict[type[Event], list[_Listener]] = {}

    def listening_to(self, event: type[Event]) -> list[_Listener]:
        """Who hears of an event: those who listen to its type or to what it is a kind of."""
        found = self.listeners[event] = [
            (check, getattr(check, name))
            for check in self.checks
            for heard, name in check.listens.items()
            if issubclass(event, heard)
        ]
        return found

    def drop(self, event: type[Event], listener: _Listener) -> None:
        """Tell a check no more of an event."""
        self.listeners[event] = [one for one in self.listeners[event] if one is not listener]


class _ByThread(dict[int, Training]):
    """The training of each thread, found for it when it first asks."""

    def __init__(self, enter: Callable[[], Training]) -> None:
        super().__init__()
        self._enter = enter

    def __missing__(self, thread: int) -> Training:
        return self._enter()


class Engine:
    """The trainings of a script, one for each thread, and the report that they fill."""

    def __init__(self, checks: Iterable[type[Check]], report: Report) -> None:
        self.report = report
        self.on = True
        # Optimizer steps after which the script is ended.
        self.step_limit: int | None = None
        self._checks = list(checks)
        self._known = Known()
        self._faults: set[str] = set()
        self._starter = get_ident()
        self._lock = threading.Lock()
        first = Training(self, self._checks, self._known)
        self._trainings = [first]
        self._of_thread = _ByThread(self._enter)
        self._of_thread[first.thread] = first

    @property
    def history(self) -> History:
        """That of this thread's training."""
        return self._of_thread[get_ident()].history

    def _enter(self) -> Training:
        """Find a training for this thread: one whose thread has ended, what was prepared for it, a new one."""
        with self._lock:
            alive = {thread.ident for thread in threading.enumerate()}
            for training in self._trainings:
                prepared = training.thread == self._starter and not training.history.backwards
                if training.thread not in alive or prepared:
                    self._of_thread.pop(training.thread, None)
                    training.thread = get_ident()
                    break
            else:
                training = Training(self, self._checks, self._known)
                self._trainings.append(training)
            self._of_thread[training.thread] = training
            return training

    def emit(self, event: Event) -> None:
        """Deliver an event; a check that fails is switched off and reported as a note."""
        training = self._of_thread[get_ident()]
        listeners = training.listeners.get(type(event))
        for listener in training.listening_to(type(event)) if listeners is None else listeners:
            check, hear = listener
            try:
                for finding in hear(event) or ():
                    self.report.add(finding)
            except Exception as error:
                training.drop(type(event), listener)
                self.fault(check.id, error)

    def turn(self, history: History, number: int, site: Site, always: int = _ALWAYS) -> None:
        """Go on to the step of this number: observed or not."""
        awake = number < always or number % _PERIOD < _WINDOW
        if history.awake and not awake:
            self.quietly(self._pause, history, site)
        history.awake = awake

    def _pause(self, history: History, site: Site) -> None:
        self.emit(ObservationPaused(site))
        history.calls.pause()
        history.last_loss = None

    def quietly(self, action: Callable[..., None], *arguments: Any) -> None:
        """Do our own work: unobserved, without a graph, and without harm to the script."""
        if not self.on:
            return
        thread = here.thread
        before, thread.quiet = thread.quiet, True
        try:
            action(*arguments)
        except Exception as error:
            self.fault(getattr(action, "__qualname__", "observation"), error)
        finally:
            thread.quiet = before

    def finish(self) -> None:
        """Ask every check for what it can only say at the end."""
        before, here.thread.quiet = here.thread.quiet, True
        try:
            for training in self._trainings:
                # What its calls come to is told to its own checks.
                self._of_thread[get_ident()] = training
                self._finish(training)
        finally:
            here.thread.quiet = before
        self.report.steps = sum(training.history.steps for training in self._trainings)
        self.report.backwards = sum(training.history.backwards for training in self._trainings)

    def _finish(self, training: Training) -> None:
        training.history.calls.finish()
        for check in training.checks:
            try:
                for finding in check.finish():
                    self.report.add(finding)
            except Exception as error:
                self.fault(check.id, error)

    def fault(self, where: str, error: Exception) -> None:
        """Report a fault of ours, once per place."""
        if where in self._faults:
            return
        self._faults.add(where)
        values = {"where": where, "error": f"{type(error).__name__}: {error}".replace("\n", " ")[:200]}
        self.report.add(Finding("doctor-fault", "note", NOWHERE, _FAULT, _FAULT_EFFECT, _FAULT_FIX, values))
