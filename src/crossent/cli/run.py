"""`crossent run`: a Python program with crossent's losses in place of torch.nn's."""

from __future__ import annotations

import atexit
import os
import signal
import sys
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
    error: BaseException | None = None
    # Before the program's own exit handlers, so that it is called after them.
    atexit.register(lambda: _die_of_sigint() if isinstance(error, KeyboardInterrupt) else None)
    with failing(ProgramError, status=2):
        error = given.program.run()
    return exit_status(error)


def _die_of_sigint() -> None:
    """End as Python does after an uncaught Ctrl-C, so that a shell's loop ends too."""
    sys.stdout.flush()
    sys.stderr.flush()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGINT)
