"""The main function of the files in benchmarks/: measure their cases and print them beside their goals."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence

import torch

from . import measure
from .cases import Case, Goal
from .comparison import How, Row
from .comparison import measure as measure_case
from .table import Table, goal_columns


def run(
    title: str,
    goals: Mapping[Case, Goal],
    argv: Sequence[str] | None = None,
    *,
    rounds: int = 7,
    unit: str = "copies",
    compile: bool = True,
) -> list[Row]:
    """Print the table of the cases, with the options that stand in `argv` (by default the process's own arguments)."""
    parser = ArgumentParser(description=f"{title}: crossent beside torch eager and torch.compile", allow_abbrev=False)
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--cases", default="", metavar="TEXT", help="only cases whose name holds this")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--no-compile", action="store_true", default=not compile)
    parser.add_argument("--no-memory", action="store_true")
    options = parser.parse_args(argv)
    torch.set_num_threads(options.threads)
    how = How("cpu", options.rounds, not options.no_compile, not options.no_memory)
    chosen = [case for case in goals if options.cases in case.name]
    if not chosen:
        parser.error(f"no case holds {options.cases!r}; the cases are: {'; '.join(case.name for case in goals)}")

    print(f"{title}, forward + backward, medians of {how.rounds} rounds ({measure.environment()})")
    table = Table([case.name for case in chosen], goal_columns(goals, unit))
    print(table.head())
    rows = []
    for case in chosen:
        rows.append(measure_case(case, how))
        print(table.row(case.name, rows[-1]), flush=True)
    for note in dict.fromkeys(note for row in rows for note in row.notes):
        print(note)
    return rows
