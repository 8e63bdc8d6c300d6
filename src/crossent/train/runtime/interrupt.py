"""Ctrl-C and SIGTERM as a wish to stop, not as an exception in the middle of a write."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from .limit import TimeLimit


class Wish:
    """A request to stop the run: by a signal, or because the time for its steps is over."""

    def __init__(self) -> None:
        self.signal: int | None = None
        self.limit: TimeLimit | None = None

    def __bool__(self) -> bool:
        return self.signal is not None or (self.limit is not None and self.limit.over)

    @property
    def name(self) -> str:
        """The signal in words."""
        return "Ctrl-C" if self.signal in (None, signal.SIGINT) else signal.Signals(self.signal).name


@contextmanager
def noticing_signals(pass_on: Callable[[int], object] | None = None) -> Iterator[Wish]:
    """The wish that the first Ctrl-C or SIGTERM makes; a second one ends the program as usual.

    Outside the main thread, where Python delivers no signal, there never is one.

    Args:
        pass_on: is called with the signal's number.
    """
    wish = Wish()
    if threading.current_thread() is not threading.main_thread():
        yield wish
        return
    # A shell makes a program in the background ignore Ctrl-C, which is meant for another.
    numbers = (number for number in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(number) != signal.SIG_IGN)
    before = {number: signal.getsignal(number) for number in numbers}

    def notice(number: int, frame: FrameType | None) -> None:
        wish.signal = number
        restore()
        if pass_on is not None:
            pass_on(number)

    def restore() -> None:
        for number, handler in before.items():
            # None: the handler before was not set from Python, and cannot be named.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

    for number in before:
        signal.signal(number, notice)
    try:
        yield wish
    finally:
        restore()
