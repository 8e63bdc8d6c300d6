"""Every launch of a table of calls compiles for GPUs that are not there: without spills, and with loads of 16 bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from ...backend import best as backend

__all__ = ["backend"]
# Half a minute of compiling, on a machine that has nothing else to do.
pytestmark = pytest.mark.timeout(900)
# Where rows do not begin at multiples of 16 bytes: loads are as wide as their gcd with the row, or one by one.
NARROW = ("(65536, 10)", "(65536, 100)", "channels last", "few")


@pytest.fixture(scope="module")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The compiled kernels of the calls, made in a process of its own: the interpreter runs in this one."""
    environment = os.environ | {"TRITON_INTERPRET": "0", "TRITON_CACHE_DIR": str(tmp_path_factory.mktemp("cache"))}
    command = [sys.executable, "-m", "tests.kernels.triton.offline"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_nothing_spills(kernels: list[dict[str, Any]]) -> None:
    """All that a thread computes stays in its registers, for every architecture."""
    assert {kernel["architecture"] for kernel in kernels} == {80, 90, 100}
    # Not of the one program that adds up the sums of all others: it reads no logits, and 8 bytes there cost nothing.
    wide = [kernel for kernel in kernels if kernel["kernel"] != "finish_kernel"]
    assert not [kernel for kernel in wide if kernel["stack"] or kernel["local"]]


def test_loads_and_stores_are_16_bytes_wide(kernels: list[dict[str, Any]]) -> None:
    """Those of logits, scores, targets of their size and gradients: the others are single labels, sums and weights."""
    wanted = ("forward_kernel", "backward_kernel", "split_kernel", "sigmoid_kernel")
    seen = [kernel for kernel in kernels if kernel["kernel"] in wanted and not _narrow(kernel)]
    assert len(seen) > 100
    assert not [kernel for kernel in seen if not kernel["loads_of_16_bytes"]]
    writing = [kernel for kernel in seen if kernel["kernel"] != "split_kernel" and "no gradient" not in kernel["call"]]
    assert not [k for k in writing if k["other_stores"] > 12 and not k["stores_of_16_bytes"]]


def test_two_programs_fit_a_multiprocessor(kernels: list[dict[str, Any]]) -> None:
    """Where one loads while the other computes: the forward kernel of labels without options, 65,536 registers."""
    plain = [k for k in kernels if k["kernel"] == "forward_kernel" and "," not in k["call"].split(") ")[1]]
    assert plain
    alone = [k for k in plain if k["warps"] < 32 and 2 * k["registers"] * k["warps"] * 32 > 65_536]
    assert not alone


def _narrow(kernel: dict[str, Any]) -> bool:
    odd = any(text in kernel["call"] for text in ("50257", "128001")) and kernel["kernel"] == "backward_kernel"
    # Beside lists a thread has half as much of a row: between the ends of rows that begin anywhere loads are narrower.
    odd = odd or "50257) bfloat16, listed, all options" in kernel["call"]
    return odd or any(text in kernel["call"] for text in NARROW)
