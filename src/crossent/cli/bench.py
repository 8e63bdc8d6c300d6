"""`crossent bench`: how fast and how lean the losses are on this machine, beside torch eager and torch.compile."""

from __future__ import annotations

import difflib
import re
import sys
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ..bench.cases import BYTES, EVERYDAY, QUICK, Case, label
from .arguments import one_of

if TYPE_CHECKING:
    from ..bench.everyday import Everyday

DEFAULT_OUTPUT = Path("crossent-bench.png")
_ROUNDS, _QUICK_ROUNDS = 7, 3
_NO_MATPLOTLIB = 'matplotlib is not installed; write: pip install "crossent[bench]"'
# A right value of every option that takes one.
_EXAMPLES = {
    "--device": "cpu",
    "--dtype": "bfloat16",
    "--rounds": "7",
    "--threads": "4",
    "--cases": "BCE",
    "--output": "crossent-bench.png",
    "--json": "crossent-bench.json",
}


class UsageError(Exception):
    """Arguments that cannot be understood; the text says what to write."""


@dataclass(frozen=True)
class Options:
    """The arguments of `crossent bench`; None leaves the choice to this machine."""

    cases: tuple[Case, ...]
    device: str | None
    rounds: int
    threads: int | None
    compile: bool
    output: Path | None
    json: Path | None


def run(argv: list[str]) -> int:
    """Measure, print the table, write the picture, and return the exit status."""
    try:
        options = read_options(argv)
    except SystemExit as done:
        # --help has printed and leaves through here.
        return int(done.code or 0)
    except UsageError as error:
        return _complain(str(error), 2)

    # Here, not above: torch loads for seconds, and wrong arguments should be answered at once.
    import torch

    from ..bench.comparison import How
    from ..bench.everyday import Everyday

    if options.device == "cuda" and not torch.cuda.is_available():
        return _complain("--device: torch finds no CUDA device on this machine; write --device cpu", 2)
    if options.threads:
        torch.set_num_threads(options.threads)
    device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
    bench = Everyday(options.cases, How(device, options.rounds, options.compile))
    whole = bench.measure()
    try:
        written = _write_files(bench, options)
    except OSError as error:
        return _complain(str(error), 1)
    return 0 if whole and written else 1


def make_parser() -> ArgumentParser:
    """The parser of all options."""
    parser = _Parser(
        prog="crossent bench",
        description="Times one forward and backward of the losses on this machine, beside torch eager and\n"
        "torch.compile, with the extra peak memory; prints a table and draws it.",
        epilog="cases:\n" + "\n".join(f"  {label(case)}" for case in EVERYDAY),
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("-o", "--output", type=_file, metavar="FILE", help=f"the picture, a PNG file (default: {DEFAULT_OUTPUT})")
    add("--json", type=_file, metavar="FILE", help="also write every number to this file")
    add("--device", type=one_of("cpu", "cuda"), metavar="NAME", help="cpu or cuda (default: cuda if there is one)")
    dtypes = f"{', '.join(BYTES)} (default: float32)"
    add("--dtype", type=one_of(*BYTES), default="float32", metavar="NAME", help=dtypes)
    add("--cases", default="", metavar="TEXT", help="only the cases whose name holds this text")
    add("--rounds", type=_whole, metavar="N", help=f"rounds to take the median of (default: {_ROUNDS})")
    add("--threads", type=_whole, metavar="N", help="CPU threads per operation (default: torch's choice)")
    add("--no-compile", action="store_true", help="leave torch.compile out: it is what takes longest")
    add("--quick", action="store_true", help=f"a first impression: few cases, {_QUICK_ROUNDS} rounds, no torch.compile")
    return parser


def read_options(argv: list[str]) -> Options:
    """The options that the arguments ask for.

    Raises:
        UsageError: an option that there is not, or a value that an option cannot have; SystemExit: after --help.
    """
    parser = make_parser()
    given, rest = parser.parse_known_args(argv)
    if rest:
        raise UsageError(_unknown(rest[0].partition("=")[0], re.findall(r"--[\w-]+", parser.format_help())))
    everyday = QUICK if given.quick else EVERYDAY
    cases = [replace(case, dtype=given.dtype) for case in everyday]
    chosen = tuple(case for case in cases if given.cases.lower() in label(case).lower())
    if not chosen:
        names = "\n".join(f"  {label(case)}" for case in cases)
        raise UsageError(f"--cases: no case holds {given.cases!r}; the cases are:\n{names}")
    rounds = given.rounds or (_QUICK_ROUNDS if given.quick else _ROUNDS)
    compile = not (given.no_compile or given.quick)
    return Options(chosen, given.device, rounds, given.threads, compile, given.output, given.json)


def _write_files(bench: Everyday, options: Options) -> bool:
    """The files of a measurement; returns whether all that were asked for by name are there."""
    if options.json:
        bench.write_json(options.json)
        print(f"wrote {options.json}")
    if not bench.rows:
        return True
    output = options.output or DEFAULT_OUTPUT
    try:
        bench.write_picture(output)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "matplotlib":
            raise
        print(f"crossent bench: {output} was not drawn: {_NO_MATPLOTLIB}", file=sys.stderr)
        return options.output is None
    print(f"wrote {output}")
    return True


class _Parser(ArgumentParser):
    """Complains in our words."""

    def error(self, message: str) -> NoReturn:
        about = re.match(r"argument (?:-o/)?(--\w+): (.*)", message)
        if not about:
            raise UsageError(message)
        option, text = about.groups()
        if text == "expected one argument":
            raise UsageError(f"{option} needs a value; write for example {option} {_EXAMPLES[option]}")
        if text.startswith("ignored explicit argument"):
            raise UsageError(f"{option} takes no value; write {option} alone")
        raise UsageError(f"{option}: {text}".replace("write for example ", f"write for example {option} "))


def _whole(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"expected a whole number of at least 1, got {text!r}; write for example 4")
    return int(text)


def _file(text: str) -> Path:
    # Now, not after minutes of measuring.
    path = Path(text)
    if path.is_dir() or not path.name:
        raise ArgumentTypeError(f"expected a file, got the folder {text!r}; write for example {path / 'bench'}")
    if not path.parent.is_dir():
        raise ArgumentTypeError(f"there is no folder {str(path.parent)!r}; write for example {path.name}")
    return path


def _unknown(name: str, known: list[str]) -> str:
    if not name.startswith("-"):
        return f"expected options only, got {name!r}; to choose cases write --cases {name}"
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"there is no option {name}; {hint}crossent bench --help lists all options"


def _complain(text: str, status: int) -> int:
    print(f"crossent bench: error: {text}", file=sys.stderr)
    return status
