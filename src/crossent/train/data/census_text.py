"""The census as people read it: what it is, a line per class, what looks wrong."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from unicodedata import east_asian_width

from .census import Census, ClassCount

_SHOWN = 20
_NAME = 32
_WIDTH = 110


def census_text(census: Census) -> str:
    """The whole text, without a line break at the end."""
    total = sum(census.rows.values())
    rows = census.rows
    lines = [
        f"{census.source}: {census.task}, {len(census.classes)} classes, {total:,} rows: {rows['train']:,} to train, "
        f"{rows['val']:,} to validate, {rows['test']:,} to test",
        census.inputs,
        "",
        *_table(census),
    ]
    if census.warnings:
        lines.append("")
        for warning in census.warnings:
            first, *rest = wrap(warning, _WIDTH - 2, break_long_words=False, break_on_hyphens=False)
            lines += [f"! {first}", *(f"  {line}" for line in rest)]
    return "\n".join(lines)


def _table(census: Census) -> list[str]:
    classes = census.classes
    shown = classes
    if len(classes) > _SHOWN:
        ordered = sorted(classes, key=lambda c: -c.train)
        shown = (*ordered[: _SHOWN - 5], *ordered[-5:])
    what = "pixels" if census.task == "segmentation" else "train"
    title = ("positives" if census.task == "multilabel" else "class", what, "share", "val", "test", _weight(census))
    total = census.rows["train"] if census.task == "multilabel" else sum(c.train for c in classes)
    rows = [title, *(_row(c, total) for c in shown)]
    widths = [max(width(row[place]) for row in rows) for place in range(len(title))]
    lines = [_line(row, widths) for row in rows]
    if len(classes) > _SHOWN:
        lines.insert(_SHOWN - 4, f"… {len(classes) - _SHOWN:,} classes more …")
    return lines


def _weight(census: Census) -> str:
    return "pos_weight" if census.task in ("multilabel", "binary") and census.task == "multilabel" else "weight"


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
    first = row[0] + " " * (widths[0] - width(row[0]))
    return "  ".join([first, *(f"{cell:>{size}}" for cell, size in zip(row[1:], widths[1:], strict=True))])


def width(text: str) -> int:
    """Columns of a terminal: Chinese characters take two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _short(name: str) -> str:
    name = " ".join(name.split())
    if width(name) <= _NAME:
        return name
    while width(name) > _NAME - 1:
        name = name[:-1]
    return name + "…"
