"""`crossent export`: a trained model as a file for other programs."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter
from pathlib import Path

from .arguments import Parser, UsageError, complain, in_shell, missing_packages

_EXAMPLES = {"--data": "samples.csv"}


def run(argv: list[str]) -> int:
    """Read the arguments, export, and return the exit status."""
    try:
        given = make_parser().read(argv)
    except SystemExit as done:
        return int(done.code or 0)
    except UsageError as error:
        return complain("export", str(error), 2)
    if status := missing_packages("export"):
        return status

    # Here, not above: torch loads for seconds, and wrong arguments should be answered at once.
    from ..train.config.rules import SettingError
    from ..train.data import DataError
    from ..train.inference.export import ExportError, check_path, export
    from ..train.inference.run import RunError, load_run

    try:
        check_path(given.output)
        trained = load_run(given.run)
    except (ExportError, RunError) as error:
        return complain("export", str(error), 2)
    try:
        difference = export(trained, given.output, given.data)
    except (ExportError, RunError, DataError, SettingError, OSError) as error:
        return complain("export", in_shell(error), 1)
    size = given.output.stat().st_size / 2**20
    print(
        f"{given.output} ({size:.1f} MiB): any batch size; on real samples its logits differ by at most "
        f"{difference:.2g} from the model's"
    )
    return 0


def make_parser() -> Parser:
    """The parser of all arguments."""
    parser = Parser(
        _EXAMPLES,
        prog="crossent export",
        usage="crossent export RUN OUTPUT [--OPTION …]",
        description="The best weights of RUN as ONNX (model.onnx) or as a torch.export program (model.pt2), for any\n"
        "batch size, with classes, normalisation and tokenizer in its metadata. It is kept only if it gives the\n"
        "model's numbers on real samples.",
        formatter_class=RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("run", metavar="RUN", help="the folder of a run, such as runs/first-try")
    add("output", type=Path, metavar="OUTPUT", help="a name that ends in .onnx or .pt2")
    add("--data", metavar="SOURCE", help="labelled samples to check it on (default: the run's test data)")
    return parser
