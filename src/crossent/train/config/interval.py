"""Lengths of training with their unit: 1000steps, 10epochs, 5evaluations; free of torch."""

from __future__ import annotations

import re
from typing import NamedTuple

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


class Position(NamedTuple):
    """How far a training is: optimizer steps and evaluations that are done."""

    step: int = 0
    evaluation: int = 0


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
