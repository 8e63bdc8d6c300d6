"""`crossent test`: the figures of a trained classifier on labelled data."""

from __future__ import annotations

import json
from argparse import RawDescriptionHelpFormatter
from pathlib import Path

from .arguments import Parser, UsageError, complain, in_shell, missing_packages, one_of, whole

_EXAMPLES = {"--split": "val", "--output": "figures", "--batch-size": "256"}


def run(argv: list[str]) -> int:
    """Read the arguments, evaluate, print, and return the exit status."""
    try:
        given = make_parser().read(argv)
        if given.source is not None and given.split is not None:
            raise UsageError("--split is for the data of the run; leave it out where SOURCE is given")
    except SystemExit as done:
        return int(done.code or 0)
    except UsageError as error:
        return complain("test", str(error), 2)
    if status := missing_packages("test"):
        return status

    # Here, not above: torch loads for seconds, and wrong arguments should be answered at once.
    from ..train.config.rules import SettingError
    from ..train.data import DataError
    from ..train.inference.retest import retest
    from ..train.inference.run import RunError, load_run

    try:
        trained = load_run(given.run)
    except RunError as error:
        return complain("test", str(error), 2)
    try:
        report = retest(trained, given.source, given.split or "test", given.output, given.batch_size)
    except (RunError, DataError, SettingError, OSError) as error:
        return complain("test", in_shell(error), 1)
    if given.json:
        print(json.dumps(report.scores.to_json() if report.scores else {}, indent=1, ensure_ascii=False))
    else:
        print(report.text)
        if report.files:
            print(f"\nFiles in {given.output}: {', '.join(sorted(report.files))}")
    return 0


def make_parser() -> Parser:
    """The parser of all arguments."""
    parser = Parser(
        _EXAMPLES,
        prog="crossent test",
        usage="crossent test RUN [SOURCE] [--OPTION …]",
        description="The figures of the best weights of RUN on labelled data: by default on the test part of the data\n"
        "it was trained on, else on SOURCE, all of it.",
        formatter_class=RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("run", metavar="RUN", help="the folder of a run, such as runs/first-try")
    add("source", metavar="SOURCE", nargs="?", help="a file or folder like the one it was trained on, with labels")
    add(
        "--split",
        type=one_of("train", "val", "test"),
        metavar="PART",
        help="which part of the run's data: train, val or test (default)",
    )
    add("-o", "--output", type=Path, metavar="FOLDER", help="also write the report, its figures and predictions there")
    add("--json", action="store_true", help="print all figures as JSON instead of the text")
    add("--batch-size", type=whole, default=256, metavar="N", help="samples at a time (default: 256)")
    return parser
