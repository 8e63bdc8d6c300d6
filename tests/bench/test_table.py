"""Tables, to the character."""

from __future__ import annotations

from crossent.bench.cases import Goal, label, sigmoid, softmax
from crossent.bench.comparison import Row
from crossent.bench.table import Table, everyday_columns, goal_columns, milliseconds

FULL = Row(
    softmax((1024, 1000)),
    {"torch": 4.0e-3, "torch.compile": 2.0e-3, "crossent": 1.0e-3, "unit": 0.5e-3},
    {"torch": 12_000_000, "crossent": 4_000_000},
)
BARE = Row(sigmoid((4, 4), weighted=True), {"torch": 12.3456e-6, "crossent": 20e-6, "unit": 1e-6})

EVERYDAY = """\
                                    torch eager  torch.compile  crossent   crossent  extra peak memory
case                                         ms        / eager   / eager  in copies   crossent / eager
cross entropy (1024, 1000) float32         4.00           0.50      0.25        2.0               0.33
BCE (4, 4) float32, pos_weight           0.0123              –      1.62       20.0                  –"""

GOALS = """\
                                    time (goal)             time      torch    compile   crossent        memory (goal)
case                           crossent / torch  compile / torch  in copies  in copies  in copies     crossent / torch
(1024, 1000) float32                0.25 ≤ 0.30             0.50        8.0        4.0        2.0          0.33 > 0.30
(1024, 1000) float32                0.25                    0.50        8.0        4.0        2.0          0.33
(4, 4) float32, pos_weight          1.62 > 1.10                –       12.3          –       20.0             – ≤ 0.40"""  # noqa: E501


def test_the_table_of_the_command() -> None:
    table = Table([label(row.case) for row in (FULL, BARE)], everyday_columns())
    lines = [table.head(), *(table.row(label(row.case), row) for row in (FULL, BARE))]
    assert "\n".join(lines) == EVERYDAY


def test_milliseconds_have_three_digits() -> None:
    values = (1.2345678, 0.09996, 0.0123456, 12.3456e-6)
    assert [milliseconds(seconds) for seconds in values] == ["1235", "100", "12.3", "0.0123"]


def test_the_table_of_a_benchmark_shows_goals_and_whether_they_are_met() -> None:
    met = goal_columns({FULL.case: Goal(0.30, 0.30), BARE.case: Goal(1.1, 0.40)})
    none = goal_columns({})
    names = [row.case.name for row in (FULL, BARE)]
    lines = [
        Table(names, met).head(),
        Table(names, met).row(names[0], FULL),
        Table(names, none).row(names[0], FULL),
        Table(names, met).row(names[1], BARE),
    ]
    assert "\n".join(lines) == GOALS
