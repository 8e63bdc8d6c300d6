"""A check explains itself with programs that run: its wrong one is found out at the marked line, its right one not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crossent.doctor import checks
from crossent.doctor.checks.base import Check
from crossent.doctor.explanation import PRELUDE, explained

from .forks import Forks

MARK = re.compile(r"# doctor: (\w+)\[([a-z-]+)\]")
EXPLAINED = checks.all_checks()


def marks(program: str) -> set[tuple[str, str, int]]:
    """(severity, id, line) of every mark."""
    lines = enumerate(program.splitlines(), 1)
    return {(found[1], found[2], number) for number, line in lines for found in MARK.finditer(line)}


def findings(forks: Forks, folder: Path, program: str) -> set[tuple[str, str, int]]:
    """(severity, id, line) of everything that is found in a program."""
    script = folder / "train.py"
    script.write_text(program, encoding="utf-8")
    result = forks.doctor(script)
    assert result.report is not None, result.stderr
    return {
        (f["severity"], f["id"], int(f["where"].rpartition(":")[2]))
        for f in result.report["findings"]
        if f["severity"] != "note" or f["preview"] or ("note", f["id"]) in {mark[:2] for mark in marks(program)}
    }


@pytest.mark.parametrize("check", EXPLAINED, ids=lambda check: check.id)
def test_the_wrong_program_is_found_out(forks: Forks, tmp_path: Path, check: type[Check]) -> None:
    program = PRELUDE + explained(check).wrong
    assert check.id in {id for _, id, _ in marks(program)}
    assert findings(forks, tmp_path, program) == marks(program)


@pytest.mark.parametrize("check", EXPLAINED, ids=lambda check: check.id)
def test_the_right_program_passes_in_silence(forks: Forks, tmp_path: Path, check: type[Check]) -> None:
    program = PRELUDE + explained(check).right
    assert findings(forks, tmp_path, program) == set()


def test_a_docstring_without_the_parts_is_refused() -> None:
    class Silent(Check):
        """A check that says nothing."""

    with pytest.raises(ValueError, match=r"Silent: the docstring of a check has the parts that checks/base.py"):
        explained(Silent)
