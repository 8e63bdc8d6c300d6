"""`crossent doctor`: run a training script and say what is silently wrong with it."""

from __future__ import annotations

import difflib
import sys
from argparse import Namespace

from ..wording import language_of
from .arguments import Parser, UsageError, failing, new_file, whole

EXTRA = None


def make_parser() -> Parser:
    """The arguments."""
    parser = Parser(
        "doctor",
        "[OPTIONS] SCRIPT [ARGUMENTS]",
        "[OPTIONS] -m MODULE [ARGUMENTS]",
        "--list | --explain ID",
        description="Runs a training script, unmodified, as `python SCRIPT ARGUMENTS` would, watches what it does\n"
        "with torch, and says at the end what is silently wrong with the training, at which line, and what to\n"
        "write instead. Findings go to stderr; the results of the script do not change.",
        epilog="The exit status is the script's own if it failed, else what --fail-on says.\n"
        "In a notebook or in code of your own: with crossent.doctor.watch() as report: ...",
    )
    add = parser.add
    add("--steps", type=whole, metavar="N", example=100, help="end the script after N optimizer steps")
    add("--json", type=new_file, metavar="FILE", example="doctor.json", help="also write the findings to FILE")
    parser.add_language()
    levels = "exit with 1 if anything at this level or above is found (default: error)"
    add("--fail-on", choices=("error", "warning", "never"), default="error", help=levels, example="warning")
    explain = "say what a finding means, why it harms, and what is wrong and right to write"
    add("--explain", metavar="ID", example="missing-zero-grad", help=explain)
    add("--list", action="store_true", help="list all findings")
    parser.add_program(required=False)
    return parser


def run(given: Namespace) -> int:
    """Run the program watched, show the report, and return the exit status; or explain findings."""
    if given.list or given.explain:
        return _explain(given.explain, language_of(given.lang))
    if given.program is None:
        raise UsageError(f"SCRIPT is missing\n{make_parser().format_usage().strip()}")
    # Here, not above: torch loads for seconds, and wrong arguments should be answered at once.
    from ..doctor.console import show
    from ..doctor.report import Report
    from ..doctor.run import run_watched
    from ..files import write_text
    from ..program import ProgramError

    report = Report(language_of(given.lang))
    # Now: the script may go to another folder.
    json = given.json.absolute() if given.json else None

    def done(status: int) -> int:
        show(report, sys.stderr)
        if json is not None:
            write_text(json, report.to_json())
        return status or int(report.reaches(given.fail_on))

    with failing(ProgramError, status=2):
        return run_watched(given.program, report=report, steps=given.steps, done=done)


def _explain(finding: str | None, language: str) -> int:
    from ..doctor.explanation import explanations, listing

    known = {one.id: one for one in explanations()}
    if finding is None:
        print(listing(language))
    elif finding in known:
        print(known[finding].text(language))
    else:
        (near,) = difflib.get_close_matches(finding, known, n=1, cutoff=0) or [""]
        raise UsageError(f"--explain: there is no finding {finding!r}; did you mean {near}? --list shows all findings")
    return 0
