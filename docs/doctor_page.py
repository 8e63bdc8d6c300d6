"""Writes what the checks say into the pages of the doctor: `python docs/doctor_page.py`. A test holds that."""

from __future__ import annotations

from pathlib import Path

from crossent.doctor.explanation import chapters

DOCS = Path(__file__).parent
# What stands above these lines is written by hand.
PAGES = {"en": (DOCS / "doctor.md", "## The findings\n\n"), "zh": (DOCS / "zh" / "doctor.md", "## 全部发现\n\n")}


def page(language: str) -> str:
    """The page as it should be."""
    path, generated = PAGES[language]
    return path.read_text(encoding="utf-8").partition(generated)[0] + generated + chapters(language)


if __name__ == "__main__":
    for language, (path, _) in PAGES.items():
        path.write_text(page(language), encoding="utf-8")
