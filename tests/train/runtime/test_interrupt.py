"""Ctrl-C and SIGTERM: once to stop, twice to break off."""

from __future__ import annotations

import signal
import threading

import pytest

from crossent.train.runtime.interrupt import noticing_signals


@pytest.mark.parametrize(("number", "name"), [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM")])
def test_the_first_is_a_wish_and_the_handlers_are_put_back(number: int, name: str) -> None:
    before = signal.getsignal(number)
    with noticing_signals() as wish:
        assert not wish
        signal.raise_signal(number)
        assert wish
        assert (wish.signal, wish.name) == (number, name)
        # A second one ends the program as it would without us.
        assert signal.getsignal(number) is before
    assert signal.getsignal(number) is before


def test_what_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with noticing_signals() as wish:
            signal.raise_signal(signal.SIGINT)
            assert not wish
            signal.raise_signal(signal.SIGTERM)
            assert wish
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_the_second_ctrl_c_raises() -> None:
    with noticing_signals():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_the_handler_is_put_back_after_an_error() -> None:
    before = signal.getsignal(signal.SIGINT)
    during = []

    def fail() -> None:
        with noticing_signals():
            during.append(signal.getsignal(signal.SIGINT))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert during != [before]
    assert signal.getsignal(signal.SIGINT) is before


def test_another_thread_may_ask_and_is_never_interrupted() -> None:
    noticed = []

    def ask() -> None:
        with noticing_signals() as wish:
            noticed.append(bool(wish))

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert noticed == [False]
