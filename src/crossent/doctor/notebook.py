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
        report, error, count = Report(language), None, shell.execution_count
        # IPython counts a cell before it runs it; what runs here is the same cell.
        shell.execution_count = len(shell.history_manager.input_hist_parsed) - 1
        engine, patches = start(report)
        try:
            # A line stands for that of the magic, so that lines are those of the cell; IPython drops empty ones.
            error = shell.run_cell("# %%crossent_doctor\n" + cell).error_in_exec
        finally:
            stop(engine, patches, error)
            shell.execution_count = count
        return report

    shell.register_magic_function(crossent_doctor, "cell", "crossent_doctor")
