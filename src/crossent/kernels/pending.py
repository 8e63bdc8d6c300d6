"""Errors that a device has found: kernels do not wait to report them, so they are raised by whoever comes next.

A kernel that meets a label out of range leaves its loss NaN and its gradient 0, and writes what there is to say into
host memory that the device can reach, one record per device. No stream is waited for; reading it costs nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ..core import checks

# Ticket, value, position, how often, least label that is right, largest label, (unused), sum of the others.
_NUMBERS = 8


class Call(NamedTuple):
    """The facts about a call that its kernel does not know, for the message."""

    positions: tuple[int, ...]
    classes: int


_records: dict[torch.device, Tensor] = {}
_calls: list[Call] = []
_tickets: dict[Call, int] = {}


def record(device: torch.device) -> Tensor:
    """Eight int64 in host memory that kernels of this device write to; zeros while there is nothing to say."""
    found = _records.get(device)
    if found is None:
        found = torch.zeros(_NUMBERS, dtype=torch.int64, pin_memory=device.type == "cuda")
        _records[device] = found
    return found


def ticket(positions: tuple[int, ...], classes: int) -> int:
    """The number by which a kernel names the call it belongs to."""
    call = Call(tuple(positions), classes)
    number = _tickets.get(call)
    if number is None:
        _calls.append(call)
        number = _tickets[call] = len(_calls)
    return number


def raise_found() -> None:
    """Raise what a device has reported up to now."""
    for found in _records.values():
        numbers = found.tolist()
        # Until all of it has arrived the last number is not the sum of the others, in 64 bits.
        if numbers[0] and (sum(numbers[:-1]) - numbers[-1]) % 2**64 == 0:
            found.zero_()
            raise _error(*numbers[:6])


def check() -> None:
    """Wait for the GPUs, and raise what a loss has found in its targets there.

    On the CPU a label out of range raises at once. On a GPU that would mean to wait for the device in every step: the
    loss of that position is NaN and its gradient 0, and the next loss to be computed raises the error. Call this
    where you wait anyway, at the end of an epoch, say.

    Raises:
        IndexError: a class index was neither in [0, C) nor `ignore_index`.

    Example::

        >>> import crossent
        >>> crossent.check()  # nothing is wrong
    """
    for device in _records:
        if device.type == "cuda":
            torch.cuda.synchronize(device)
    raise_found()


def _error(number: int, value: int, position: int, times: int, least: int, largest: int) -> IndexError:
    call = _calls[number - 1]
    place = []
    for size in reversed(call.positions):
        position, here = divmod(position, size)
        place.append(here)
    found = checks.StrayLabel(value, tuple(reversed(place)), times, least, largest)
    return IndexError(checks.stray_label(found, call.classes))
