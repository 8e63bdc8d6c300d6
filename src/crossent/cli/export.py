"""`crossent export`: a trained model as a file for other programs."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from ..printable import printable
from ..wording import say
from .arguments import Parser, check_run, failing

EXTRA = "train"


def make_parser() -> Parser:
    """The arguments."""
    parser = Parser(
        "export",
        "RUN OUTPUT [--OPTION …]",
        description="The best weights of RUN as ONNX (model.onnx) or as a torch.export program (model.pt2), for any\n"
        "batch size, with classes, normalisation and tokenizer in its metadata. It is kept only if it gives the\n"
        "model's numbers on real samples.",
    )
    add = parser.add
    parser.add_run()
    add("output", type=Path, metavar="OUTPUT", help="a name that ends in .onnx or .pt2")
    data = "labelled samples to check it on (default: the run's test data)"
    add("--data", metavar="SOURCE", example="samples.csv", help=data)
    return parser


def run(given: Namespace) -> int:
    """Export, and return the exit status."""
    check_run(given)
    # Here, not above: torch loads for seconds, and wrong arguments should be answered at once.
    from ..train.config.rules import SettingError
    from ..train.data import DataError
    from ..train.inference.export import ExportError, check_path
    from ..train.inference.loading import load_run
    from ..train.inference.run import RunError

    with failing(ExportError, RunError, status=2):
        check_path(given.output)
        trained = load_run(given.run, given.model, trust_code=given.trust_code)
    with failing(ExportError, RunError, DataError, SettingError, OSError):
        difference = trained.export_checked(given.output, given.data)
    size = given.output.stat().st_size / 2**20
    text = say(
        f"{given.output} ({size:.1f} MiB): any batch size; on real samples its logits differ by at most "
        f"{difference:.2g} from the model's"
    )
    print(printable(text))
    return 0
