"""Which implementation runs an operator on a device, and why."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import NamedTuple

import torch

OPERATORS = ("softmax_xent", "sigmoid_xent", "nll", "linear_xent", "log_softmax")
DTYPES = (torch.float32, torch.float64, torch.bfloat16, torch.float16)


class Choice(NamedTuple):
    """A backend and the reason it was chosen."""

    backend: str
    reason: str


@lru_cache(maxsize=None)
def choose(operator: str, device_type: str, dtype: torch.dtype) -> Choice:
    """The backend of an operator for tensors of this kind."""
    if operator == "log_softmax":
        return Choice("torch", "torch.log_softmax already reads once and writes once")
    return Choice("aten", "blocked plain torch; no compiled kernel in this build")


@lru_cache(maxsize=None)
def kernels(operator: str, device_type: str, dtype: torch.dtype) -> ModuleType:
    """The module that implements an operator for tensors of this kind: it has `forward` and `backward`."""
    return import_module(f"{__package__}.{choose(operator, device_type, dtype).backend}.{operator}")


class Backends(tuple[tuple[str, str, str, Choice], ...]):
    """Rows (operator, device, dtype, choice); printed as a table."""

    def __str__(self) -> str:
        rows = [("operator", "device", "dtype", "backend", "reason")]
        rows += [(*where, choice.backend, choice.reason) for *where, choice in self]
        widths = [max(len(row[i]) for row in rows) for i in range(4)]
        lines = ["  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[4]]) for row in rows]
        return "\n".join([*lines, "", *_NOTES])

    __repr__ = __str__


_NOTES = (
    "Whatever the row says: derivatives beyond the first, forward AD and torch.func run the formulas of",
    "xent.reference; a plain float32/float64 loss of fewer than {small} logits runs torch's own composite.",
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
        (operator, device, str(dtype).removeprefix("torch."), choose(operator, device, dtype))
        for operator in OPERATORS
        for device in devices
        for dtype in DTYPES
    )
