"""Tables that are one JSON object: rows under a name, or as pandas writes them."""

from __future__ import annotations

from typing import Any, NamedTuple

Row = dict[str, Any]


class Shape(NamedTuple):
    """The rows of an object, and how they were found, for people."""

    rows: list[Row]
    note: str


def shape_of(whole: dict[str, Any], alone: bool) -> Shape | None:
    """The rows in an object, None where it is one row, or no table.

    Args:
        whole: the object.
        alone: whether it stands on a line of its own, as a row does.
    """
    if {"columns", "data"} <= set(whole) and all(isinstance(row, list) for row in whole["data"]):
        names = list(map(str, whole["columns"]))
        if all(len(row) == len(names) for row in whole["data"]):
            rows = [dict(zip(names, row, strict=True)) for row in whole["data"]]
            return Shape(rows, "'data', with names in 'columns'")
    tables = [name for name, value in whole.items() if _is_rows(value)]
    if tables:
        name = max(tables, key=lambda one: len(whole[one]))
        left = ", ".join(repr(other) for other in whole if other != name)
        return Shape(whole[name], f"{name!r}, and not {left}" if left else repr(name))
    values = list(whole.values())
    if len(values) > 1 and all(isinstance(value, dict) and value.keys() == values[0].keys() for value in values):
        inner = list(values[0])
        if all(key.isdecimal() for key in inner):
            return Shape([{name: whole[name][key] for name in whole} for key in inner], "the columns in it")
        if all(key.isdecimal() for key in whole) or not alone:
            return Shape(values, "objects by their names")
    lengths = {len(value) if isinstance(value, list) else -1 for value in values}
    if len(values) > 1 and len(lengths) == 1 and lengths.isdisjoint({-1, 0, 1}):
        return Shape([dict(zip(whole, row, strict=True)) for row in zip(*values, strict=True)], "the columns in it")
    return None


def _is_rows(value: object) -> bool:
    return isinstance(value, list) and len(value) > 1 and all(isinstance(row, dict) for row in value)
