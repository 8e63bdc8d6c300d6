"""`crossent info`: versions, device, threads, backends and extras, to paste into a bug report."""

from __future__ import annotations

import platform
from argparse import Namespace
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from ..extras import EXTRAS
from .arguments import Parser

EXTRA = None


def make_parser() -> Parser:
    """The arguments."""
    description = (
        "Versions, device, threads, what computes what and why, and which packages of the extras are there:\n"
        "what a bug report needs."
    )
    return Parser("info", "", description=description)


def run(given: Namespace) -> int:
    """Print it; returns the exit status."""
    # Here, not above: torch loads for seconds.
    import torch

    from .. import backends

    print(f"crossent {version('crossent')}, torch {torch.__version__}, Python {platform.python_version()}")
    print(f"{platform.platform()}, {torch.backends.cpu.get_cpu_capability()}")
    print(f"{torch.get_num_threads()} CPU threads per operation, {_device()}\n")
    found: dict[tuple[str, str, str], list[str]] = {}
    for row in backends():
        found.setdefault((row.operator, row.backend, row.reason), []).append(f"{row.device} {row.dtype}")
    for (operator, backend, reason), kinds in found.items():
        print(f"{operator}: {backend} ({reason}) for {', '.join(kinds)}")
    print("\n" + "\n".join(_extras()))
    return 0


def _device() -> str:
    from torch import cuda, version

    if not cuda.is_available():
        return "no CUDA device"
    names = [cuda.get_device_name(number) for number in range(cuda.device_count())]
    return f"CUDA {version.cuda}: {', '.join(names)}"


def _extras() -> Iterator[str]:
    for extra, packages in EXTRAS.items():
        yield f"crossent[{extra}]: " + ", ".join(map(_versioned, packages.values()))


def _versioned(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} missing"
