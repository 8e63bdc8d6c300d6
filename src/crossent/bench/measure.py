"""How time and memory are measured: interleaved rounds in one process, and the highest mark of one run."""

from __future__ import annotations

import gc
import math
import os
import platform
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch

Run = Callable[[], object]

# The shortest sample, on average over the candidates of a round: shorter ones are mostly clock and scheduler.
SAMPLE_SECONDS = 0.01

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


def medians(candidates: Mapping[str, Run], rounds: int, device: str = "cpu") -> dict[str, float]:
    """Median seconds of one run of each candidate, over rounds that time all of them in turn.

    The candidates are warm before the first round, and each round begins with another of them: what one leaves behind
    in caches and allocator meets every other.
    """
    synchronize = _synchronize(device)
    repeats = _repeats(candidates, synchronize)
    times: dict[str, list[float]] = {name: [] for name in candidates}
    names = list(candidates)
    with _no_collection():
        for number in range(rounds):
            gc.collect()
            first = number % len(names)
            for name in names[first:] + names[:first]:
                times[name].append(_seconds(candidates[name], repeats, synchronize))
    return {name: statistics.median(values) for name, values in times.items()}


def extra_peak_bytes(run: Run, device: str = "cpu") -> int | None:
    """How far one run, its result included, lifts the memory in use above what it was; None where that cannot be told.

    On the CPU that is anonymous resident memory of this process: pages of program files that the run is the first to
    touch are not the loss's. On CUDA it is what torch's allocator has given out, without its cache.
    """
    if device.startswith("cuda"):
        return _extra_peak_on_cuda(run, device)
    if not _STATUS.exists():
        return None
    before = _resident("RssAnon")
    if _clear_high_mark():
        kept: object = run()
        highest = _resident("VmHWM") - _resident("RssFile") - _resident("RssShmem")
    else:
        kept, highest = _sampled(run)
    highest = max(highest, _resident("RssAnon"))
    del kept
    return max(0, highest - before)


def environment(device: str = "cpu") -> str:
    """Versions and device, for the head of every table."""
    capability = torch.backends.cpu.get_cpu_capability()
    hardware = f"{torch.get_num_threads()} threads, {capability}".replace("1 threads", "1 thread")
    if device.startswith("cuda"):
        hardware = torch.cuda.get_device_name(device)
    return f"torch {torch.__version__}, Python {platform.python_version()}, {hardware}"


def busy() -> str:
    """A warning if more than a quarter of the cores was at work in the last minute; "" if not, or if that is unknown.

    Parallel loops wait for their slowest thread: with a second program on the cores ratios are off by whole numbers.
    """
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if load <= (os.cpu_count() or 1) / 4:
        return ""
    return f"The load here was {load:.1f} in the last minute: whatever still runs beside this distorts the ratios."


def _synchronize(device: str) -> Run:
    return (lambda: torch.cuda.synchronize(device)) if device.startswith("cuda") else (lambda: None)


def _seconds(run: Run, repeats: int, synchronize: Run) -> float:
    synchronize()
    start = time.perf_counter()
    for _ in range(repeats):
        run()
    synchronize()
    return (time.perf_counter() - start) / repeats


def _repeats(candidates: Mapping[str, Run], synchronize: Run) -> int:
    """How often to run each candidate inside one sample; all of them are warm afterwards.

    The same for all: the first run after another candidate meets cold caches and unmapped memory, and must weigh alike.
    """
    repeats, needed = 1, SAMPLE_SECONDS * len(candidates)
    for run in candidates.values():
        run()
    while (taken := repeats * sum(_seconds(run, repeats, synchronize) for run in candidates.values())) < needed:
        repeats = min(10 * repeats, max(repeats + 1, math.ceil(1.2 * repeats * needed / taken)))
    return repeats


@contextmanager
def _no_collection() -> Iterator[None]:
    """Python's collector runs between the rounds, not inside a sample."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _extra_peak_on_cuda(run: Run, device: str) -> int:
    torch.cuda.synchronize(device)
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    kept = run()
    torch.cuda.synchronize(device)
    highest = torch.cuda.max_memory_allocated(device)
    del kept
    return highest - before


def _clear_high_mark() -> bool:
    """Set the kernel's high mark of resident memory (VmHWM) down to the present; False where it refuses."""
    try:
        _CLEAR.write_text("5")
    except OSError:
        return False
    return True


def _resident(field: str) -> int:
    """A line of /proc/self/status, in bytes."""
    for line in _STATUS.read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024
    raise AssertionError(f"{_STATUS} has no line {field}")


def _sampled(run: Run) -> tuple[object, int]:
    """The result of a run and the highest sample of anonymous memory, one a millisecond: a short peak is missed."""
    done = threading.Event()
    highest = 0

    def sample() -> None:
        nonlocal highest
        while not done.is_set():
            highest = max(highest, _resident("RssAnon"))
            time.sleep(0.001)

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        kept = run()
    finally:
        done.set()
        sampler.join()
    return kept, highest
