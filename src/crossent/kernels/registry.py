"""Which implementation runs an operator on a device, and why."""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

import torch
from torch import Tensor

from . import cpu, triton

OPERATORS = (
    "softmax_xent", "sigmoid_xent", "nll", "log_softmax", "token_logprobs", "sparse_xent", "distillation",
    "linear_xent", "linear_sigmoid_xent", "linear_distillation"
)  # fmt: skip
# The losses of a linear layer run the kernels of these.
_OF_LINEAR = {
    "linear_xent": "softmax_xent",
    "linear_sigmoid_xent": "sigmoid_xent",
    "linear_distillation": "distillation",
}
# Logits below which torch's own composite is faster, forward and backward together: 4 MiB of float32 and all that torch
# makes of them stay in cache and cost no page faults. Measured crossover: 2**20 to 2**22 (docs/lab-log.md).
SMALL = 2**16
# Rows of so many classes go to a kernel however few they are: their bits depend on C, dtype and options alone.
LONG_ROWS = 1024

DTYPES = (torch.float32, torch.float64, torch.bfloat16, torch.float16)


class Choice(NamedTuple):
    """A backend and the reason it was chosen."""

    backend: str
    reason: str


# Set to "aten" (or to an instruction set: "avx512", "avx2", "baseline") it holds for the whole process. CUDA runs
# "triton" by itself; written out, and with TRITON_INTERPRET=1, it is Triton's interpreter on the CPU, for tests.
BACKEND = "CROSSENT_BACKEND"

_PLAIN = "blocked plain torch"
_IN_TRITON = ("softmax_xent", "sigmoid_xent", "sparse_xent")


@cache
def choose(operator: str, device_type: str, dtype: torch.dtype) -> Choice:
    """The backend of an operator for tensors of this kind."""
    if operator in _OF_LINEAR:
        backend, reason = choose(_OF_LINEAR[operator], device_type, dtype)
        return Choice(backend, f"torch's matrix products; {_OF_LINEAR[operator]}: {reason}")
    choice = _choose(operator, device_type, dtype)
    if operator == "log_softmax" and choice.backend == "aten":
        return Choice("torch", choice.reason.replace(_PLAIN, "torch.log_softmax"))
    return choice


def _choose(operator: str, device_type: str, dtype: torch.dtype) -> Choice:
    # Of what Triton's softmax keeps the CPU's kernels know nothing; plain torch reads nothing of it.
    if device_type == "cuda" or (_wanted == "triton" and operator in (*_IN_TRITON, "token_logprobs")):
        return _choose_on_cuda(operator, device_type, dtype)
    if device_type != "cpu":
        return Choice("aten", f"{_PLAIN}; no compiled kernel for {device_type} in this build")
    if dtype not in DTYPES:
        return Choice("aten", f"{_PLAIN}; no compiled kernel for {dtype}")
    if _wanted == "aten":
        return Choice("aten", f"{_PLAIN}, as {BACKEND} asks for")
    if (absence := cpu.absence()) is not None:
        return Choice("aten", f"{_PLAIN}; {absence}")
    alone = cpu.one_thread()
    return Choice("cpu", f"compiled, {cpu.instruction_set()}" + (f"; one thread: {alone}" if alone else ""))


def _choose_on_cuda(operator: str, device_type: str, dtype: torch.dtype) -> Choice:
    if operator not in _IN_TRITON:
        return Choice("aten", f"{_PLAIN}; the GPU kernels are those of the cross entropies")
    if dtype not in triton.DTYPES:
        return Choice("aten", f"{_PLAIN}; the GPU kernels compute in float32")
    if _wanted == "aten":
        return Choice("aten", f"{_PLAIN}, as {BACKEND} asks for")
    if triton.interpreted():
        return Choice("triton", "Triton's interpreter, for tests")
    if (absence := triton.absence()) is not None:
        return Choice("aten", f"{_PLAIN}; {absence}")
    return Choice("triton", f"compiled by Triton {triton.version()}")


