"""How the process of a command holds its memory. Never called in a process that belongs to somebody else."""

from __future__ import annotations

import ctypes

# glibc's parameters (malloc.h). Above 32 MiB it refuses the threshold.
_TRIM, _TOP_PAD, _MMAP = -1, -2, -3
_SIZES = {_MMAP: 32 << 20, _TRIM: 1 << 30, _TOP_PAD: 64 << 20}


def keep_freed_memory() -> bool:
    """Have glibc keep freed blocks of up to 32 MiB for the next step, which asks for the same ones again.

    By default it gives each back to the system, which hands out zeroed pages anew, fault by fault: in a small
    convolutional net that is a third of the time. Elsewhere nothing happens; returns whether it took effect.
    """
    try:
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    except (OSError, TypeError):
        # Windows has no library without a name.
        return False
    return mallopt is not None and all(mallopt(name, size) == 1 for name, size in _SIZES.items())
