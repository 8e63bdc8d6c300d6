"""A run ends within its time, and its schedule with it."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from crossent.train.config.fit import FitConfig, SettingError
from crossent.train.config.groups import ScheduleConfig
from crossent.train.config.interval import seconds
from crossent.train.fitting.api import run
from crossent.train.fitting.schedule import Schedule
from crossent.train.fitting.stopping import Ending
from crossent.train.runtime import limit as limit_module
from crossent.train.runtime.limit import TimeLimit

from ..conftest import QUIET, small


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90s", 90), ("10m", 600), ("1h30m", 5400), ("1.5h", 5400), ("1h 2m 3s", 3723), (" 2 m ", 120)],
)
def test_times_are_read(text: str, expected: float) -> None:
    assert seconds(text) == expected
    assert FitConfig(time_limit=text).time_limit == text


@pytest.mark.parametrize("text", ["", "10", "m", "30m1h", "-3s", "0s", "3days"])
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(SettingError, match=r"^time_limit: expected a time and its unit, such as 90s, 10m or 1h30m"):
        FitConfig(time_limit=text)


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(limit_module.time, "monotonic", lambda: self.now)


def test_time_is_kept_for_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    clock.now = 4.0
    # 4 s to read the data: 1 s is kept for that, 2 s for the report, and 1 s for what is expected.
    limit = TimeLimit(60.0, began=0.0, expected=1.0)
    assert not limit.over
    clock.now = 30.0
    # 26 steps in 26 s, and 26 s left for others; then only 20 s, as an evaluation takes 2 s.
    assert limit.total(26, 0) == 52
    assert limit.total(26, 0, evaluation=2.0) == 46
    # A run that went on at step 100 has made 26 steps too.
    assert limit.total(126, 100, evaluation=2.0) == 146
    clock.now = 50.0
    assert limit.over
    # Never more than half of it, however long the end would take.
    assert limit.total(26, 0, evaluation=100.0) == 26
    clock.now = 29.0
    assert not limit.over
    clock.now = 30.0
    assert limit.over


def test_evaluations_are_kept_time_for_before_one_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    limit = TimeLimit(60.0, began=0.0, passes=10.0)
    clock.now = 8.0
    # At 2 s a step they will take 20 s, beside 2 s for the report.
    assert limit.total(4, 0) == 4 + 15
    assert limit.total(4, 0, evaluation=1.0) == 4 + (60 - 2 - 3 - 8) // 2
    assert limit.total(4, 0) == 4 + (60 - 2 - 3 - 8) // 2


@pytest.mark.parametrize("name", ["plateau", "constant", "cosine", "onecycle"])
def test_a_rate_falls_in_time(name: str) -> None:
    schedule = Schedule(ScheduleConfig(name=name), 0.1, total=10_000, steps_per_epoch=10)
    schedule.plan(100, limited=True)
    rates = [schedule.at(step) for step in range(100)]
    assert max(rates) == pytest.approx(0.1, rel=0.02)
    assert rates[-1] < 0.006
    assert rates[80:] == sorted(rates[80:], reverse=True)
    # Where there is time for all steps, a constant rate stays.
    schedule.plan(100)
    assert (schedule.at(99) == 0.1) is (name in ("plateau", "constant"))


def test_a_run_ends_in_time_with_its_report(tmp_path: Path) -> None:
    config = small(tmp_path, name="x", epochs=100_000, stop__patience=None, time_limit="4s", lr=0.01)
    began = time.monotonic()
    console = Console(file=io.StringIO(), width=200)
    outcome = run(config=config, console=console)
    took = time.monotonic() - began
    assert outcome.ending is Ending.TIME
    assert "Ctrl-C came" not in console.file.getvalue()  # type: ignore[attr-defined]
    # As much again for a machine that is busy just then.
    assert 2.0 < took < 8.0
    assert {"report.html", "metrics.json", "predictions.csv"} <= {file.name for file in outcome.folder.iterdir()}
    assert "the time of 4s is over" in (outcome.folder / "report.txt").read_text()
    rates = [row.lr for row in outcome.rows]
    assert rates[0] == 0.01
    assert rates[-1] < 0.005
    again = run(resume=outcome.folder, time_limit="2s", console=QUIET)
    assert again.rows[-1].step > outcome.rows[-1].step


def test_one_step_is_made_in_any_case_and_an_end_before_the_time_is_one(tmp_path: Path) -> None:
    shared: dict[str, Any] = {"stop__patience": None, "model__kwargs": {"hidden": [4]}}
    short = run(config=small(tmp_path, time_limit="0.001s", **shared), console=QUIET)
    assert (short.ending, short.rows[-1].step) == (Ending.TIME, 1)
    whole = run(config=small(tmp_path, time_limit="1h", epochs=2, **shared), console=QUIET)
    assert whole.ending is Ending.EPOCHS
    assert [row.lr for row in whole.rows] == [0.001, 0.001]
