"""Lengths of training with their unit: 1000steps, 10epochs, 5evaluations, 1h30m; free of torch."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from .rules import setting

UNITS = ("steps", "epochs", "evaluations")


class Interval(NamedTuple):
    """A length and its unit.

    Example::

        >>> from crossent.train.config.interval import Interval
        >>> Interval.parse("1 epoch")
        Interval(length=1, unit='epochs')
        >>> str(Interval(5, "evaluations"))
        '5 evaluations'
    """

    length: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> Interval:
        """The interval that a text such as "1000steps" names; ValueError if it names none."""
        found = re.fullmatch(r"\s*(\d+)\s*(step|epoch|evaluation)s?\s*", text)
        if not found:
            raise ValueError(f"expected a whole number and its unit, such as 1000steps or 10epochs, got {text!r}")
        return cls(int(found[1]), found[2] + "s")

    def __str__(self) -> str:
        return f"{self.length} {self.unit if self.length != 1 else self.unit[:-1]}"

    def passed(self, since: Position, now: Position, steps_per_epoch: int) -> bool:
        """Return whether this much lies between two positions. An epoch is its number of steps, wherever it begins."""
        if self.unit == "evaluations":
            return now.evaluation - since.evaluation >= self.length
        return now.step - since.step >= self.in_steps(steps_per_epoch)

    def in_steps(self, steps_per_epoch: int) -> int:
        """The same length in optimizer steps; evaluations have none."""
        assert self.unit != "evaluations", "evaluations have no length in steps"
        return self.length * (steps_per_epoch if self.unit == "epochs" else 1)


def seconds(text: str) -> float:
    """The seconds that a time such as "90s", "10m" or "1h30m" has; ValueError if it names none.

    Example::

        >>> from crossent.train.config.interval import seconds
        >>> seconds("1h30m"), seconds("2.5 s")
        (5400.0, 2.5)
    """
    number = r"(?:(\d+(?:\.\d+)?)\s*{}\s*)?"
    found = re.fullmatch(r"\s*" + "".join(map(number.format, "hms")), text)
    if not found or not any(found.groups()):
        raise ValueError(f"expected a time and its unit, such as 90s, 10m or 1h30m, got {text!r}")
    return sum(float(part or 0) * unit for part, unit in zip(found.groups(), (3600, 60, 1), strict=True))


class Position(NamedTuple):
    """How far a training is: optimizer steps and evaluations that are done."""

    step: int = 0
    evaluation: int = 0

    @classmethod
    def of(cls, numbers: Iterable[Any]) -> Position:
        """The position that a checkpoint has kept as two numbers."""
        return cls(*map(int, numbers))


def duration() -> str | None:
    """A setting that is a time, or nothing."""

    def holds(value: object) -> bool:
        try:
            return value is None or (isinstance(value, str) and seconds(value) > 0)
        except ValueError:
            return False

    made: str | None = setting(None, "a time and its unit, such as 90s, 10m or 1h30m", holds, "10m")
    return made


def interval(default: str | None, *units: str, low: int = 1, none: bool = False) -> str:
    """A setting that is an interval in one of these units; `none`: it may also be null."""
    units = units or UNITS
    expected = f"a whole number of at least {low} and its unit ({', '.join(units)})"
    example = default or f"10{units[0]}"

    def holds(value: object) -> bool:
        if value is None:
            return none
        try:
            parsed = Interval.parse(value) if isinstance(value, str) else None
        except ValueError:
            return False
        return parsed is not None and parsed.unit in units and parsed.length >= low

    made: str = setting(default, expected, holds, example)  # type: ignore[assignment]
    return made
