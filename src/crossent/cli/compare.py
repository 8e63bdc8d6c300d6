"""`crossent compare`: finished runs side by side."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

from ..printable import printable
from ..wording import say
from .arguments import Parser, UsageError, failing, new_file

EXTRA = "train"


def make_parser() -> Parser:
    """The arguments."""
    parser = Parser(
        "compare",
        "RUN RUN… [--OPTION …]",
        description="The figures of finished runs side by side, the settings in which they differ, and the difference\n"
        "of each to the first on the samples that both were tested on, with a paired bootstrap.",
    )
    parser.add("runs", metavar="RUN", nargs="+", type=Path, help="folders of runs, two or more")
    page = "also write it as a page, one file without network"
    parser.add("-o", "--output", type=new_file, metavar="PAGE", example="compared.html", help=page)
    parser.add("--json", action="store_true", help="print all of it as JSON instead of the text")
    parser.add_language()
    return parser


def run(given: Namespace) -> int:
    """Compare, print, and return the exit status."""
    if len(given.runs) < 2:
        raise UsageError(f"a comparison needs two runs, got {given.runs[0]}; write crossent compare RUN RUN")

    # Here, not above: torch loads for seconds, and wrong arguments should be answered at once.
    from ..train.errors import RunError
    from ..train.report.comparison import compare, text, to_json, write_comparison

    with failing(RunError, status=2):
        found = compare(given.runs)
    print(json.dumps(to_json(found), indent=1, ensure_ascii=False) if given.json else printable(text(found)))
    if given.output is not None:
        with failing(OSError):
            write_comparison(given.output, found)
        if not given.json:
            print("\n" + printable(say(f"Written to {given.output}")))
    return 0
