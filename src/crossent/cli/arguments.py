"""The reader of all command lines: one spelling of options, one set of messages, one help."""

from __future__ import annotations

import difflib
from argparse import PARSER, Action, ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..files import try_to_write
from ..printable import in_shell
from ..program import Program, ProgramError
from ..train.config.rules import SettingError
from ..train.errors import RunError
from ..train.inference.places import run_folder
from ..wording import LANGUAGES, folded, say


class CommandError(Exception):
    """An error that ends a command, and its exit status."""

    def __init__(self, text: str, status: int = 1) -> None:
        self.status = status
        super().__init__(text)


class UsageError(CommandError):
    """Arguments that cannot be understood; the text says what to write."""

    def __init__(self, text: str) -> None:
        super().__init__(text, 2)


class _Help(RawDescriptionHelpFormatter):
    """Help in the language that is spoken, broken by its width."""

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, say("usage: "))

    def start_section(self, heading: str | None) -> None:
        super().start_section(say(heading or ""))

    def _split_lines(self, text: str, width: int) -> list[str]:
        return folded(" ".join(text.split()), width)


class Parser(ArgumentParser):
    """Reads what `add` declares: options anywhere, `-` and `_` in their names the same, the last of two wins.

    Args:
        command: its name.
        arguments: what stands behind it in the usage, one line per way to call it.
        option: what its options are called in messages.
        description, epilog: above and below the list of its arguments.
    """

    def __init__(
        self, command: str, *arguments: str, option: str = "option", description: str = "", epilog: str = ""
    ) -> None:
        name = f"crossent {command}"
        usage = "\n       ".join(f"{name} {line}".strip() for line in arguments)
        super().__init__(prog=name, usage=usage, formatter_class=_Help, add_help=False)
        self.description, self.epilog = say(description), say(epilog) or None
        self._option = say(option)
        self._options: dict[str, Action] = {}
        self._places: list[Action] = []
        # The place that takes all further words.
        self._many: Action | None = None
        self._examples: dict[Action, object] = {}
        self.help = self.add("-h", "--help", action="store_true", help="show this text")

    def add(self, *names: str, example: object = None, group: Any = None, **settings: Any) -> Action:
        """Declare an argument as `add_argument` does; `example` is a right value of an option that takes one."""
        settings["help"] = say(settings["help"])
        action: Action = (group or self).add_argument(*names, **settings)
        self._examples[action] = example
        self._options |= {_plain(name): action for name in action.option_strings}
        if not action.option_strings:
            self._places.append(action)
            self._many = action if action.nargs == "+" else self._many
        return action

    def add_run(self) -> None:
        """Declare the folder of a run, and what of the code that it may name is trusted."""
        self.add("run", metavar="RUN", help="the folder of a run, such as runs/first-try")
        model = "the import path of the run's model, which may then be imported and run"
        self.add("--model", metavar="PATH", example="package.module:Class", help=model)
        self.add_trust("RUN")
        self.add_language()

    def add_language(self) -> None:
        """Declare the language of what is said; `main` looks for it before anything else is read."""
        language = "the language of what is said: en, zh, or auto, that of the environment (default: auto)"
        choices = ("auto", *LANGUAGES)
        self.add("--lang", choices=choices, default="auto", metavar="LANGUAGE", example="zh", help=language)

    def add_trust(self, where: str) -> None:
        """Declare the consent to run what a file names."""
        trust = (
            f"import and run the model that {where} names by an import path, and connect to a database that it "
            "names; without this, files are data alone"
        )
        self.add("--trust-code", action="store_true", help=trust)

    def add_program(self, required: bool = True) -> None:
        """Declare a program, as `given.program`: a script or -m and a module; what comes after it is its own."""
        module = "a module or package instead, as in python -m"
        self.add("-m", dest="program", nargs=PARSER, metavar="MODULE", help=module, example="package.module")
        script = self.add(
            "program", nargs=PARSER, metavar="SCRIPT", help="a file, or a folder or zip with a __main__.py"
        )
        script.required = required

    def read(self, argv: list[str]) -> Namespace | None:
        """The values of all arguments, and in `named` those that were given, in their order; None after --help.

        Raises:
            UsageError: they cannot be understood.
        """
        actions = [*dict.fromkeys(self._options.values()), *self._places]
        found = list(self.words(argv))
        if any(action is self.help for action, _ in found):
            self.print_help()
            return None
        named = [(action.dest, self._value(action, words)) for action, words in found]
        given = Namespace(**{action.dest: action.default for action in actions})
        vars(given).update(named, named=named)
        if self._many is not None:
            vars(given)[self._many.dest] = [value for name, value in named if name == self._many.dest]
        for action in actions:
            if action.required and action.dest not in dict(named):
                name = "/".join(action.option_strings) or action.metavar
                raise UsageError(f"{name} is missing\n{self.format_usage().strip()}")
        return given

    def words(self, argv: list[str]) -> Iterator[tuple[Action, list[str]]]:
        """The arguments that are given, in their order, with their words.

        Raises:
            UsageError: an option that there is not, or one that lacks its value.
        """
        places, words, optionless = iter(self._places), iter(argv), False
        for word in words:
            value: list[str] = []
            if word == "--" and not optionless:
                optionless = True
                continue
            if word.startswith("-") and word != "-" and not optionless:
                action, name, value = self._named(word)
                if action.nargs != 0 and not value:
                    following = next(words, "--")
                    if following.startswith("--"):
                        raise UsageError(
                            f"{name} needs a value; write for example {name} {self._examples.get(action, 1)}"
                        )
                    value = [following]
            else:
                place = next(places, self._many)
                if place is None:
                    raise UsageError(self.surplus(word))
                action, value = place, [word]
            yield action, [*value, *words] if action.nargs == PARSER else value

    def _named(self, word: str) -> tuple[Action, str, list[str]]:
        """The option that a word names, its longest name, and its value where the word holds that too."""
        name, has_value, text = word.partition("=")
        action = self.find(name)
        if action is None and not word.startswith("--"):
            name, has_value, text = word[:2], "yes", word[2:]
            action = self.find(name)
        if action is None:
            raise UsageError(self._unknown(word.partition("=")[0]))
        name = name if name.startswith("--") else max(action.option_strings, key=len)
        if has_value and action.nargs == 0:
            raise UsageError(f"{name} takes no value; write {name} alone")
        return action, name, [text] if has_value else []

    def find(self, name: str) -> Action | None:
        """The option of this name."""
        return self._options.get(_plain(name))

    def nearest(self, name: str) -> str | None:
        """The option whose name is most like this one."""
        spellings = [spelled for action in self._options.values() for spelled in action.option_strings]
        # Without the dashes, which all have in common.
        known = {_plain(spelled).lstrip("-"): spelled for spelled in spellings}
        return next((known[near] for near in difflib.get_close_matches(_plain(name).lstrip("-"), known, n=1)), None)

    def surplus(self, word: str) -> str:
        """The complaint about a word for which there is no place."""
        return f"one argument too many: {word!r}\n{self.format_usage().strip()}"

    def _unknown(self, name: str) -> str:
        near = self.nearest(name)
        hint = f"did you mean {near}? " if near else ""
        if not near and any(place.nargs == PARSER for place in self._places):
            hint = "options of the script come after its name; "
        return f"there is no {self._option} {name}; {say(hint)}{self.prog} --help lists all {self._option}s"

    def _value(self, action: Action, words: list[str]) -> Any:
        if action.nargs == 0:
            return True
        if action.nargs == PARSER:
            return _program(words, is_module=bool(action.option_strings))
        (text,), read = words, action.type
        name = next(reversed(action.option_strings), str(action.metavar))
        choices = list(action.choices or [text])
        if text not in choices:
            near = (difflib.get_close_matches(text, choices, n=1, cutoff=0.3) or choices)[0]
            expected = f"one of {', '.join(choices)}"
            raise UsageError(f"{name}: expected {expected}, got {text!r}; write for example {name} {near}")
        try:
            return read(text) if callable(read) else text
        except ArgumentTypeError as error:
            expected, *own = error.args
            example = own[0] if own else self._examples[action]
            raise UsageError(f"{name}: {expected}; write for example {name} {example}") from None


