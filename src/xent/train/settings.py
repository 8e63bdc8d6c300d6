"""What a setting may be: a rule beside each field of the settings' dataclasses, and one error for all of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import field, fields
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class SettingError(ValueError):
    """A setting has a value that it cannot have: what was expected, what came, what to write instead."""

    def __init__(self, name: str, expected: str, got: object, example: object) -> None:
        self.name, self.expected, self.got, self.example = name, expected, got, example
        super().__init__(f"{name}: {self.reason()}; write for example {name}={example!r}")

    def reason(self) -> str:
        """The part that reads the same in Python and in a shell."""
        return f"expected {self.expected}, got {self.got!r}"


class Rule(NamedTuple):
    """What a value must be, in words and as a test, and a value that is."""

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
    """A dataclass field with its rule."""
    rule = Rule(expected, holds, default if example is None else example)
    made: T = field(default=default, metadata={"rule": rule})
    return made


def whole(default: int, low: int) -> int:
    """A whole number of at least `low`."""
    return setting(default, f"a whole number of at least {low}", lambda v: is_whole(v) and v >= low)


def choice(default: T, *choices: object) -> T:
    """One of these."""
    return setting(default, "one of " + ", ".join(map(str, choices)), lambda v: v in choices)


def fraction(default: float) -> float:
    """A number above 0 and below 1."""
    return setting(default, "a number above 0 and below 1", lambda v: is_number(v) and 0 < v < 1)


def optional_text(example: str, meaning: str) -> str | None:
    """Nothing, or a text that is not empty."""
    made: str | None = setting(None, meaning, lambda v: v is None or (isinstance(v, str) and v != ""), example)
    return made


def check(config: Any, prefix: str = "") -> None:
    """Hold every field of a settings dataclass to its rule.

    Raises:
        SettingError: the first that is broken, under its name behind `prefix`.
    """
    for name, rule in rules_of(type(config)).items():
        value = getattr(config, name)
        if not rule.holds(value):
            raise SettingError(prefix + name, rule.expected, value, rule.example)


def rules_of(settings: Any) -> dict[str, Rule]:
    """The rule of each setting of a dataclass, in order."""
    return {item.name: item.metadata["rule"] for item in fields(settings) if "rule" in item.metadata}
