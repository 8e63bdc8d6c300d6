"""The files in benchmarks/: their options, and the table that they print."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
import torch

from crossent.bench import script
from crossent.bench.cases import Goal, sigmoid, softmax
from crossent.bench.comparison import How, Row

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
GOALS = {softmax((8, 10)): Goal(time=0.5), softmax((8, 10), "bfloat16"): Goal()}


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[How]:
    """No measuring; returns how it would have been done."""
    asked = []

    def measure(case: object, how: How) -> Row:
        asked.append(how)
        return Row(case, {"torch": 2e-3, "crossent": 1e-3, "unit": 5e-4}, notes=("no compiler",))

    monkeypatch.setattr(script, "measure_case", measure)
    monkeypatch.setattr(torch, "set_num_threads", lambda count: None)
    return asked


def test_every_case_gets_its_line(measured: list[How], capsys: pytest.CaptureFixture[str]) -> None:
    rows = script.run("a title", GOALS, [])
    head, _, titles, *lines = capsys.readouterr().out.splitlines()
    assert head.startswith("a title, forward + backward, medians of 7 rounds (torch ")
    assert titles.split()[0] == "case"
    assert [line.split("  ")[0] for line in lines] == [*(case.name for case in GOALS), "no compiler"]
    assert "0.50 ≤ 0.50" in lines[0]
    assert [row.case for row in rows] == list(GOALS)


def test_options_choose_cases_and_how(measured: list[How], capsys: pytest.CaptureFixture[str]) -> None:
    script.run("a title", GOALS, ["--cases", "bf", "--rounds", "2", "--no-compile", "--no-memory"])
    assert measured == [How("cpu", 2, compile=False, memory=False)]


def test_a_case_that_there_is_not(measured: list[How], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        script.run("a title", GOALS, ["--cases", "xyz"])
    assert "no case holds 'xyz'; the cases are: (8, 10) float32; (8, 10) bfloat16" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("file", "goals"),
    [
        ("softmax_xent", {softmax((4096, 32000)): Goal(0.30, 0.40), softmax((65536, 100)): Goal()}),
        ("sigmoid_xent", {sigmoid((4096, 1000), weighted=True): Goal(0.13, 0.35)}),
    ],
)
def test_the_benchmarks_hold_their_goals(file: str, goals: dict[object, Goal]) -> None:
    held = runpy.run_path(str(BENCHMARKS / f"{file}.py"))["GOALS"]
    assert goals.items() <= held.items()
