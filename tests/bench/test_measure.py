"""Rounds are fair, medians are medians, and a known allocation weighs what it weighs."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from crossent.bench import measure

MIB = 2**20
needs_proc = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")


class Clock:
    """A clock that only candidates move; `calls` is the order in which they ran."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.calls: list[str] = []
        monkeypatch.setattr(measure, "time", SimpleNamespace(perf_counter=lambda: self.now))

    def candidate(self, name: str, seconds: Callable[[int], float]) -> measure.Run:
        """It takes `seconds(call)`, where call counts from 0."""

        def run() -> None:
            self.now += seconds(self.calls.count(name))
            self.calls.append(name)

        return run


def test_the_median_of_the_rounds_is_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    # Warm-up and the look at the clock are calls 0 and 1.
    slow = clock.candidate("slow", lambda call: [9.0, 1.0, 3.0, 100.0, 2.0][call])
    assert measure.medians({"slow": slow}, rounds=3) == {"slow": 3.0}


def test_all_take_turns_and_each_is_first_in_its_round(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    measure.medians({name: clock.candidate(name, lambda call: 1.0) for name in "abc"}, rounds=4)
    assert "".join(clock.calls) == "abcabcabcbcacababc"


def test_all_are_repeated_alike_until_a_sample_is_long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    runs = {"a": clock.candidate("a", lambda call: 1e-5), "b": clock.candidate("b", lambda call: 3e-5)}
    found = measure.medians(runs, rounds=2)
    assert found == {"a": pytest.approx(1e-5), "b": pytest.approx(3e-5)}
    assert clock.calls.count("a") == clock.calls.count("b")
    # The second round ends with a.
    calls = "".join(clock.calls)
    repeats = len(calls) - len(calls.rstrip("a"))
    assert measure.SAMPLE_SECONDS <= repeats * 2e-5 <= 2 * measure.SAMPLE_SECONDS


def test_the_collector_waits_and_comes_back() -> None:
    seen = []
    measure.medians({"a": lambda: (time.sleep(0.02), seen.append(gc.isenabled()))}, rounds=1)
    assert seen[-1] is False
    assert gc.isenabled()


def test_cuda_is_waited_for_around_each_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda device: clock.calls.append("|"))
    measure.medians({name: clock.candidate(name, lambda call: 1.0) for name in "ab"}, rounds=1, device="cuda")
    assert "".join(clock.calls) == "ab|a||b||a||b|"


@needs_proc
@pytest.mark.parametrize("marked", [True, False], ids=["high mark", "sampled"])
def test_an_allocation_weighs_what_it_weighs(marked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def run() -> torch.Tensor:
        passing = torch.ones(48 * MIB // 4)
        time.sleep(0.05)
        del passing
        return torch.ones(16 * MIB // 4)

    if not marked:
        monkeypatch.setattr(measure, "_clear_high_mark", lambda: False)
    elif not measure._clear_high_mark():
        pytest.skip("this system does not let a process clear its high mark")
    found = measure.extra_peak_bytes(run)
    assert found is not None
    assert 47 * MIB <= found <= 51 * MIB


@needs_proc
def test_what_was_there_before_does_not_count() -> None:
    kept = torch.ones(48 * MIB // 4)
    del kept
    found = measure.extra_peak_bytes(lambda: torch.ones(16 * MIB // 4))
    assert found is not None
    assert found <= 19 * MIB


def test_without_proc_memory_is_unknown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(measure, "_STATUS", tmp_path / "status")
    assert measure.extra_peak_bytes(lambda: None) is None


def test_on_cuda_the_allocator_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    monkeypatch.setattr(torch.cuda, "synchronize", lambda device: order.append("synchronize"))
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda device: order.append("reset"))
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device: 100)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda device: 350)
    assert measure.extra_peak_bytes(lambda: order.append("run"), "cuda") == 250
    assert order == ["synchronize", "reset", "run", "synchronize"]


def test_the_environment_names_versions_and_hardware() -> None:
    assert measure.environment() == (
        f"torch {torch.__version__}, Python {measure.platform.python_version()}, 1 thread, "
        f"{torch.backends.cpu.get_cpu_capability()}"
    )
