"""Scripts with a planted mistake are found out, at the right line; scripts that only look like it pass in silence."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from crossent.doctor import checks

from .corpus import FINDINGS, Case, cases, in_a_function
from .forks import Forks, Result

WRONG, RIGHT = cases("wrong"), cases("right")

# Findings that will be notes when they are in preview no longer.
NOTES = {check.id for check in checks.all_checks() if check.severity == "note"}
# As many scripts are also run plainly, to compare what they print.
COMPARED = 3


def places(result: Result, finding: str) -> list[str]:
    """The lines at which a finding was reported as an alarm, without folders."""
    assert result.report is not None, result.stderr
    found = [f for f in result.report["findings"] if f["severity"] != "note" or f["preview"]]
    return [f["where"].replace("\\", "/").split("/")[-1] for f in found if f["id"] == finding]


def alarms(result: Result) -> list[dict[str, Any]]:
    """Reported errors and warnings, and what may become one."""
    assert result.report is not None, result.stderr
    preview = [f for f in result.report["findings"] if f["preview"] and f["id"] not in NOTES]
    return [f for f in result.report["findings"] if f["severity"] != "note"] + preview


def one_of_each() -> list[Case]:
    """A script for each finding, of one file that an indentation does not break."""
    flat = [c for c in WRONG if c.script.name != "main.py" and "__future__" not in c.script.read_text(encoding="utf-8")]
    return list({finding: case for case in reversed(flat) for finding in case.marks}.values())


def assert_found(forks: Forks, case: Case) -> None:
    """The planted findings at their lines, nothing else, and the exit status that says so."""
    result = forks.doctor(case.script)
    told = f"{result.stdout}\n{result.stderr}"
    for finding, lines in case.marks.items():
        found = places(result, finding)
        assert found, f"{finding} was not found\n{told}"
        assert set(found) <= lines, f"{finding} at {found}, not at {sorted(lines)}\n{told}"
    others = [f for f in alarms(result) if f["id"] not in case.marks.keys() | case.also]
    assert not others, told
    assert result.status == case.status or (case.status == 0 and result.status == 1), told


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case.name)
def test_planted_mistake_is_found(forks: Forks, case: Case) -> None:
    assert_found(forks, case)


@pytest.mark.parametrize("case", one_of_each(), ids=lambda case: case.name)
def test_planted_mistake_is_found_inside_of_a_function(forks: Forks, tmp_path: Path, case: Case) -> None:
    assert_found(forks, in_a_function(case, tmp_path))


@pytest.mark.parametrize("case", RIGHT, ids=lambda case: case.name)
def test_right_script_passes_in_silence(forks: Forks, case: Case) -> None:
    result = forks.doctor(case.script)
    preview = [f for f in result.report["findings"] if f["preview"]] if result.report else []
    assert {f["id"] for f in alarms(result) + preview} <= case.also, result.stderr
    assert result.status == case.status, result.stderr
    assert "doctor-fault" not in result.stderr


@pytest.mark.parametrize("case", [*WRONG[::COMPARED], *RIGHT[::COMPARED]], ids=lambda case: case.name)
def test_the_script_prints_what_it_always_prints(forks: Forks, case: Case) -> None:
    assert forks.doctor(case.script).stdout == forks.plain(case.script).stdout


def test_the_corpus_is_complete() -> None:
    planted = Counter(finding for case in WRONG for finding in case.marks)
    assert set(planted) == set(FINDINGS)
    assert min(planted.values()) >= 3, planted
    assert not any(case.marks for case in RIGHT)
    for case in WRONG:
        assert any(finding in case.script.parts for finding in case.marks), case.name