def use(backend: str) -> str:
    """Run this backend or instruction set from now on where it has kernels ("" for the best); returns the previous."""
    global _wanted
    previous, known = _wanted, ("", "aten", "cpu", *cpu.instruction_sets())
    if triton.interpreted() or torch.cuda.is_available():
        known += ("triton",)
    if backend not in known:
        raise ValueError(f"{BACKEND} must be one of {', '.join(known[1:])}, got {backend!r}.")
    _wanted = backend
    if sets := cpu.instruction_sets():
        cpu.use(backend if backend in sets else sets[0])
    choose.cache_clear()
    kernels.cache_clear()
    return previous


@cache
def kernels(operator: str, device_type: str, dtype: torch.dtype) -> Any:
    """The module that implements an operator for tensors of this kind; `backend.py` says what it has."""
    return import_module(f"{__package__}.{choose(operator, device_type, dtype).backend}.{operator}")


_wanted = ""
if BACKEND in os.environ:
    use(os.environ[BACKEND])


def kept(operator: str, device_type: str, dtype: torch.dtype) -> tuple[int, int]:
    """Numbers per position that a softmax keeps for its backward pass: for labels, and for probabilities."""
    numbers: tuple[int, int] = kernels(operator, device_type, dtype).KEPT
    return numbers


# As torch.compiler.assume_constant_result does it, which imports the whole compiler first.
kept._dynamo_marked_constant = True  # type: ignore[attr-defined]


def kept_by_distillation(device_type: str, dtype: torch.dtype) -> int:
    """Numbers per position that a divergence keeps for its backward pass."""
    numbers: int = kernels("distillation", device_type, dtype).KEPT
    return numbers


kept_by_distillation._dynamo_marked_constant = True  # type: ignore[attr-defined]


def writes_gradient_forward(operator: str, device_type: str, dtype: torch.dtype) -> bool:
    """Return whether the forward pass can write the gradient of a sum or mean on its way."""
    result: bool = kernels(operator, device_type, dtype).WRITES_GRADIENT_FORWARD
    return result


def guesses_on_device(operator: str, device_type: str, dtype: torch.dtype) -> bool:
    """Return whether the upstream gradient of an early gradient is guessed, and compared, on the device."""
    result: bool = kernels(operator, device_type, dtype).GUESSES_ON_DEVICE
    return result


def watch_labels(target: Tensor, classes: int, ignore_index: int, device_type: str = "cuda") -> None:
    """Put labels out of range on record, for kernels that cannot do it themselves: those of plain torch on a GPU."""
    if target.device.type == device_type and choose("softmax_xent", "cuda", torch.float32).backend == "triton":
        labels = import_module(f"{__package__}.triton._sums")
        total = torch.empty((), dtype=torch.float64, device=target.device)
        labels.count(target, None, classes, ignore_index, tuple(target.shape), total)


class Row(NamedTuple):
    """One line of `backends()`."""

    operator: str
    device: str
    dtype: str
    backend: str
    reason: str


class Backends(tuple[Row, ...]):
    """The choice of backends on this machine: rows, printed as a table."""

    def __str__(self) -> str:
        rows: list[tuple[str, ...]] = [Row._fields, *self]
        widths = [max(len(row[i]) for row in rows) for i in range(4)] + [0]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
        return "\n".join([*lines, "", _NOTE])

    __repr__ = __str__


_NOTE = (
    "Whatever the row says: derivatives beyond the first, forward AD and torch.func run the formulas of\n"
    f"crossent.reference; a loss of fewer than {SMALL:,} float32 or float64 logits on the CPU, in rows of fewer than\n"
    f"{LONG_ROWS:,} classes, without any of crossent's extras but sample_weight, runs torch's own composite."
)


def backends() -> Backends:
    """The backends that would run here, and why: one row per operator, device and dtype.

    Example::

        >>> import crossent
        >>> print(crossent.backends())  # doctest: +ELLIPSIS
        operator             device  dtype     backend  reason
        softmax_xent         cpu     float32   ...
    """
    devices = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
    return Backends(
        Row(operator, device, str(dtype).removeprefix("torch."), *choose(operator, device, dtype))
        for operator in OPERATORS
        for device in devices
        for dtype in DTYPES
    )
