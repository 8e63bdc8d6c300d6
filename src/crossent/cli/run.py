"""`crossent run`: a Python program with crossent's losses in place of torch.nn's."""

from __future__ import annotations

from argparse import Namespace

from .arguments import Parser, failing

EXTRA = None


def make_parser() -> Parser:
    """The arguments."""
    parser = Parser(
        "run",
        "SCRIPT [ARGUMENTS]",
        "-m MODULE [ARGUMENTS]",
        description="Runs the program as `python SCRIPT ARGUMENTS` would, with crossent's losses in place of\n"
        "torch.nn's (torch.nn.CrossEntropyLoss, torch.nn.functional.cross_entropy and their siblings).",
        epilog="Not reached: compiled code of your own that calls torch._C or torch.ops.aten, and worker processes\n"
        'that start afresh (multiprocessing with "spawn"). In a program of your own: crossent.patch()',
    )
    parser.add_program()
    return parser


def run(given: Namespace) -> int:
    """Patch, then run the program in this process; returns its exit status."""
    from .. import patch
    from ..program import ProgramError, exit_status

    patch()
    with failing(ProgramError, status=2):
        return exit_status(given.program.run())
