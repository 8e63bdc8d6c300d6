"""`crossent predict`: classes and probabilities for data without labels."""

from __future__ import annotations

from argparse import ArgumentTypeError, RawDescriptionHelpFormatter
from pathlib import Path

from .arguments import Parser, UsageError, complain, in_shell, missing_packages, whole

_EXAMPLES = {"--output": "predicted.csv", "--threshold": "tuned", "--batch-size": "256", "--device": "cpu"}


def run(argv: list[str]) -> int:
    """Read the arguments, predict, and return the exit status."""
    try:
        given = make_parser().read(argv)
    except SystemExit as done:
        return int(done.code or 0)
    except UsageError as error:
        return complain("predict", str(error), 2)
    if status := missing_packages("predict"):
        return status

    # Here, not above: torch loads for seconds, and wrong arguments should be answered at once.
    from ..train.config.rules import SettingError
    from ..train.data import DataError
    from ..train.inference.predict_file import check_output, predict_file
    from ..train.inference.run import RunError, load_run
    from .progress import counting

    try:
        trained = load_run(given.run)
        check_output(given.output, trained.task.target)
    except RunError as error:
        return complain("predict", str(error), 2)
    try:
        how = trained.decision(given.threshold, given.calibrated)
        with counting("rows") as progress:
            rows = predict_file(trained, given.source, given.output, how, given.batch_size, progress)
    except (RunError, DataError, SettingError, OSError) as error:
        return complain("predict", in_shell(error), 1)
    print(f"{rows:,} rows predicted, written to {given.output}")
    return 0


def make_parser() -> Parser:
    """The parser of all arguments."""
    parser = Parser(
        _EXAMPLES,
        prog="crossent predict",
        usage="crossent predict RUN SOURCE -o OUTPUT [--OPTION …]",
        description="Classes and probabilities for SOURCE, with the best weights of RUN. A table keeps its\n"
        "columns and its order and gains `prediction` and a column p_CLASS per class (of two classes: the second).",
        formatter_class=RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("run", metavar="RUN", help="the folder of a run, such as runs/first-try")
    add("source", metavar="SOURCE", help="a file or folder like the one it was trained on; labels are not needed")
    add(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="OUTPUT",
        help=".csv, .tsv, .jsonl or .parquet; a folder for masks",
    )
    threshold = (
        "binary and multi-label: predict a class above this probability; tuned: as thresholds.json (default: 0.5)"
    )
    add("--threshold", type=_threshold, default=0.5, metavar="P", help=threshold)
    add("--calibrated", action="store_true", help="probabilities with the temperature fitted on validation data")
    add("--batch-size", type=whole, default=256, metavar="N", help="samples at a time (default: 256)")
    return parser


def _threshold(text: str) -> float | str:
    if text == "tuned":
        return text
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 1:
        raise ArgumentTypeError(f"expected tuned, or a number above 0 and below 1, got {text!r}; write for example 0.3")
    return value
