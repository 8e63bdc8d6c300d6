"""Rows of JSON lines, or of a file with one JSON list or object: an object per row, every value as text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ....wording import listed
from ...errors import DataError
from ..labels import LIST_DELIMITER
from .encoding import LONGEST, open_text, too_long
from .json_shapes import shape_of

# What Python reads no further, and no data mean: values in hundreds of others, numbers of thousands of digits.
_BEYOND = (RecursionError, ValueError)
_NEVER_MEANT = "it is nested too deeply, or holds a number of more digits than Python reads"


class Item(NamedTuple):
    """A row and its number: of the line, or of the place in the list, counted from 1."""

    number: int
    values: dict[str, str | None]
    broken: str = ""


def json_rows(path: Path, encoding: str, notes: list[str] | None = None) -> Iterator[Item]:
    """The rows; empty lines are none. What is to be said about the form of a file that is one object is added to notes.

    Raises:
        DataError: a file that begins as a list is none, or is one object without rows.
    """
    with open_text(path, encoding) as file:
        lines = (line for line in file if line.strip())
        first, second = next(lines, ""), next(lines, None)
        form = first.lstrip()[:1]
        if form == "[" or (form == "{" and (second is None or not _is_object(first))):
            file.seek(0)
            text = file.read(LONGEST + 1)
            if len(text) > LONGEST and second is not None:
                raise too_long(path.name, "a JSON list")
            whole = _whole(path, text) if second is not None or form == "[" or _is_object(text) else None
            if isinstance(whole, Item):
                yield whole
                return
            if isinstance(whole, list):
                yield from (_checked(number, row) for number, row in enumerate(whole, 1))
                return
            shape = shape_of(whole, second is None) if isinstance(whole, dict) else None
            if shape is not None:
                if notes is not None:
                    notes.append(f"{path.name}: one JSON object; its rows were read from {shape.note}")
                yield from (_checked(number, row) for number, row in enumerate(shape.rows, 1))
                return
            if whole is not None and second is not None:
                raise DataError(
                    f"{path.name}: one JSON object with the keys {listed(list(map(repr, whole)))}, none of which holds "
                    "rows; write a list of objects, or an object per line"
                )
        file.seek(0)
        for number, line in enumerate(file, 1):
            if line.strip():
                yield _item(number, line)


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except _BEYOND:
        return False


def _whole(path: Path, text: str) -> Any:
    """The object or list in the file; None for lines of objects of which the first is broken."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if text.lstrip().startswith("[") or not any(map(_is_object, text.splitlines())):
            raise DataError(f"{path.name}:{error.lineno}: this is not JSON ({error.msg})") from None
        return None
    except _BEYOND:
        return Item(1, {}, _NEVER_MEANT)


def _item(number: int, line: str) -> Item:
    try:
        return _checked(number, json.loads(line.strip()))
    except json.JSONDecodeError as error:
        return Item(number, {}, f"this is not JSON ({error.msg}, column {error.colno})")
    except _BEYOND:
        return Item(number, {}, _NEVER_MEANT)


def _checked(number: int, row: object) -> Item:
    if not isinstance(row, dict):
        return Item(number, {}, f'expected an object such as {{"text": …, "label": …}}, got a {_NAMES.get(type(row))}')
    try:
        values = dict(_flat(row))
        # Half of a character, as in "\ud83d", can be written, and is no text.
        "".join((*values, *filter(None, values.values()))).encode()
    except RecursionError:
        return Item(number, {}, _NEVER_MEANT)
    except UnicodeEncodeError:
        return Item(number, {}, "a text in it holds half of a character (an escape from \\ud800 to \\udfff alone)")
    return Item(number, values)


def _flat(row: dict[str, Any], before: str = "") -> Iterator[tuple[str, str | None]]:
    """The values by their names; those of an object in it behind its own, as engine.power."""
    for name, value in row.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", _text(value)


_NAMES = {list: "list", str: "string", int: "number", float: "number", bool: "truth value", type(None): "null"}


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list) and not any(isinstance(item, (list, dict)) for item in value):
        return LIST_DELIMITER.join("" if item is None else str(_text(item)) for item in value)
    return json.dumps(value, ensure_ascii=False)
