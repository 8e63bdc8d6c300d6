"""The line about the project's size counts what it says it counts."""

from __future__ import annotations

from ..size import LONG, Size, line, size

SHORT = "def f():\n" + "    pass\n" * (LONG - 1)
DECORATED = "@staticmethod\n" + SHORT


def test_files_lines_and_long_functions_are_counted() -> None:
    assert size([SHORT, "x = 1\n"]) == Size(2, LONG + 1, 0)
    assert size([DECORATED]) == Size(1, LONG + 1, 1)


def test_the_line_shows_what_has_changed() -> None:
    now, before = Size(2, 1200, 1), Size(3, 1300, 0)
    changed = "src:   2 files (-1), 1,200 lines (-100), 1 functions over 60 lines (+1)"
    assert line("src", now, before) == changed
    assert line("src", now, size([])) == "src:   2 files, 1,200 lines, 1 functions over 60 lines"
