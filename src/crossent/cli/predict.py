"""`crossent predict`: classes and probabilities for data without labels."""

from __future__ import annotations

import sys
from argparse import ArgumentTypeError, Namespace
from pathlib import Path

from ..printable import printable
from ..wording import say
from .arguments import Parser, check_run, failing, whole

EXTRA = "predict"


def make_parser() -> Parser:
    """The arguments."""
    parser = Parser(
        "predict",
        "RUN SOURCE -o OUTPUT [--OPTION …]",
        "RUN FILES --out FOLDER [--processes N] [--OPTION …]",
        description="Classes and probabilities for SOURCE, with the best weights of RUN. A table keeps its columns\n"
        "and its order and gains `prediction` and a column p_CLASS per class (of two classes: the second). For a\n"
        "folder of Parquet or Arrow files FOLDER gets a file for each; those that are there are not made again.",
    )
    add = parser.add
    parser.add_run()
    add("source", metavar="SOURCE", help="a file or folder like the one it was trained on; labels are not needed")
    output = ".csv, .tsv, .jsonl or .parquet; a folder for masks, and for files of rows"
    add(
        "-o",
        "--out",
        "--output",
        dest="output",
        type=Path,
        required=True,
        metavar="OUTPUT",
        example="predicted.csv",
        help=output,
    )
    add("--query", metavar="SQL", example="select * from customers", help="of a database: what to predict")
    threshold = (
        "binary and multi-label: predict a class above this probability; tuned: as thresholds.json (default: 0.5)"
    )
    add("--threshold", type=_threshold, default=0.5, metavar="P", example=0.3, help=threshold)
    add("--calibrated", action="store_true", help="probabilities with the temperature fitted on validation data")
    processes = "that share the files of a folder (default: 1)"
    add("--processes", type=whole, default=1, metavar="N", example=4, help=processes)
    batch = "samples at a time (default: 256)"
    add("--batch-size", type=whole, default=256, metavar="N", example=256, help=batch)
    return parser


def run(given: Namespace) -> int:
    """Predict, and return the exit status."""
    check_run(given)
    # Here, not above: torch loads for seconds, and wrong arguments should be answered at once.
    from ..train.config.rules import SettingError
    from ..train.data import DataError
    from ..train.errors import TrainingError
    from ..train.inference.loading import load_run
    from ..train.inference.predict_file import check_output, predict_file
    from ..train.inference.predict_shards import is_many, predict_shards
    from ..train.inference.run import RunError
    from .progress import counting

    with failing(RunError, status=2):
        trained = load_run(given.run, given.model, trust_code=given.trust_code)
        many = is_many(given.source, given.output)
        if not many:
            check_output(given.output, trained.task.target)
    unknown: list[str] = []
    with (
        failing(RunError, DataError, SettingError, TrainingError, OSError),
        counting("files" if many else "rows") as progress,
    ):
        how = trained.decision(given.threshold, given.calibrated)
        told = (given.output, how, given.batch_size)
        if many:
            rows = predict_shards(trained, given.source, *told, given.processes, progress, unknown.append)
        else:
            rows = predict_file(trained, given.source, *told, progress, unknown.append, given.query)
    print(printable(say(f"{rows:,} rows predicted, written to {given.output}")))
    print(printable("".join(f"! {say(line)}\n" for line in unknown)), end="", file=sys.stderr)
    return 0


def _threshold(text: str) -> float | str:
    if text == "tuned":
        return text
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 1:
        raise ArgumentTypeError(f"expected tuned, or a number above 0 and below 1, got {text!r}")
    return value
