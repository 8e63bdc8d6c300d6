"""Rows as text: a table whose widths are known before the first row is, so that each is printed when it is measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from .cases import Case, Goal
from .comparison import COMPILED, CROSSENT, EAGER, Row

NOTHING = "–"


class Column(NamedTuple):
    """Two lines of title, and what stands below them."""

    title: tuple[str, str]
    cell: Callable[[Row], str]


class Table:
    """A first column of case names, then columns of numbers, right-aligned."""

    def __init__(self, names: Sequence[str], columns: Sequence[Column]) -> None:
        self.columns = columns
        self._first = max(map(len, ["case", *names]))
        self._widths = [max(map(len, column.title)) for column in columns]

    def head(self) -> str:
        """The two lines of titles."""
        upper, lower = (self._line(name, [c.title[i] for c in self.columns]) for i, name in enumerate(("", "case")))
        return f"{upper}\n{lower}"

    def row(self, name: str, row: Row) -> str:
        """The line of a case."""
        return self._line(name, [column.cell(row) for column in self.columns])

    def _line(self, name: str, cells: Sequence[str]) -> str:
        padded = (cell.rjust(width) for cell, width in zip(cells, self._widths, strict=True))
        return "  ".join([name.ljust(self._first), *padded]).rstrip()


def everyday_columns(unit: str = "copies") -> list[Column]:
    """The columns of `crossent bench`: milliseconds once, all else as ratios."""
    return [
        Column(("torch eager", "ms"), lambda row: milliseconds(row.seconds[EAGER])),
        Column(("torch.compile", "/ eager"), lambda row: number(row.time_ratio(COMPILED))),
        Column(("crossent", "/ eager"), lambda row: number(row.time_ratio(CROSSENT))),
        Column(("crossent", f"in {unit}"), lambda row: number(row.units(CROSSENT), 1)),
        Column(("extra peak memory", "crossent / eager"), lambda row: number(row.memory_ratio())),
    ]


def goal_columns(goals: Mapping[Case, Goal], unit: str = "copies") -> list[Column]:
    """The columns of the files in benchmarks/: ratios beside their goals, and every candidate in the unit."""
    none = Goal()
    return [
        Column(
            ("time (goal)", "   crossent / torch"),
            lambda row: with_goal(row.time_ratio(CROSSENT), goals.get(row.case, none).time),
        ),
        Column(("time", "compile / torch"), lambda row: number(row.time_ratio(COMPILED))),
        Column(("torch", f"in {unit}"), lambda row: number(row.units(EAGER), 1)),
        Column(("compile", f"in {unit}"), lambda row: number(row.units(COMPILED), 1)),
        Column(("crossent", f"in {unit}"), lambda row: number(row.units(CROSSENT), 1)),
        Column(
            ("memory (goal)", "   crossent / torch"),
            lambda row: with_goal(row.memory_ratio(), goals.get(row.case, none).memory),
        ),
    ]


def milliseconds(seconds: float) -> str:
    """Three digits, or all before the point."""
    return f"{seconds * 1e3:.0f}" if seconds >= 0.0995 else f"{seconds * 1e3:#.3g}"


def number(value: float | None, digits: int = 2) -> str:
    """A figure, or a dash if it was not measured."""
    return NOTHING if value is None else f"{value:.{digits}f}"


def with_goal(value: float | None, goal: float | None) -> str:
    """A figure and whether it reaches its goal; without a goal, blanks keep the figures aligned."""
    if goal is None:
        return number(value) + " " * len(" ≤ 0.00")
    if value is None:
        return f"{NOTHING} ≤ {goal:.2f}"
    return f"{value:.2f} {'≤' if value <= goal else '>'} {goal:.2f}"
