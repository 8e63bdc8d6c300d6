"""The work of `crossent bench` once its options are read: measure, print each row as it is done, write the files."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import torch

from ..files import write_text
from ..kernels.registry import Row as Backend
from ..kernels.registry import backends
from .cases import Case, label
from .check import WrongResultError
from .comparison import COMPILED, CROSSENT, UNIT, How, Row, measure
from .measure import busy, environment
from .table import Table, everyday_columns


class Everyday:
    """A measurement of some cases of one dtype; `rows` is what has been measured so far."""

    def __init__(self, cases: Sequence[Case], how: How) -> None:
        self.cases = cases
        self.how = how
        self.rows: list[Row] = []
        self.environment = f"crossent {version('crossent')}, {environment(how.device)}"

    def measure(self) -> bool:
        """Print the table line by line; returns whether every case could be measured."""
        print(self._introduction())
        table = Table([label(case) for case in self.cases], everyday_columns())
        print(table.head())
        failures = []
        for number, case in enumerate(self.cases, start=1):
            _progress(f"{number} of {len(self.cases)}: {label(case)} …")
            try:
                row = measure(case, self.how)
            except (WrongResultError, RuntimeError) as error:
                failures.append(f"{label(case)} was not measured: {(str(error).splitlines() or [repr(error)])[0]}")
                continue
            finally:
                _progress("")
            self.rows.append(row)
            print(table.row(label(case), row), flush=True)
        notes = dict.fromkeys(note for row in self.rows for note in row.notes)
        print("\n".join(["", *notes, *failures]))
        return not failures

    def write_picture(self, path: Path) -> None:
        """Draw the ratios of times.

        Raises:
            ModuleNotFoundError: matplotlib is not installed.
        """
        from . import plot

        ratios = {label(row.case): {name: row.time_ratio(name) for name in (COMPILED, CROSSENT)} for row in self.rows}
        has_compiled = any(COMPILED in row.seconds for row in self.rows)
        against = "torch eager and torch.compile" if has_compiled else "torch eager"
        picture = plot.figure(9.6, 1.75 + 0.6 * len(ratios), f"crossent against {against}", self._conditions())
        plot.bars(picture.subplots(), ratios)
        plot.save(picture, path)

    def write_json(self, path: Path) -> None:
        """Write seconds and bytes, and under which conditions they were measured."""
        report = {
            "versions": {
                "crossent": version("crossent"),
                "torch": torch.__version__,
                "python": platform.python_version(),
            },
            "device": self.how.device,
            "threads": torch.get_num_threads(),
            "instruction_set": torch.backends.cpu.get_cpu_capability(),
            "environment": self.environment,
            "rounds": self.how.rounds,
            "backends": [backend._asdict() for backend in self._backends()],
            "cases": [_entry(row) for row in self.rows],
        }
        write_text(path, json.dumps(report, indent=2, allow_nan=False) + "\n")

    def _introduction(self) -> str:
        runs = [f"{b.operator} of {b.dtype} on {b.device}: {b.backend} ({b.reason})" for b in self._backends()]
        warning = busy()
        return "\n".join(
            [
                self.environment,
                *runs,
                "",
                f"One forward and backward, medians of {self.how.rounds} rounds. Below 1.00 is faster, or leaner, than",
                "torch eager. A copy reads the logits once and writes them once.",
                *([warning] if warning else []),
                "",
            ]
        )

    def _conditions(self) -> str:
        return f"{self.environment}; medians of {self.how.rounds} rounds"

    def _backends(self) -> list[Backend]:
        """The rows of `crossent.backends()` that speak of what is measured here."""
        asked = {(case.operator, self.how.device, case.dtype) for case in self.cases}
        return [row for row in backends() if row[:3] in asked]


def _entry(row: Row) -> dict[str, object]:
    seconds = {"copy" if name == UNIT else name: value for name, value in row.seconds.items()}
    return {
        "name": label(row.case),
        **asdict(row.case),
        "seconds": seconds,
        "extra_peak_bytes": dict(row.peak_bytes),
        "notes": list(row.notes),
    }


def _progress(text: str) -> None:
    """Write a line of progress over the previous one, in a terminal; "" clears it."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
