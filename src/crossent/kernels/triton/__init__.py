"""The kernels of NVIDIA's GPUs, in Triton: one read of the logits, one write of the gradient.

`_launch` says how large tiles are, `_call` how kernels take tensors. The softmax kernels stand in `_softmax`, their
mathematics in `_rows`, loads and labels in `_tiles`, lists of classes in `_lists`, sums and labels out of range in
`_sums`; the binary kernel stands with its call in `sigmoid_xent`. Importing this package imports no Triton; `absence()`
says why the kernels cannot run.
"""

from __future__ import annotations

import importlib.metadata
import os
import re

import torch

# The oldest whose compiler takes these kernels: tuples as loop variables.
OLDEST = (3, 6)
DTYPES = (torch.float32, torch.bfloat16, torch.float16)


def interpreted() -> bool:
    """Return whether Triton's interpreter runs the kernels, on the CPU: for tests, and thousands of times slower."""
    return os.environ.get("TRITON_INTERPRET") == "1"


def version() -> str | None:
    """Triton's version, without importing it; None where there is none."""
    try:
        return importlib.metadata.version("triton")
    except importlib.metadata.PackageNotFoundError:
        return None


def absence() -> str | None:
    """Why the kernels cannot run on the GPU here; None where they can."""
    if (found := version()) is None:
        return "Triton is not installed (pip install triton)"
    if tuple(map(int, re.findall(r"\d+", found)[:2])) < OLDEST:
        return f"Triton {found} is older than {'.'.join(map(str, OLDEST))}"
    if torch.version.hip or torch.cuda.get_device_capability() < (8, 0):
        return f"{torch.cuda.get_device_name()} is no NVIDIA GPU of compute capability 8.0 or later"
    return None
