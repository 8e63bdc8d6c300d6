"""One case, measured: who takes part, and what is left out with a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from crossent.bench import comparison
from crossent.bench.cases import softmax
from crossent.bench.comparison import CompileError, How, Row, compiled, measure
from crossent.bench.peak import PeakError
from crossent.bench.problem import Problem, build, step

CASE = softmax((8, 10))


@pytest.fixture
def eager_backend(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """torch.compile without a C++ compiler; returns the options that it was called with."""
    asked: list[dict[str, Any]] = []
    real: Callable[..., Any] = torch.compile

    def compile(function: Callable[..., Any], **options: Any) -> Any:
        asked.append(options)
        return real(function, backend="eager", **options)

    monkeypatch.setattr(torch, "compile", compile)
    return asked


def test_ratios_are_to_torch_eager_and_to_the_unit() -> None:
    row = Row(CASE, {"torch": 8.0, "crossent": 2.0, "unit": 0.5}, {"torch": 300, "crossent": 100})
    assert row.time_ratio("crossent") == 0.25
    assert row.units("crossent") == 4.0
    assert row.units("torch") == 16.0
    assert row.memory_ratio() == pytest.approx(1 / 3)
    assert row.time_ratio("torch.compile") is None
    assert Row(CASE, {}).memory_ratio() is None


def test_all_candidates_are_timed_together(eager_backend: list[dict[str, Any]]) -> None:
    row = measure(CASE, How(rounds=1, memory=False))
    assert set(row.seconds) == {"torch", "torch.compile", "crossent", "unit"}
    assert min(row.seconds.values()) > 0
    assert (row.peak_bytes, row.notes) == ({}, ())
    assert eager_backend == [{"dynamic": False, "fullgraph": True}]


def test_the_compiled_loss_has_torchs_gradient(eager_backend: list[dict[str, Any]]) -> None:
    problem = build(softmax((8, 10), smoothing=0.1, weighted=True))
    (expected,) = step(problem.loss("torch"), problem.tensors)
    (found,) = step(compiled(problem), problem.tensors)
    torch.testing.assert_close(found, expected)


def test_each_case_is_compiled_for_itself(eager_backend: list[dict[str, Any]]) -> None:
    """More shapes than torch recompiles one function for."""
    for n in range(torch._dynamo.config.recompile_limit + 2):
        compiled(build(softmax((n + 2, 3))))


def test_without_a_compiler_the_others_are_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(function: Callable[..., Any], **options: Any) -> Any:
        def call(*tensors: Any) -> Any:
            raise OSError("no C++ compiler\nand a long trace")

        return call

    monkeypatch.setattr(torch, "compile", broken)
    with pytest.raises(CompileError, match=r"^torch.compile does not work here: OSError: no C\+\+ compiler$"):
        compiled(build(CASE))
    row = measure(CASE, How(rounds=1, memory=False))
    assert set(row.seconds) == {"torch", "crossent", "unit"}
    assert row.notes == ("torch.compile does not work here: OSError: no C++ compiler",)


def test_a_failed_weighing_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(case: object, problem: Problem, device: str) -> dict[str, int]:
        raise PeakError("killed")

    monkeypatch.setattr(comparison, "extra_peaks", failing)
    assert measure(CASE, How(rounds=1, compile=False)).notes == ("killed",)
