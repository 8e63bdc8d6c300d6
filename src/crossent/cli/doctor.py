"""`crossent doctor SCRIPT`: run a training script and say what is silently wrong with it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

USAGE = """\
usage: crossent doctor [OPTIONS] SCRIPT [ARGUMENTS]
       crossent doctor [OPTIONS] -m MODULE [ARGUMENTS]

Runs a training script, unmodified, as `python SCRIPT ARGUMENTS` would, watches what it does with torch, and says at
the end what is silently wrong with the training, at which line, and what to write instead. Findings go to stderr; the
results of the script do not change.

options:
  --steps N            end the script after N optimizer steps
  --json FILE          also write the findings to FILE
  --lang en|zh         language of the findings (default: en)
  --fail-on LEVEL      exit with 1 if anything at this level or above is found:
                       error, warning or never (default: error)
  -h, --help           show this text

The exit status is the script's own if it failed, else what --fail-on says. Every finding is explained in
docs/doctor.md.
In a notebook or in code of your own: with crossent.doctor.watch() as report: ..."""

_VALUES = {"--steps": "100", "--json": "doctor.json", "--lang": "zh", "--fail-on": "warning"}
_CHOICES = {"--lang": ("en", "zh"), "--fail-on": ("error", "warning", "never")}


class UsageError(Exception):
    """Arguments that cannot be understood; the text says what to write."""


@dataclass(frozen=True)
class Options:
    """The arguments of `crossent doctor`."""

    program: str
    arguments: list[str]
    module: bool = False
    steps: int | None = None
    json: Path | None = None
    language: str = "en"
    fail_on: str = "error"


def run(argv: list[str]) -> int:
    """Run the program watched, show the report, and return the exit status."""
    if any(word in ("-h", "--help") for word in _own(argv)):
        print(USAGE)
        return 0
    try:
        options = read_options(argv)
    except UsageError as error:
        return _complain(str(error))

    # Here, not above: torch loads for seconds, and wrong arguments should be answered at once.
    from ..core.files import write_text
    from ..doctor.console import show
    from ..doctor.report import Report
    from ..doctor.run import find_module, find_script, run_watched

    try:
        program = find_module(options.program) if options.module else find_script(options.program)
    except FileNotFoundError as error:
        return _complain(str(error))

    report = Report(options.language)

    def done(status: int) -> int:
        show(report, sys.stderr)
        if options.json is not None:
            write_text(options.json, report.to_json())
        return status or int(report.reaches(options.fail_on))

    return run_watched(program, options.arguments, report=report, steps=options.steps, done=done)


def read_options(argv: list[str]) -> Options:
    """The options before the program's name, and the program with its own arguments.

    Raises:
        UsageError: an option that there is not, a value that it cannot have, or no program.
    """
    given: dict[str, str] = {}
    words = _own(argv)
    rest = argv[len(words) :]
    position = 0
    while position < len(words):
        name, has_value, value = words[position].partition("=")
        if name not in _VALUES:
            raise UsageError(_unknown(name))
        if not has_value:
            position += 1
            if position == len(words):
                raise UsageError(f"{name} needs a value; write for example {name} {_VALUES[name]}")
            value = words[position]
        given[name] = _checked(name, value)
        position += 1
    module = rest[:1] == ["-m"]
    rest = rest[1:] if module else rest
    if not rest:
        raise UsageError("expected a script to run, got none; write for example crossent doctor train.py")
    json = Path(given["--json"]).absolute() if "--json" in given else None
    return Options(
        rest[0],
        rest[1:],
        module,
        int(given["--steps"]) if "--steps" in given else None,
        json,
        given.get("--lang", "en"),
        given.get("--fail-on", "error"),
    )


def _own(argv: list[str]) -> list[str]:
    """The words before the program: ours. What comes after it is the program's."""
    position = 0
    while position < len(argv) and argv[position].startswith("-") and argv[position] != "-m":
        position += 2 if argv[position] in _VALUES else 1
    return argv[:position]


def _checked(name: str, value: str) -> str:
    choices = _CHOICES.get(name)
    if choices and value not in choices:
        raise UsageError(
            f"{name}: expected one of {', '.join(choices)}, got {value!r}; write for example {name} {_VALUES[name]}"
        )
    if name == "--steps" and (not value.isdecimal() or int(value) < 1):
        raise UsageError(
            f"--steps: expected a whole number of at least 1, got {value!r}; write for example --steps 100"
        )
    if name == "--json" and not Path(value).absolute().parent.is_dir():
        raise UsageError(
            f"--json: there is no folder {str(Path(value).parent)!r}; write for example --json doctor.json"
        )
    return value


def _unknown(name: str) -> str:
    import difflib

    near = difflib.get_close_matches(name, [*_VALUES, "--help"], n=1)
    hint = f"did you mean {near[0]}? " if near else "options of the script come after its name; "
    return f"there is no option {name}; {hint}crossent doctor --help lists all options"


def _complain(text: str) -> int:
    print(f"crossent doctor: error: {text}", file=sys.stderr)
    return 2
