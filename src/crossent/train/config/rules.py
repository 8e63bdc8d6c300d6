"""Rules of the settings: one beside each field of the settings' dataclasses, and one error for all of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import field, fields, is_dataclass
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class SettingError(ValueError):
    """A setting has a value that it cannot have: what was expected, what came, what to write instead."""

    def __init__(self, name: str, expected: str, got: object, example: object) -> None:
        self.name, self.expected, self.got, self.example = name, expected, got, example
        super().__init__(f"{name}: {self.reason()}; write for example {name}={example!r}")

    def __reduce__(self) -> tuple[Any, ...]:
        # Between the processes of a run.
        return type(self), (self.name, self.expected, self.got, self.example)

    def reason(self) -> str:
        """The part that reads the same in Python and in a shell."""
        return f"expected {self.expected}, got {self.got!r}"


class Rule(NamedTuple):
    """A condition on a value, in words and as a test, and a value that meets it."""

    expected: str
    holds: Callable[[Any], bool]
    example: object


def is_number(value: object) -> bool:
    """A finite number, and no bool."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def is_whole(value: object) -> bool:
    """An integer, and no bool."""
    return isinstance(value, int) and not isinstance(value, bool)


def setting(default: T, expected: str, holds: Callable[[Any], bool], example: object = None) -> T:
    """A dataclass field with its rule; `example` stands in messages where the default would not help."""
    rule = Rule(expected, holds, default if example is None else example)
    made: T
    if isinstance(default, (list, dict)):
        made = field(default_factory=lambda: deepcopy(default), metadata={"rule": rule})
    else:
        made = field(default=default, metadata={"rule": rule})
    return made


def whole(default: int, low: int) -> int:
    """A whole number of at least `low`."""
    return setting(default, f"a whole number of at least {low}", lambda v: is_whole(v) and v >= low)


def choice(default: T, *choices: object) -> T:
    """One of these."""
    return setting(default, f"one of {', '.join(map(str, choices))}", lambda v: isinstance(v, str) and v in choices)


def flag(default: bool) -> bool:
    """True or False."""
    return setting(default, "true or false", lambda v: isinstance(v, bool), example=not default)


def at_least(default: float, low: float, example: float | None = None) -> float:
    """A number with a lower limit."""
    return setting(default, f"a number of at least {low:g}", lambda v: is_number(v) and v >= low, example)


def fraction(default: float, example: float | None = None) -> float:
    """A number above 0 and below 1."""
    return setting(default, "a number above 0 and below 1", lambda v: is_number(v) and 0 < v < 1, example)


def share(default: float, example: float | None = None) -> float:
    """A number of at least 0 and below 1."""
    return setting(default, "a number of at least 0 and below 1", lambda v: is_number(v) and 0 <= v < 1, example)


def optional(expected: str, holds: Callable[[Any], bool], example: object) -> Any:
    """Nothing, or what holds."""
    return setting(None, expected, lambda v: v is None or holds(v), example)


def optional_text(example: str, meaning: str) -> str | None:
    """Nothing, or a text that is not empty."""
    made: str | None = setting(None, meaning, lambda v: v is None or (isinstance(v, str) and v != ""), example)
    return made


def check(config: Any, prefix: str = "") -> None:
    """Hold every field of a settings dataclass to its rule.

    Raises:
        SettingError: the first that is broken, under its name behind `prefix`.
    """
    for item in fields(config):
        rule = item.metadata.get("rule")
        value = getattr(config, item.name)
        if rule is not None and not rule.holds(value):
            raise SettingError(prefix + item.name, rule.expected, value, rule.example)


def groups_of(settings: Any) -> dict[str, Any]:
    """The dataclasses inside a settings dataclass, by the field that holds them."""
    factories: dict[str, Any] = {item.name: item.default_factory for item in fields(settings)}
    return {name: factory for name, factory in factories.items() if isinstance(factory, type) and is_dataclass(factory)}


def rules_of(settings: Any, prefix: str = "") -> dict[str, Rule]:
    """The rule of each setting of a dataclass and of the dataclasses inside it, by its whole name, in order."""
    groups = groups_of(settings)
    found: dict[str, Rule] = {}
    for item in fields(settings):
        if item.name in groups:
            found.update(rules_of(groups[item.name], f"{prefix}{item.name}."))
        elif "rule" in item.metadata:
            found[prefix + item.name] = item.metadata["rule"]
    return found
