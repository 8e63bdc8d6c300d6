"""docs/doctor.md explains every finding, with the severity that the checks give."""

from __future__ import annotations

import re
from pathlib import Path

from crossent.doctor import checks

from .corpus import FINDINGS

PAGE = Path(__file__).parent.parent.parent / "docs" / "doctor.md"
SECTION = re.compile(r"^### ([a-z-]+)\n\n\*(\w+)\* — (.+?)\n\n(.+?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)


def test_every_finding_has_a_section_that_says_how_it_is_seen_and_runs() -> None:
    sections = {found[1]: found for found in SECTION.finditer(PAGE.read_text(encoding="utf-8"))}
    assert tuple(sections) == FINDINGS
    for section in sections.values():
        assert re.search(r"[\u4e00-\u9fff]", section[3]), section[1]
        assert "Seen by: *" in section[4], section[1]
        assert ">>> " in section[4], section[1]


def test_the_ids_and_severities_are_those_of_the_checks() -> None:
    told = {found[1]: found[2] for found in SECTION.finditer(PAGE.read_text(encoding="utf-8"))}
    severities = {check.id: check.severity for check in checks.all_checks()}
    assert sorted(severities) == sorted(FINDINGS)
    assert told == severities
