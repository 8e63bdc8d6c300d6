"""Blocks that a command has freed are there for its next step."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

CODE = """
import resource, sys
import numpy as np
from crossent.cli.memory import keep_freed_memory
took = keep_freed_memory() if {kept} else False
def step():
    # Together more than glibc keeps by itself, whatever it has learnt from blocks freed before.
    blocks = [np.ones(1 << 18) for _ in range(40)]
step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
step()
print(took, resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before, "torch" in sys.modules)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_freed_blocks_are_used_again_without_page_faults() -> None:
    faults = {}
    for kept in (True, False):
        command = [sys.executable, "-c", CODE.format(kept=kept)]
        took, count, torch = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        assert (took, torch) == (str(kept), "False")
        faults[kept] = int(count)
    assert faults[True] < faults[False] / 10
