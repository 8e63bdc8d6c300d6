"""`crossent test`: the figures of a trained classifier on labelled data."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

from ..printable import printable
from ..wording import say
from .arguments import Parser, UsageError, check_run, failing, whole

EXTRA = "train"


def make_parser() -> Parser:
    """The arguments."""
    parser = Parser(
        "test",
        "RUN [SOURCE] [--OPTION …]",
        description="The figures of the best weights of RUN on labelled data: by default on the test part of the data\n"
        "it was trained on, else on SOURCE, all of it.",
    )
    add = parser.add
    parser.add_run()
    add("source", metavar="SOURCE", nargs="?", help="a file or folder like the one it was trained on, with labels")
    add("--query", metavar="SQL", example="select * from customers", help="of a database: what to test on")
    split = "which part of the run's data: train, val or test (default)"
    add("--split", choices=("train", "val", "test"), metavar="PART", example="val", help=split)
    output = "also write the report, its figures and predictions there"
    add("-o", "--output", type=Path, metavar="FOLDER", example="figures", help=output)
    add("--json", action="store_true", help="print all figures as JSON instead of the text")
    batch = "samples at a time (default: 256)"
    add("--batch-size", type=whole, default=256, metavar="N", example=256, help=batch)
    return parser


def run(given: Namespace) -> int:
    """Evaluate, print, and return the exit status."""
    if given.source is not None and given.split is not None:
        raise UsageError("--split is for the data of the run; leave it out where SOURCE is given")

    check_run(given)
    # Here, not above: torch loads for seconds, and wrong arguments should be answered at once.
    from ..train.config.rules import SettingError
    from ..train.data import DataError
    from ..train.inference.loading import load_run
    from ..train.inference.retest import retest
    from ..train.inference.run import RunError

    with failing(RunError, status=2):
        trained = load_run(given.run, given.model, trust_code=given.trust_code)
    with failing(RunError, DataError, SettingError, OSError):
        report = retest(trained, given.source, given.split or "test", given.output, given.batch_size, given.query)
    if given.json:
        print(json.dumps(report.scores.to_json() if report.scores else {}, indent=1, ensure_ascii=False))
    else:
        print(printable(report.text))
        if report.files:
            print(printable(say(f"\nFiles in {given.output}: {', '.join(sorted(report.files))}")))
    return 0
