"""The compiled kernels of the CPU: one vectorised pass over the logits each way (C++, one build per instruction set).

The Python files of this folder hand tensors over as addresses, sizes and strides; the C++ file of the same name does
the work. `absence()` says why there are none, where there are none.
"""

from __future__ import annotations

from importlib import import_module

# torch first: its OpenMP library is then the one that the kernels share, threads and all.
import torch

try:
    from . import _kernels, _tensors
except ImportError as error:
    _import_error: ImportError | None = error
else:
    _import_error = None

_AGAIN = "pip install --no-cache-dir --force-reinstall --no-deps crossent"


def absence() -> str | None:
    """Why the compiled kernels cannot run here; None where they can."""
    if _import_error is None:
        return None
    if isinstance(_import_error, ModuleNotFoundError) or "_kernels" in str(_import_error):
        reason = _built("REASON") or "the install was a pure one (CROSSENT_PURE=1)"
        return f"no compiled kernels: {reason}; with GCC or Clang: {_AGAIN}"
    return f"the compiled kernels do not load: {_import_error}"


def one_thread() -> str:
    """Why the kernels run on one thread; "" where they share torch's."""
    return _built("ONE_THREAD")


def _built(name: str) -> str:
    """Read the build's record."""
    try:
        built = import_module(f"{__name__}._build")
    except ModuleNotFoundError:
        return ""
    text: str = getattr(built, name)
    return text


def instruction_sets() -> list[str]:
    """The instruction sets that this processor and this build can run, best first; none without compiled kernels."""
    return [] if _import_error else _kernels.instruction_sets()


def instruction_set() -> str:
    """The one that the kernels use now."""
    return _kernels.instruction_set()


def holds(labels: torch.Tensor, value: int) -> bool:
    """Return whether one of some contiguous int64 labels is `value`: in nanoseconds; torch's operators take 4 µs."""
    if _import_error:
        return bool((labels == value).any())
    return _kernels.holds(labels.data_ptr(), labels.numel(), value)


def within(numbers: torch.Tensor, low: float, high: float) -> bool:
    """Return whether contiguous numbers, of float32 or float64, all are in [low, high]; NaN is not."""
    if _import_error:
        least, most = (float(bound) for bound in torch.aminmax(numbers.detach())) if numbers.numel() else (low, high)
        return low <= least and most <= high
    return _kernels.within(numbers.data_ptr(), _tensors.DTYPES[numbers.dtype], numbers.numel(), low, high)


def use(name: str) -> None:
    """Have the kernels use another one."""
    _kernels.use(name)


def large_pages(tensor: torch.Tensor) -> None:
    """Ask the system for large pages for a tensor that is about to be written for the first time."""
    if _import_error is None and tensor.device.type == "cpu":
        _tensors.fresh(tensor)
