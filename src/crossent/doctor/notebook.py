"""IPython and Jupyter: `%load_ext crossent`, then `%%crossent_doctor` at the top of a cell that trains."""

from __future__ import annotations

from typing import Any

from .finding import LANGUAGES
from .report import Report
from .watch import start, stop


def load(shell: Any) -> None:
    """Register the magic with a shell of IPython."""

    def crossent_doctor(line: str, cell: str) -> Report | None:
        """Run the cell watched, and show what is silently wrong with its training: %%crossent_doctor [en|zh]."""
        language = line.strip() or "en"
        if language not in LANGUAGES:
            print(f"%%crossent_doctor: expected one of {', '.join(LANGUAGES)}, got {language!r}")
            return None
        report, error = Report(language), None
        engine, patches = start(report)
        try:
            # The magic's own line stays, so that lines are those of the cell.
            error = shell.run_cell("\n" + cell).error_in_exec
        finally:
            stop(engine, patches, error)
        return report

    shell.register_magic_function(crossent_doctor, "cell", "crossent_doctor")
