"""`crossent fit`: from labelled data to a trained and tested classifier."""

from __future__ import annotations

import inspect
import json
import re
import time
from argparse import Action, ArgumentTypeError, Namespace
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from ..extras import require
from ..printable import in_shell
from ..train.config.fit import FitConfig, Rule, SettingError, rules, to_yaml
from ..train.config.groups import is_fetched
from ..train.config.names import (
    UnknownSettingError,
    configured,
    flattened,
    is_code,
    is_url,
    nearest,
    whole_name,
)
from ..train.config.rules import groups_of
from ..train.config.yaml import read_yaml
from ..wording import say
from .arguments import Parser, UsageError, failing
from .memory import keep_freed_memory

EXTRA = "train"
LISTED = "crossent fit --help lists all settings"


class SettingsParser(Parser):
    """Knows settings by all their names: --optimizer.momentum, --momentum, and --optimizer for its name."""

    def find(self, name: str) -> Action | None:
        found = super().find(name)
        if found is None and name.startswith("--"):
            try:
                whole = whole_name(name.removeprefix("--"))
            except UnknownSettingError:
                return None
            found = super().find(f"--{whole}") or Action([f"--{whole}"], whole, type=_value)
        return found

    def nearest(self, name: str) -> str | None:
        near = nearest(name.lstrip("-"))
        return f"--{near}" if near else super().nearest(name)


def make_parser() -> Parser:
    """The arguments: every setting is an option."""
    parser = SettingsParser(
        "fit",
        "[SOURCE] [--SETTING VALUE ...]",
        "--resume RUN [--SETTING VALUE ...]",
        option="setting",
        description="Train, validate and test a classifier on SOURCE (by default digits): a file, a folder or a data\n"
        "set that ships inside scikit-learn. Every setting can also stand in a YAML file. The group may be left out\n"
        "where the rest is clear: --target, --momentum, --label_smoothing, --patience (stop.patience); and a group\n"
        "alone is its name: --model cnn, --optimizer sgd, --schedule cosine.",
    )
    add = parser.add
    add("data.source", nargs="?", metavar="SOURCE", help="the labelled data; also --data.source")
    config = "a YAML file of settings; options after it win"
    add("--config", type=_from_file, metavar="FILE", example="settings.yaml", help=config)
    resume = "go on with the run in this folder, exactly where it stopped"
    add("--resume", type=Path, metavar="RUN", example="runs/first-try", help=resume)
    parser.add_trust("FILE or RUN")
    add("--print_config", action="store_true", help="print the settings as YAML, and do nothing else")
    groups = {"": FitConfig, **groups_of(FitConfig)}
    boxes = {name: parser.add_argument_group(_title(group)) for name, group in groups.items()}
    texts = {name: _field_texts(group) for name, group in groups.items()}
    defaults = asdict(FitConfig())
    for name, rule in rules().items():
        group, _, field = name.rpartition(".")
        default = (defaults[group] if group else defaults)[field]
        usual = "" if default is None else say(f"; default: {in_shell(default)}")
        text = f"{say(texts[group][field])} ({say(rule.expected)}{usual})"
        add(
            f"--{name}",
            type=partial(_typed, rule),
            metavar="VALUE",
            example=in_shell(rule.example),
            group=boxes[group],
            help=text.replace("%", "%%"),
        )
    return parser


def run(given: Namespace) -> int:
    """Train, and return the exit status."""
    settings, began = settings_of(given), time.monotonic()
    with failing(SettingError, status=2):
        # So that wrong values are answered before torch has loaded.
        config = configured(FitConfig(), settings) if given.resume is None or given.print_config else None
    if given.print_config:
        print(to_yaml(config or FitConfig()), end="")
        return 0

    keep_freed_memory()
    from ..train.data import DataError
    from ..train.data.planning import judge

    with failing(DataError, OSError), failing(SettingError, status=2):
        if config is not None:
            judge(config.data, config.seed)
    # Here, not above: torch loads for seconds, and wrong arguments and data should be answered at once.
    from ..train.errors import TrainingError
    from ..train.fitting.api import run as train
    from ..train.models.code import check_trusted
    from ..train.state.checkpoint import CheckpointError

    with failing(TrainingError, CheckpointError, DataError, OSError), failing(SettingError, status=2):
        if config is not None and is_code(config.model.name) and not _is_typed(given, "model.name", config.model.name):
            check_trusted(config.model.name, "--config", frozenset([True]))
        outcome = (
            train(config=config, began=began)
            if given.resume is None
            else train(resume=given.resume, trust_code=given.trust_code, began=began, **settings)
        )
    return 0 if outcome.signal is None else 128 + outcome.signal


def settings_of(given: Namespace) -> dict[str, Any]:
    """The settings that the arguments name, by whole name, the later ones in place of the earlier."""
    settings: dict[str, Any] = {}
    for name, value in given.named:
        if name == "config":
            settings |= value
        elif name not in ("resume", "print_config", "trust_code"):
            settings[name] = value
    for name, what in _CONSENT.items():
        value = settings.get(name)
        fetched = name == "model.name" and is_fetched(value)
        code = is_code(value) if name == "model.name" else isinstance(value, str) and is_url(value)
        if (fetched or code) and not given.trust_code and not _is_typed(given, name, value):
            what = "the model, which would be fetched from the Hugging Face hub" if fetched else what
            raise UsageError(
                f"--config names {value} as {what}. If you know and trust it, write --trust-code, or "
                f"--{name} {in_shell(value)}"
            )
    return settings


# What a settings file may name outside of itself, and what would become of it.
_CONSENT = {
    "model.name": "the model, which is code outside of it, and would be imported and run",
    "data.source": "the data, which would be connected to",
    "data.val": "the validation data, which would be connected to",
    "data.test": "the test data, which would be connected to",
}


def _is_typed(given: Namespace, name: str, value: object) -> bool:
    return (name, value) in given.named


def _from_file(text: str) -> dict[str, Any]:
    """The settings of a YAML file, by whole name."""
    require(EXTRA)

    try:
        return flattened(read_yaml(Path(text)))
    except OSError as error:
        raise UsageError(f"--config: {text} cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise UsageError(f"--config: {text} cannot be read: {error}") from None
    except UnknownSettingError as error:
        hint = f"did you mean {error.near}? " if error.near else ""
        raise UsageError(f"in {text}: there is no setting {error.name}; {hint}{LISTED}") from None


def _typed(rule: Rule, text: str) -> Any:
    """A text of the command line as the value that its setting can have."""
    for value in (*([None] if text == "null" else []), text, _value(text)):
        if rule.holds(value):
            return value
    raise ArgumentTypeError(f"expected {rule.expected}, got {text!r}")


def _value(text: str) -> Any:
    """A text as JSON, as YAML, or as it is."""
    require(EXTRA)
    import yaml

    # YAML 1.1 takes 1e-05 for a text.
    for read, error in ((json.loads, ValueError), (yaml.safe_load, yaml.YAMLError)):
        try:
            return read(text)
        except error:
            continue
    return text


def _title(settings: type) -> str:
    return (inspect.getdoc(settings) or "").partition(".\n")[0]


def _field_texts(settings: type) -> dict[str, str]:
    """The lines of a docstring on each field."""
    arguments = (inspect.getdoc(settings) or "").partition("Args:\n")[2]
    found = re.finditer(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", arguments, re.MULTILINE)
    return {entry[1]: " ".join(entry[2].split()) for entry in found}