def check_run(given: Namespace) -> None:
    """End the command where RUN is no folder of a run, which can be said before torch has loaded."""
    with failing(RunError, status=2):
        run_folder(given.run)


@contextmanager
def failing(*errors: type[Exception], status: int = 1) -> Iterator[None]:
    """Make these errors the end of a command; one about a setting is worded as it is written in a shell."""
    try:
        yield
    except errors as error:
        text = of_system(error) if isinstance(error, OSError) else str(error)
        if isinstance(error, SettingError):
            # A setting that is no option stands alone: SOURCE.
            name = "SOURCE" if error.name == "data.source" else error.name
            name, start = (name, "") if name.isupper() else (f"--{name}", f"--{name} ")
            text = f"{name}: {error.reason()}; write for example {start}{in_shell(error.example)}"
        raise CommandError(text, status) from error


def of_system(error: OSError) -> str:
    """The place and the reason of an error of the system, without its number."""
    if not error.strerror:
        return str(error)
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror


def _program(words: list[str], is_module: bool) -> Program:
    program = Program(words[0], words[1:], is_module)
    with failing(ProgramError, status=2):
        program.check()
    return program


def _plain(name: str) -> str:
    return name.replace("_", "-")


def whole(text: str) -> int:
    """A whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"expected a whole number of at least 1, got {text!r}")
    return int(text)


def new_file(text: str) -> Path:
    """The path of a file to write, in a folder that exists and takes it: known before the work is done."""
    path = Path(text)
    if path.is_dir() or not path.name:
        raise ArgumentTypeError(f"expected a file, got the folder {text!r}", path / "file")
    if not path.absolute().parent.is_dir():
        raise ArgumentTypeError(f"there is no folder {str(path.parent)!r}", path.name)
    try:
        try_to_write(path)
    except OSError as error:
        raise ArgumentTypeError(f"cannot write {text!r}: {error.strerror}") from None
    return path
