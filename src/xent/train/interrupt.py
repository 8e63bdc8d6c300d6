"""Ctrl-C as a wish to stop, not as an exception in the middle of a write."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def noticing_interrupt() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C sets; a second one ends the program as usual.

    Outside the main thread, where Python delivers no signal, the event is never set.
    """
    noticed = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield noticed
        return

    def notice(number: int, frame: FrameType | None) -> None:
        noticed.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, notice)
    try:
        yield noticed
    finally:
        # None: the handler before was not set from Python, and cannot be named.
        signal.signal(signal.SIGINT, signal.default_int_handler if before is None else before)
