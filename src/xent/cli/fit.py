"""`xent fit`: from labelled data to a trained and tested classifier."""

from __future__ import annotations

import difflib
import re
import sys
from argparse import ArgumentError
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ..train.config import FitConfig, SettingError, rules

if TYPE_CHECKING:
    from jsonargparse import ArgumentParser

# What comes with `pip install "xent[train]"`, by import name.
_EXTRA = ("jsonargparse", "lightning_fabric", "rich", "safetensors", "sklearn")
# Options that stand alone; every other takes one value.
_FLAGS = ("--help", "-h", "--print_config")


class UsageError(Exception):
    """Arguments that cannot be understood; the text says what to write."""


def run(argv: list[str]) -> int:
    """Read the settings, train, and return the exit status."""
    missing = [name for name in _EXTRA if find_spec(name) is None]
    if missing:
        return _complain(f"{', '.join(missing)} not installed; write: pip install 'xent[train]'", 1)
    try:
        config = read_config(argv)
    except SystemExit as done:
        # --help and --print_config have printed and leave through here.
        return int(done.code or 0)
    except (UsageError, SettingError) as error:
        return _complain(_in_shell(error), 2)

    # Here, not above: torch loads for seconds, and wrong arguments should be answered at once.
    from ..train.fit import TrainingError, fit
    from ..train.result import Ending

    try:
        result = fit(config)
    except SettingError as error:
        return _complain(_in_shell(error), 2)
    except (TrainingError, OSError) as error:
        return _complain(str(error), 1)
    return 130 if result.ending is Ending.INTERRUPT else 0


def make_parser() -> ArgumentParser:
    """The parser of all settings, for the command line and for YAML files alike."""
    from jsonargparse import ArgumentParser

    parser = ArgumentParser(
        prog="xent fit",
        usage="xent fit [SOURCE] [--SETTING VALUE ...]",
        description="Train, validate and test a classifier on SOURCE (by default digits). "
        "Every setting can also stand in a YAML file.",
        exit_on_error=False,
    )
    parser.add_argument("--config", action="config", help="A YAML file of settings; options after it win.")
    parser.add_class_arguments(FitConfig)
    return parser


def read_config(argv: list[str]) -> FitConfig:
    """The settings that the arguments ask for.

    Raises:
        UsageError: an unknown setting, a missing value or file; SettingError: a value that a setting cannot have;
        SystemExit: after --help or --print_config.
    """
    arguments = _with_source_named(argv)
    try:
        settings = make_parser().parse_args(arguments)
    except ArgumentError as error:
        raise _explained(str(error)) from None
    return FitConfig(**{name: settings[name] for name in rules()})


def _with_source_named(argv: list[str]) -> list[str]:
    """The arguments, with a source that stands alone written as --source, which a YAML file can set too."""
    options = [*(f"--{name}" for name in rules()), "--config", *_FLAGS]
    arguments, sources = [], []
    words = iter(argv)
    for word in words:
        name, has_value, _ = word.partition("=")
        if not word.startswith("-"):
            sources.append(word)
        elif name not in options:
            raise UsageError(_unknown(name, options))
        elif has_value or name in _FLAGS:
            arguments.append(word)
        else:
            value = next(words, None)
            if value is None or value in options:
                raise UsageError(f"{name} needs a value; write for example {_example(name.removeprefix('--'))}")
            arguments.append(f"{name}={value}")
    if len(sources) > 1:
        raise UsageError(f"expected one source, got {len(sources)}: {' '.join(sources)}; write one, or none")
    return [*arguments, *(f"--source={source}" for source in sources)]


def _explained(message: str) -> Exception:
    """The parser's complaint in our words, where we have better ones."""
    unknown = re.search(r"Option '([^']+)' is not accepted", message)
    if unknown:
        return UsageError(f"in the YAML file: {_unknown(unknown[1], list(rules()))}")
    value = re.search(r'Parser key "(\w+)":.*Got value: (.*)', message, re.DOTALL)
    if value and value[1] in rules():
        rule = rules()[value[1]]
        return SettingError(value[1], rule.expected, value[2].strip(), rule.example)
    return UsageError(message.replace('Parser key "config":', "--config:"))


def _unknown(name: str, known: list[str]) -> str:
    long_names = {"--learning_rate": "--lr", "--learning-rate": "--lr", "--patience": "--patience_epochs"}
    near = [long_names[name]] if name in long_names else difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"there is no setting {name}; {hint}xent fit --help lists all settings"


def _example(name: str) -> str:
    return "--config settings.yaml" if name == "config" else f"--{name} {rules()[name].example}"


def _in_shell(error: UsageError | SettingError) -> str:
    if isinstance(error, SettingError):
        return f"--{error.name}: {error.reason()}; write for example --{error.name} {error.example}"
    return str(error)


def _complain(text: str, status: int) -> int:
    print(f"xent fit: error: {text}", file=sys.stderr)
    return status
