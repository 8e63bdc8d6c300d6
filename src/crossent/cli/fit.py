"""`crossent fit`: from labelled data to a trained and tested classifier."""

from __future__ import annotations

import re
import sys
from argparse import ArgumentError
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..train.config.fit import FitConfig, SettingError, rules
from ..train.config.names import UnknownSettingError, configured, flattened, whole_name

if TYPE_CHECKING:
    from jsonargparse import ArgumentParser

# What comes with `pip install "crossent[train]"`, by import name.
_EXTRA = ("jsonargparse", "lightning_fabric", "rich", "safetensors", "sklearn", "pyarrow", "PIL", "tokenizers")
# Options that stand alone; every other takes one value.
_FLAGS = ("--help", "-h", "--print_config")
_EXAMPLES = {"config": "settings.yaml", "resume": "runs/first-try"}


class UsageError(Exception):
    """Arguments that cannot be understood; the text says what to write."""


def run(argv: list[str]) -> int:
    """Read the settings, train, and return the exit status."""
    missing = [name for name in _EXTRA if find_spec(name) is None]
    if missing:
        return _complain(f"{', '.join(missing)} not installed; write: pip install 'crossent[train]'", 1)
    try:
        settings, resume = read_settings(argv)
        # So that wrong values are answered before torch has loaded.
        config = configured(FitConfig(), settings) if resume is None else None
    except SystemExit as done:
        # --help and --print_config have printed and leave through here.
        return int(done.code or 0)
    except (UsageError, SettingError) as error:
        return _complain(_in_shell(error), 2)

    # Here, not above: torch loads for seconds, and wrong arguments should be answered at once.
    from ..train.data import DataError
    from ..train.errors import TrainingError
    from ..train.fitting.fit import run as train
    from ..train.state.checkpoint import CheckpointError

    try:
        outcome = train(config=config) if resume is None else train(resume=resume, **settings)
    except SettingError as error:
        return _complain(_in_shell(error), 2)
    except (TrainingError, CheckpointError, DataError, OSError) as error:
        return _complain(str(error), 1)
    return 0 if outcome.signal is None else 128 + outcome.signal


def make_parser() -> ArgumentParser:
    """The parser of all settings."""
    from jsonargparse import ArgumentParser

    parser = ArgumentParser(
        prog="crossent fit",
        usage="crossent fit [SOURCE] [--SETTING VALUE ...]\n       crossent fit --resume RUN [--SETTING VALUE ...]",
        description="Train, validate and test a classifier on SOURCE (by default digits): a file, a folder or a data "
        "set that ships inside scikit-learn. Every setting can also stand in a YAML file. The group may be left out "
        "where the rest is clear: --target, --momentum, --label_smoothing, --patience (stop.patience); and a group "
        "alone is its name: --model cnn, --optimizer sgd, --schedule cosine.",
        exit_on_error=False,
    )
    parser.add_argument("--config", metavar="FILE", help="A YAML file of settings; options after it win.")
    parser.add_argument("--resume", metavar="RUN", help="Go on with the run in this folder, exactly where it stopped.")
    parser.add_argument("--print_config", action="store_true", help="Print the settings as YAML, and do nothing else.")
    parser.add_class_arguments(FitConfig)
    return parser


def read_config(argv: list[str]) -> FitConfig:
    """The settings that the arguments ask for."""
    return configured(FitConfig(), read_settings(argv)[0])


def read_settings(argv: list[str]) -> tuple[dict[str, Any], Path | None]:
    """The settings that the arguments name, by whole name, and the run to go on with.

    Raises:
        UsageError: an unknown setting, a missing value or file; SettingError: a value that a setting cannot have;
        SystemExit: after --help or --print_config.
    """
    words = _words(argv)
    if any(name in ("help", "h") for name, _ in words):
        print(make_parser().format_help())
        raise SystemExit(0)
    settings: dict[str, Any] = {}
    resume: Path | None = None
    for name, text in words:
        if name == "config":
            settings |= _from_file(Path(text))
        elif name == "resume":
            resume = Path(text)
        elif name != "print_config":
            settings |= {name: text}
    values = _typed(settings)
    if ("print_config", "") in words:
        from ..train.config.fit import to_yaml

        print(to_yaml(configured(FitConfig(), values)), end="")
        raise SystemExit(0)
    return values, resume


