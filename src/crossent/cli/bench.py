"""`crossent bench`: how fast and how lean the losses are on this machine, beside torch eager and torch.compile."""

from __future__ import annotations

import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..bench.cases import BYTES, EVERYDAY, QUICK, Case, label
from ..extras import MissingPackageError, require
from ..printable import in_shell, printable
from .arguments import Parser, UsageError, failing, new_file, whole

if TYPE_CHECKING:
    from ..bench.everyday import Everyday

EXTRA = None
DEFAULT_OUTPUT = Path("crossent-bench.png")
_ROUNDS, _QUICK_ROUNDS = 7, 3


def make_parser() -> Parser:
    """The arguments."""
    parser = _Parser(
        "bench",
        "[--OPTION …]",
        description="Times one forward and backward of the losses on this machine, beside torch eager and\n"
        "torch.compile, with the extra peak memory; prints a table and draws it.",
        epilog="cases:\n" + "\n".join(f"  {label(case)}" for case in EVERYDAY),
    )
    add = parser.add
    output = f"the picture, a PNG file (default: {DEFAULT_OUTPUT})"
    add("-o", "--output", type=new_file, metavar="FILE", example=DEFAULT_OUTPUT, help=output)
    numbers = "also write every number to this file"
    add("--json", type=new_file, metavar="FILE", example="crossent-bench.json", help=numbers)
    device = "cpu or cuda (default: cuda if there is one)"
    add("--device", choices=("cpu", "cuda"), metavar="NAME", example="cpu", help=device)
    dtypes = f"{', '.join(BYTES)} (default: float32)"
    add("--dtype", choices=tuple(BYTES), default="float32", metavar="NAME", example="bfloat16", help=dtypes)
    cases = "only the cases whose name holds this text"
    add("--cases", default="", metavar="TEXT", example="BCE", help=cases)
    rounds = f"rounds to take the median of (default: {_ROUNDS})"
    add("--rounds", type=whole, metavar="N", example=_ROUNDS, help=rounds)
    threads = "CPU threads per operation (default: torch's choice)"
    add("--threads", type=whole, metavar="N", example=4, help=threads)
    add("--no-compile", action="store_true", help="leave torch.compile out: it is what takes longest")
    add("--quick", action="store_true", help=f"a first impression: few cases, {_QUICK_ROUNDS} rounds, no torch.compile")
    return parser


class _Parser(Parser):
    def surplus(self, word: str) -> str:
        return f"one argument too many: {word!r}; to choose cases write --cases {in_shell(word)}"


def run(given: Namespace) -> int:
    """Measure, print the table, write the picture, and return the exit status."""
    cases = chosen_cases(given)

    # Here, not above: torch loads for seconds, and wrong arguments should be answered at once.
    import torch

    from ..bench.comparison import How
    from ..bench.everyday import Everyday

    if given.device == "cuda" and not torch.cuda.is_available():
        raise UsageError("--device: torch finds no CUDA device on this machine; write --device cpu")
    if given.threads:
        torch.set_num_threads(given.threads)
    device = given.device or ("cuda" if torch.cuda.is_available() else "cpu")
    rounds = given.rounds or (_QUICK_ROUNDS if given.quick else _ROUNDS)
    bench = Everyday(cases, How(device, rounds, compile=not (given.no_compile or given.quick)))
    complete = bench.measure()
    with failing(OSError):
        written = _write_files(bench, given.output, given.json)
    return 0 if complete and written else 1


def chosen_cases(given: Namespace) -> tuple[Case, ...]:
    """The cases that the arguments ask for.

    Raises:
        UsageError: there is none.
    """
    cases = [replace(case, dtype=given.dtype) for case in (QUICK if given.quick else EVERYDAY)]
    chosen = tuple(case for case in cases if given.cases.lower() in label(case).lower())
    if not chosen:
        names = "\n".join(f"  {label(case)}" for case in cases)
        raise UsageError(f"--cases: no case holds {given.cases!r}; the cases are:\n{names}")
    return chosen


def _write_files(bench: Everyday, picture: Path | None, json: Path | None) -> bool:
    """The files of a measurement; returns whether all that were asked for by name are there."""
    if json:
        bench.write_json(json)
        print(printable(f"wrote {json}"))
    if not bench.rows:
        return True
    output = picture or DEFAULT_OUTPUT
    try:
        require("bench")
    except MissingPackageError as error:
        print(printable(f"crossent bench: {output} was not drawn: {error}"), file=sys.stderr)
        return picture is None
    bench.write_picture(output)
    print(printable(f"wrote {output}"))
    return True
