"""How the benchmarks measure: interleaved rounds in one process for time, a fresh process each for memory."""

from __future__ import annotations

import gc
import platform
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import torch

Run = Callable[[], object]


def medians(candidates: dict[str, Run], rounds: int) -> dict[str, float]:
    """Median seconds of each candidate over rounds that run all of them in turn, after one round to warm up."""
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for round_number in range(rounds + 1):
        for name, run in candidates.items():
            gc.collect()
            start = time.perf_counter()
            run()
            if round_number:
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in times.items()}


def extra_peak_bytes(run: Run) -> int:
    """How far one run lifts this process's resident memory above what it was before, at its highest sample."""
    run_done = threading.Event()
    before = highest = resident_bytes()

    def sample() -> None:
        nonlocal highest
        while not run_done.is_set():
            highest = max(highest, resident_bytes())
            time.sleep(0.001)

    sampler = threading.Thread(target=sample)
    sampler.start()
    kept = run()
    run_done.set()
    sampler.join()
    highest = max(highest, resident_bytes())
    del kept
    return highest - before


def extra_peak_in_fresh_process(script: str, *arguments: str) -> int:
    """`extra_peak_bytes` of `script --peak arguments`, which prints it, in a process of its own."""
    command = [sys.executable, str(Path(script).resolve()), "--peak", *arguments]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def resident_bytes() -> int:
    """Resident memory of this process (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def environment() -> str:
    """Versions and device, for the head of every table."""
    return (
        f"torch {torch.__version__}, Python {platform.python_version()}, {torch.get_num_threads()} threads, "
        f"{torch.backends.cpu.get_cpu_capability()}"
    )
