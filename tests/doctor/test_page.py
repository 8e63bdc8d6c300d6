"""The pages of the doctor explain every finding, in the words of the checks."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from .corpus import FINDINGS

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGES = {"en": DOCS / "doctor.md", "zh": DOCS / "zh" / "doctor.md"}


@pytest.mark.parametrize("language", PAGES)
def test_the_page_is_as_the_checks_say(language: str) -> None:
    written = PAGES[language].read_text(encoding="utf-8")
    assert written == runpy.run_path(str(DOCS / "doctor_page.py"))["page"](language), (
        "write: python docs/doctor_page.py"
    )


@pytest.mark.parametrize("language", PAGES)
def test_every_finding_has_a_section(language: str) -> None:
    sections = re.findall(r"^### ([a-z-]+)$", PAGES[language].read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(sections) == sorted(FINDINGS)
