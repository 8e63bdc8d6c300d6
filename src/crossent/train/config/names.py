"""The names of settings: whole, as in `optimizer.momentum`, or short where one is enough; free of torch."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from pathlib import PurePath
from typing import Any

from .fit import FitConfig, rules
from .groups import pretrained
from .rules import groups_of

# What a group means by a plain value: --model cnn, --optimizer sgd, --data reviews.csv.
MAIN = {"data": "source", "model": "name", "optimizer": "name", "schedule": "name"}
# What the same thing is called elsewhere.
ELSEWHERE = {
    "learning_rate": "lr",
    "num_epochs": "epochs",
    "max_epochs": "epochs",
    "max_steps": "steps",
    "accumulate": "micro_batch_size",
    "accumulate_grad_batches": "micro_batch_size",
    "gradient_accumulation_steps": "micro_batch_size",
    "early_stopping": "stop.patience",
    "class_weight": "loss.weight",
    "class_weights": "loss.weight",
    "scheduler": "schedule",
    "gradient_clip_val": "clip",
    "max_grad_norm": "clip",
    "random_state": "seed",
    "gpus": "devices",
    "patience_epochs": "stop.patience",
}
# Of two settings with one short name, the one that is meant.
_MEANT = {"patience": "stop.patience", "weight": "loss.weight"}


class UnknownSettingError(TypeError):
    """A setting that there is not; `near` is the one that was probably meant."""

    def __init__(self, name: str, near: str | None) -> None:
        self.name, self.near = name, near
        hint = f"; did you mean {near}?" if near else ""
        super().__init__(f"there is no setting {name}{hint}")


def is_code(model: object) -> bool:
    """Return whether the name of a model is an import path."""
    return isinstance(model, str) and ":" in model and pretrained(model) is None


def is_url(source: str) -> bool:
    """Return whether a source is an address rather than a path."""
    return re.match(r"[A-Za-z][\w+.-]*://", source) is not None


def consent(trust_code: bool, typed: Iterable[object]) -> frozenset[object]:
    """The names in a file that may run or be connected to: those that the user has typed; with True, all of them."""
    return frozenset((*([True] if trust_code else []), *(value for value in typed if isinstance(value, str))))


def short_names() -> dict[str, str]:
    """The settings of groups that can be written without their group, and what they stand for."""
    names: dict[str, list[str]] = {}
    for whole in rules():
        names.setdefault(whole.rpartition(".")[2], []).append(whole)
    found = {short: wholes[0] for short, wholes in names.items() if len(wholes) == 1 and "." in wholes[0]}
    return {**found, **_MEANT}


def whole_name(name: str) -> str:
    """The whole name of a setting, from any way to write it.

    Raises:
        UnknownSettingError: there is no such setting.

    Example::

        >>> from crossent.train.config.names import whole_name
        >>> whole_name("lr"), whole_name("momentum"), whole_name("optimizer")
        ('lr', 'optimizer.momentum', 'optimizer.name')
    """
    known, name = rules(), name.replace("-", "_")
    if name in known or name.startswith("model.kwargs."):
        return name
    if name in MAIN:
        return f"{name}.{MAIN[name]}"
    short = short_names()
    if name in short:
        return short[name]
    raise UnknownSettingError(name, nearest(name))


def nearest(name: str) -> str | None:
    """The setting whose name is most like this one."""
    plain = name.replace("-", "_")
    if plain in ELSEWHERE:
        return ELSEWHERE[plain]
    candidates = [*rules(), *short_names(), *MAIN]
    if plain in candidates:
        return plain
    near = difflib.get_close_matches(plain, candidates, n=1, cutoff=0.6)
    if not near and "." in plain:
        near = difflib.get_close_matches(plain.rpartition(".")[2], candidates, n=1, cutoff=0.6)
    return near[0] if near else None


def flattened(settings: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Settings in nested dicts by whole name.

    Raises:
        UnknownSettingError: there is no such setting.
    """
    groups = groups_of(FitConfig)
    found: dict[str, Any] = {}
    for name, value in settings.items():
        path = prefix + str(name)
        if path in groups and is_dataclass(value):
            found |= {f"{path}.{item.name}": getattr(value, item.name) for item in fields(value)}
        elif path in groups and isinstance(value, dict):
            found |= flattened(value, f"{path}.")
        else:
            found[whole_name(path)] = str(value) if isinstance(value, PurePath) else value
    return found


def configured(base: FitConfig, settings: dict[str, Any]) -> FitConfig:
    """The base with these settings changed.

    Raises:
        UnknownSettingError: there is no such setting; SettingError: a value that a setting cannot have.

    Example::

        >>> from crossent.train.config.fit import FitConfig
        >>> configured(FitConfig(), {"optimizer": "sgd", "momentum": 0.5, "lr": 0.1}).optimizer.momentum
        0.5
    """
    changes: dict[str, dict[str, Any]] = {}
    for name, value in flattened(settings).items():
        group, _, rest = name.rpartition(".")
        if group == "model.kwargs":
            kwargs = changes.setdefault("model", {}).setdefault("kwargs", dict(base.model.kwargs))
            kwargs[rest] = value
        else:
            changes.setdefault(group, {})[rest or name] = value
    top = changes.pop("", {})
    groups = {group: replace(getattr(base, group), **inner) for group, inner in changes.items()}
    return replace(base, **top, **groups)
