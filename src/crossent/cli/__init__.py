"""The command line: `crossent COMMAND …`.

One module per command, listed in `COMMANDS`. It has `make_parser()`, which declares the arguments, `run(given)`, which
gets their values, prints its results to stdout and returns the exit status, and `EXTRA`, the extra whose packages it
needs. What it cannot do it raises as a `CommandError`. Exit statuses: 0 done, 1 failed, 2 wrong arguments, 130 stopped
by Ctrl-C. The module is imported only when its command is called, and imports torch and other heavy packages only
inside `run`, so that every `--help` answers at once.
"""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from itertools import pairwise
from typing import Any, NamedTuple

from ..extras import MissingPackageError, require
from ..printable import printable
from ..train.errors import out_of_memory
from ..wording import language_of, say, speaking
from .arguments import CommandError, failing, of_system


class Command(NamedTuple):
    """The module of a command and its line in `crossent --help`."""

    module: str
    help: str


COMMANDS = {
    "fit": Command("crossent.cli.fit", "train, validate and test a classifier on labelled data"),
    "test": Command("crossent.cli.test", "the figures of a trained classifier on labelled data"),
    "compare": Command("crossent.cli.compare", "runs side by side, and whether their differences may be chance"),
    "predict": Command("crossent.cli.predict", "classes and probabilities for data without labels"),
    "export": Command("crossent.cli.export", "a trained model as ONNX or as a torch.export program"),
    "run": Command("crossent.cli.run", "run a Python program with crossent's losses in place of torch.nn's"),
    "doctor": Command("crossent.cli.doctor", "run a training script and say what is silently wrong with it"),
    "bench": Command("crossent.cli.bench", "measure the losses on this machine beside torch eager and torch.compile"),
    "info": Command("crossent.cli.info", "versions, device, backends and extras, for a bug report"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that `argv` (by default the process's own arguments) names; returns the exit status."""
    name, *rest = list(sys.argv[1:] if argv is None else argv) or [""]
    with speaking(_language([name, *rest])):
        if name in ("-h", "--help"):
            print(_usage())
            return 0
        if name == "--version":
            print(f"crossent {version('crossent')}")
            return 0
        if name not in COMMANDS:
            print(printable(_no_such_command(name)), file=sys.stderr)
            return 2
        return _main(name, rest)


def _main(name: str, argv: list[str]) -> int:
    try:
        return _run(import_module(COMMANDS[name].module), argv)
    except CommandError as error:
        print(printable(say(f"crossent {name}: error: {say(str(error))}")), file=sys.stderr)
        return error.status
    except (MemoryError, RuntimeError) as error:
        if not (asked := out_of_memory(error)):
            raise
        text = f"there is not enough memory ({asked})"
        print(printable(say(f"crossent {name}: error: {text}")), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\n" + say("crossent: stopped by Ctrl-C"), file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Who reads has read enough, as in `crossent test RUN | head`; what Python still holds for it goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    # No rights, no room, a name too long: nothing of ours is wrong.
    except OSError as error:
        print(printable(say(f"crossent {name}: error: {of_system(error)}")), file=sys.stderr)
        return 1


def _language(argv: list[str]) -> str:
    """The language that is asked for, known before the arguments are read, whose errors are said in it."""
    asked = [word.partition("=")[2] for word in argv if word.startswith("--lang=")]
    asked += [value for word, value in pairwise(argv) if word == "--lang"]
    return language_of(asked[-1] if asked else "auto")


def _run(command: Any, argv: list[str]) -> int:
    with failing(MissingPackageError):
        given = command.make_parser().read(argv)
        if given is None:
            return 0
        if command.EXTRA:
            require(command.EXTRA)
        status: int = command.run(given)
        return status


def _usage() -> str:
    width = max(map(len, COMMANDS))
    return "\n".join(
        [
            say("usage: ") + "crossent COMMAND [ARGUMENTS]\n",
            say("Exact, fast, talkative classification losses for PyTorch, and a training system built on them."),
            "\n" + say("commands:"),
            *(f"  {name:<{width}}  {say(command.help)}" for name, command in COMMANDS.items()),
            "\ncrossent COMMAND --help   " + say("what a command does and its settings"),
            "crossent --version        " + say("the installed version"),
        ]
    )


def _no_such_command(name: str) -> str:
    if not name:
        return _usage()
    near = difflib.get_close_matches(name, COMMANDS, n=1)
    hint = f"; did you mean crossent {near[0]}?" if near else "."
    return say(f"crossent: error: there is no command {name!r}{hint} The commands are: {', '.join(COMMANDS)}.")
