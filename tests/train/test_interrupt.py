"""Ctrl-C: once to stop, twice to break off."""

from __future__ import annotations

import signal
import threading

import pytest

from xent.train.interrupt import noticing_interrupt


def test_the_first_is_noticed_and_the_second_raises() -> None:
    before = signal.getsignal(signal.SIGINT)
    with noticing_interrupt() as noticed:
        assert not noticed.is_set()
        signal.raise_signal(signal.SIGINT)
        assert noticed.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_the_handler_is_put_back_after_an_error() -> None:
    before = signal.getsignal(signal.SIGINT)
    during = []

    def fail() -> None:
        with noticing_interrupt():
            during.append(signal.getsignal(signal.SIGINT))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert during != [before]
    assert signal.getsignal(signal.SIGINT) is before


def test_another_thread_may_ask_and_is_never_interrupted() -> None:
    noticed = []

    def ask() -> None:
        with noticing_interrupt() as event:
            noticed.append(event.is_set())

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert noticed == [False]
