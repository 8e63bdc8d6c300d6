"""`crossent doctor`: run a training script and say what is silently wrong with it."""

from __future__ import annotations

import sys
from argparse import Namespace

from .arguments import Parser, failing, new_file, whole

EXTRA = None


def make_parser() -> Parser:
    """The arguments."""
    parser = Parser(
        "doctor",
        "[OPTIONS] SCRIPT [ARGUMENTS]",
        "[OPTIONS] -m MODULE [ARGUMENTS]",
        description="Runs a training script, unmodified, as `python SCRIPT ARGUMENTS` would, watches what it does\n"
        "with torch, and says at the end what is silently wrong with the training, at which line, and what to\n"
        "write instead. Findings go to stderr; the results of the script do not change.",
        epilog="The exit status is the script's own if it failed, else what --fail-on says. Every finding is\n"
        "explained in docs/doctor.md.\n"
        "In a notebook or in code of your own: with crossent.doctor.watch() as report: ...",
    )
    add = parser.add
    add("--steps", type=whole, metavar="N", example=100, help="end the script after N optimizer steps")
    add("--json", type=new_file, metavar="FILE", example="doctor.json", help="also write the findings to FILE")
    add("--lang", choices=("en", "zh"), default="en", help="language of the findings (default: en)", example="zh")
    levels = "exit with 1 if anything at this level or above is found (default: error)"
    add("--fail-on", choices=("error", "warning", "never"), default="error", help=levels, example="warning")
    parser.add_program()
    return parser


def run(given: Namespace) -> int:
    """Run the program watched, show the report, and return the exit status."""
    # Here, not above: torch loads for seconds, and wrong arguments should be answered at once.
    from ..core.files import write_text
    from ..doctor.console import show
    from ..doctor.report import Report
    from ..doctor.run import run_watched
    from ..program import ProgramError

    report = Report(given.lang)
    # Now: the script may go to another folder.
    json = given.json.absolute() if given.json else None

    def done(status: int) -> int:
        show(report, sys.stderr)
        if json is not None:
            write_text(json, report.to_json())
        return status or int(report.reaches(given.fail_on))

    with failing(ProgramError, status=2):
        return run_watched(given.program, report=report, steps=given.steps, done=done)
