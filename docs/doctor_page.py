"""Writes what the checks say of themselves into docs/doctor.md: `python docs/doctor_page.py`. A test holds that."""

from __future__ import annotations

from pathlib import Path

from crossent.doctor.explanation import chapters

PAGE = Path(__file__).with_name("doctor.md")
# What stands above this line is written by hand.
GENERATED = "## The findings\n\n"


def page() -> str:
    """The page as it should be."""
    head = PAGE.read_text(encoding="utf-8").partition(GENERATED)[0]
    return head + GENERATED + chapters()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
