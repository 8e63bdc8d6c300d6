"""docs/doctor.md explains every finding, in the words of the checks."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

from .corpus import FINDINGS

DOCS = Path(__file__).parent.parent.parent / "docs"


def test_the_page_is_as_the_checks_say() -> None:
    written = (DOCS / "doctor.md").read_text(encoding="utf-8")
    assert written == runpy.run_path(str(DOCS / "doctor_page.py"))["page"](), "write: python docs/doctor_page.py"


def test_every_finding_has_a_section() -> None:
    sections = re.findall(r"^### ([a-z-]+)$", (DOCS / "doctor.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(sections) == sorted(FINDINGS)
