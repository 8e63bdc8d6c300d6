"""What the commands that take up a run have in common: reading arguments, and complaining in the same words."""

from __future__ import annotations

import difflib
import re
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, NoReturn

# What comes with `pip install "crossent[train]"`, by import name.
_EXTRA = ("jsonargparse", "lightning_fabric", "rich", "safetensors", "sklearn", "pyarrow", "PIL")


class UsageError(Exception):
    """Arguments that cannot be understood; the text says what to write."""


class Parser(ArgumentParser):
    """Complains with `UsageError`, names the option that was probably meant, and takes options between arguments.

    Args:
        examples: what to write for an option that lacks its value.
        settings: as of `argparse.ArgumentParser`.
    """

    def __init__(self, examples: dict[str, str], **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)
        self._examples = examples

    def error(self, message: str) -> NoReturn:
        missing = re.match(r"the following arguments are required: (.*)", message)
        if missing:
            raise UsageError(f"{missing[1]} is missing\n{self.format_usage().strip()}")
        about = re.match(r"argument ([^:]+): (.*)", message)
        if not about:
            raise UsageError(message)
        option, text = about[1].split("/")[-1], about[2]
        if text == "expected one argument":
            raise UsageError(f"{option} needs a value; write for example {option} {self._examples[option]}")
        if text.startswith("ignored explicit argument"):
            raise UsageError(f"{option} takes no value; write {option} alone")
        raise UsageError(f"{option}: {text}")

    def read(self, argv: list[str]) -> Any:
        """The arguments.

        Raises:
            UsageError: they cannot be understood; SystemExit: after --help.
        """
        given, rest = self.parse_known_intermixed_args(argv)
        if rest:
            name = rest[0].partition("=")[0]
            if not name.startswith("-"):
                raise UsageError(f"one argument too many: {name!r}\n{self.format_usage().strip()}")
            known = re.findall(r"--[\w-]+", self.format_help())
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise UsageError(f"there is no option {name}; {hint}{self.prog} --help lists all options")
        return given


def whole(text: str) -> int:
    """A whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"expected a whole number of at least 1, got {text!r}; write for example 256")
    return int(text)


def one_of(*names: str) -> Callable[[str], str]:
    """One of these names."""

    def name(text: str) -> str:
        if text not in names:
            near = (difflib.get_close_matches(text, names, n=1, cutoff=0.3) or names)[0]
            raise ArgumentTypeError(f"expected one of {', '.join(names)}, got {text!r}; write for example {near}")
        return text

    return name


def in_shell(error: Exception) -> str:
    """An error about a setting as it is written on the command line; others as they are."""
    name, reason, example = (getattr(error, part, None) for part in ("name", "reason", "example"))
    if not isinstance(name, str) or reason is None:
        return str(error)
    written = name if name.isupper() else f"--{name}"
    return f"{written}: {reason()}; write for example {example if name.isupper() else f'{written} {example}'}"


def complain(command: str, text: str, status: int) -> int:
    """Print an error of a command, and return the exit status."""
    print(f"crossent {command}: error: {text}", file=sys.stderr)
    return status


def missing_packages(command: str) -> int:
    """0, or the exit status after naming what is not installed."""
    missing = [name for name in _EXTRA if find_spec(name) is None]
    if missing:
        return complain(command, f"{', '.join(missing)} not installed; write: pip install 'crossent[train]'", 1)
    return 0
