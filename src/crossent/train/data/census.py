"""The census of the data before the first step: a line per class, and all that looks wrong; as values and as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ...wording import folded, left, right, say, width
from ..tasks.registry import target_of
from ..tasks.target import Target
from .records.base import BadRow

_SHOWN = 20
_NAME = 32
_WIDTH = 110


@dataclass(frozen=True)
class ClassCount:
    """A class: how many rows (pixels in segmentation) each part has, and the weight that would balance it."""

    name: str
    train: int
    val: int
    test: int
    weight: float


@dataclass(frozen=True)
class Leak:
    """Inputs that stand in training and in another part; `conflicting` of them with another label there.

    `chance` is how many rows of that part would be equal to one of the training by chance, None where inputs never are.
    """

    part: str
    rows: int
    total: int
    conflicting: int
    example: tuple[str, str]
    chance: float | None = None


@dataclass(frozen=True)
class Census:
    """The labels and inputs of a data set.

    Attributes:
        source, kind, task: what it is of.
        rows: of "train", "val" and "test".
        inputs: one line about the inputs.
        classes: with counts and suggested weights.
        leaks: inputs that stand in two parts.
        duplicates: training rows whose input another training row has too.
        skipped: the rows that were left out, and why.
        warnings: what looks wrong, in sentences.
        predicts: the column of the labels, and why it is this one.
    """

    source: str
    kind: str
    task: str
    rows: dict[str, int]
    inputs: str
    classes: tuple[ClassCount, ...]
    leaks: tuple[Leak, ...] = ()
    duplicates: int = 0
    skipped: tuple[BadRow, ...] = ()
    warnings: list[str] = field(default_factory=list)
    predicts: str = ""

    def to_json(self) -> dict[str, Any]:
        """Everything, as JSON has it."""
        return asdict(self)

    def to_text(self) -> str:
        """The text that is printed before the first step."""
        return census_text(self)


def census_text(census: Census) -> str:
    """The whole text, without a line break at the end."""
    total = sum(census.rows.values())
    rows = census.rows
    what = f"{say(census.predicts)}, {census.task}" if census.predicts else census.task
    lines = [
        say(
            f"{census.source}: {what}, {len(census.classes)} classes, {total:,} rows: {rows['train']:,} to train, "
            f"{rows['val']:,} to validate, {rows['test']:,} to test"
        ),
        say(census.inputs),
        "",
        *_table(census),
    ]
    if census.warnings:
        lines.append("")
        for warning in census.warnings:
            first, *rest = folded(say(warning), _WIDTH - 2)
            lines += [f"! {first}", *(f"  {line}" for line in rest)]
    return "\n".join(lines)


def _table(census: Census) -> list[str]:
    classes = census.classes
    shown = classes
    if len(classes) > _SHOWN:
        ordered = sorted(classes, key=lambda c: -c.train)
        shown = (*ordered[: _SHOWN - 5], *ordered[-5:])
    target = target_of(census.task)
    several, what = target is Target.LABELS, "pixels" if target is Target.MASK else "train"
    title = ("positives" if several else "class", what, "share", "val", "test", "pos_weight" if several else "weight")
    total = census.rows["train"] if several else sum(c.train for c in classes)
    rows = [tuple(map(say, title)), *(_row(c, total) for c in shown)]
    widths = [max(width(row[place]) for row in rows) for place in range(len(title))]
    lines = [_line(row, widths) for row in rows]
    if len(classes) > _SHOWN:
        lines.insert(_SHOWN - 4, say(f"… {len(classes) - _SHOWN:,} classes more …"))
    return lines


def _row(count: ClassCount, total: int) -> tuple[str, ...]:
    share = count.train / total if total else 0.0
    return (
        _short(count.name),
        f"{count.train:,}",
        f"{share:.1%}",
        f"{count.val:,}",
        f"{count.test:,}",
        f"{count.weight:.2f}",
    )


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (right(cell, size) for cell, size in zip(row[1:], widths[1:], strict=True))
    return "  ".join([left(row[0], widths[0]), *cells])


def _short(name: str) -> str:
    name = " ".join(name.split())
    if width(name) <= _NAME:
        return name
    while width(name) > _NAME - 1:
        name = name[:-1]
    return name + "…"