def _words(argv: list[str]) -> list[tuple[str, str]]:
    """Pairs of a setting's whole name and the text of its value; a word alone is the source."""
    pairs: list[tuple[str, str]] = []
    sources: list[str] = []
    words = iter(argv)
    for word in words:
        option, has_value, text = word.partition("=")
        if not word.startswith("-"):
            sources.append(word)
        elif option in _FLAGS:
            pairs.append((option.lstrip("-"), ""))
        else:
            name = option.removeprefix("--")
            name = name if name in _EXAMPLES else _whole(name)
            if not has_value:
                found = next(words, None)
                if found is None or found.startswith("--"):
                    raise UsageError(f"{option} needs a value; write for example {option} {_example(name)}")
                text = found
            pairs.append((name, text))
    if len(sources) > 1:
        raise UsageError(f"expected one source, got {len(sources)}: {' '.join(sources)}; write one, or none")
    return [*pairs, *(("data.source", source) for source in sources)]


def _whole(name: str) -> str:
    try:
        return whole_name(name)
    except UnknownSettingError as error:
        hint = f"did you mean --{error.near}? " if error.near else ""
        raise UsageError(f"there is no setting --{name}; {hint}crossent fit --help lists all settings") from None


def _from_file(path: Path) -> dict[str, Any]:
    """The settings of a YAML file, by whole name."""
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"--config: {path} cannot be read ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        text = " ".join(str(error).split())
        raise UsageError(f"--config: {path} is not YAML: {text}") from None
    if not isinstance(content or {}, dict):
        raise UsageError(f"--config: {path} must hold settings, a line each; write for example lr: 0.001")
    try:
        return flattened(content or {})
    except UnknownSettingError as error:
        hint = f"did you mean {error.near}? " if error.near else ""
        raise UsageError(
            f"in {path}: there is no setting {error.name}; {hint}crossent fit --help lists all settings"
        ) from None


def _typed(settings: dict[str, Any]) -> dict[str, Any]:
    """The values as the settings' types want them; texts of the command line are read for that."""
    texts = {name: value for name, value in settings.items() if isinstance(value, str)}
    if not texts:
        return settings
    try:
        read = make_parser().parse_args([f"--{name}={text}" for name, text in texts.items()])
    except ArgumentError as error:
        raise _explained(str(error), texts) from None
    kwargs = {name: text for name, text in texts.items() if name.startswith("model.kwargs.")}
    typed = {name: read[name] for name in texts if name not in kwargs}
    inner = read["model"]["kwargs"]
    return {**settings, **typed, **{name: inner[name.removeprefix("model.kwargs.")] for name in kwargs}}


def _explained(message: str, texts: dict[str, str]) -> Exception:
    """The parser's complaint in our words."""
    found = re.search(r'Parser key "([\w.]+)"', message)
    name = found[1] if found else ""
    if name in rules() and name in texts:
        rule = rules()[name]
        return SettingError(name, rule.expected, texts[name], rule.example)
    return UsageError(message)


def _example(name: str) -> object:
    known = rules()
    return _EXAMPLES.get(name) or (_shell(known[name].example) if name in known else "1")


def _shell(value: object) -> str:
    """A value as one word of a command line."""
    import json

    text = value if isinstance(value, str) else json.dumps(value)
    return f"'{text}'" if re.search(r"[\s\[{\"'|;&*]", text) else text


def _in_shell(error: UsageError | SettingError) -> str:
    if not isinstance(error, SettingError):
        return str(error)
    if error.name == "data.source":
        return f"{error.reason()}; write for example crossent fit {_shell(error.example)}"
    return f"--{error.name}: {error.reason()}; write for example --{error.name} {_shell(error.example)}"


def _complain(text: str, status: int) -> int:
    print(f"crossent fit: error: {text}", file=sys.stderr)
    return status
