"""The extra peak memory of one step, on the CPU in a process of its own, where nothing is left of earlier steps."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import torch

from . import measure
from .cases import Case
from .problem import Problem, build, step

# Below this the pages that any first call touches are a good part of the number.
WORTH_BYTES = 2**20
# glibc keeps freed blocks below a moving limit for reuse; with a fixed one, tensors are resident just while they live.
_EXACT_MALLOC = {"MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "131072"}


class PeakError(RuntimeError):
    """The process that should have measured failed; the text says how."""


def extra_peaks(case: Case, problem: Problem, device: str) -> dict[str, int]:
    """Extra peak bytes by loss, the gradient included; empty where they cannot be told or mean nothing.

    Raises:
        PeakError: a process failed.
    """
    if device.startswith("cuda"):
        steps = {name: partial(step, problem.loss(name), problem.tensors) for name in problem.functions}
        found = {name: measure.extra_peak_bytes(run, device) for name, run in steps.items()}
    elif case.bytes < WORTH_BYTES or not Path("/proc/self/status").exists():
        found = {}
    else:
        found = {name: _in_fresh_process(case, name) for name in problem.functions}
    return {name: size for name, size in found.items() if size is not None}


def _in_fresh_process(case: Case, loss: str) -> int | None:
    # The path as it is here: the environment alone would not find a package that this process found otherwise.
    code = f"import sys; sys.path[:] = {sys.path!r}; from {__name__} import main; main(sys.argv[1])"
    request = json.dumps({"case": asdict(case), "loss": loss, "threads": torch.get_num_threads()})
    command = [sys.executable, "-c", code, request]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **_EXACT_MALLOC}, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise PeakError(f"the memory of {loss}: the process that measures it ended with {done.returncode}: {last}")
    found: int | None = json.loads(done.stdout.splitlines()[-1])
    return found


def main(request: str) -> None:
    """Print the bytes, or null: the work of the fresh process."""
    asked = json.loads(request)
    torch.set_num_threads(asked["threads"])
    case = Case(**{**asked["case"], "shape": tuple(asked["case"]["shape"])})
    # The first call of an operation allocates memory for good, which is not the loss's own.
    small = build(replace(case, shape=(min(2, case.shape[0]), *case.shape[1:])))
    step(small.loss(asked["loss"]), small.tensors)
    del small
    problem = build(case)
    print(json.dumps(measure.extra_peak_bytes(partial(step, problem.loss(asked["loss"]), problem.tensors))))
