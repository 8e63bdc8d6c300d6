"""Which implementation runs an operator on a device, and why."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType
from typing import NamedTuple

import torch

OPERATORS = ("softmax_xent", "sigmoid_xent", "nll", "linear_xent", "log_softmax")
# Logits below which torch's own composite is faster, forward and backward together: 4 MiB of float32 and all that torch
# makes of them stay in cache and cost no page faults. Measured crossover: 2**20 to 2**22 (docs/lab-log.md).
SMALL = 2**20

DTYPES = (torch.float32, torch.float64, torch.bfloat16, torch.float16)


class Choice(NamedTuple):
    """A backend and the reason it was chosen."""

    backend: str
    reason: str


@cache
def choose(operator: str, device_type: str, dtype: torch.dtype) -> Choice:
    """The backend of an operator for tensors of this kind."""
    if operator == "log_softmax":
        return Choice("torch", "torch.log_softmax already reads once and writes once")
    return Choice("aten", "blocked plain torch; no compiled kernel in this build")


@cache
def kernels(operator: str, device_type: str, dtype: torch.dtype) -> ModuleType:
    """The module that implements an operator for tensors of this kind: it has `forward` and `backward`."""
    return import_module(f"{__package__}.{choose(operator, device_type, dtype).backend}.{operator}")


class Row(NamedTuple):
    """One line of `backends()`."""

    operator: str
    device: str
    dtype: str
    backend: str
    reason: str


class Backends(tuple[Row, ...]):
    """What would run here: rows, printed as a table."""

    def __str__(self) -> str:
        rows: list[tuple[str, ...]] = [Row._fields, *self]
        widths = [max(len(row[i]) for row in rows) for i in range(4)] + [0]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
        return "\n".join([*lines, "", _NOTE])

    __repr__ = __str__


_NOTE = (
    "Whatever the row says: derivatives beyond the first, forward AD and torch.func run the formulas of\n"
    f"xent.reference; a loss of fewer than {SMALL:,} float32 or float64 logits on the CPU without any of xent's\n"
    "extras runs torch's own composite."
)


def backends() -> Backends:
    """What would run here, and why: one row per operator, device and dtype.

    Example::

        >>> import xent
        >>> print(xent.backends())  # doctest: +ELLIPSIS
        operator      device  dtype     backend  reason
        softmax_xent  cpu     float32   aten     blocked plain torch; ...
    """
    devices = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
    return Backends(
        Row(operator, device, str(dtype).removeprefix("torch."), *choose(operator, device, dtype))
        for operator in OPERATORS
        for device in devices
        for dtype in DTYPES
    )
