"""Rows of JSON lines, or of a file with one JSON list: an object per row, every value as text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ...errors import DataError
from ..labels import LIST_DELIMITER
from .encoding import LONGEST, open_text, too_long

# What Python reads no further, and no data mean: values in hundreds of others, numbers of thousands of digits.
_BEYOND = (RecursionError, ValueError)
_NEVER_MEANT = "it is nested too deeply, or holds a number of more digits than Python reads"


class Item(NamedTuple):
    """A row and its number: of the line, or of the place in the list, counted from 1."""

    number: int
    values: dict[str, str | None]
    broken: str = ""


def json_rows(path: Path, encoding: str) -> Iterator[Item]:
    """The rows; empty lines are none.

    Raises:
        DataError: a file that begins as a list is none.
    """
    with open_text(path, encoding) as file:
        first = next((line for line in file if line.strip()), "")
        if first.lstrip().startswith("["):
            file.seek(0)
            text = file.read(LONGEST + 1)
            if len(text) > LONGEST:
                raise too_long(path.name, "a JSON list")
            yield from _list(path, text)
            return
        file.seek(0)
        for number, line in enumerate(file, 1):
            if line.strip():
                yield _item(number, line)


def _list(path: Path, text: str) -> Iterator[Item]:
    try:
        rows = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"{path.name}:{error.lineno}: this is not JSON ({error.msg})") from None
    except _BEYOND:
        yield Item(1, {}, _NEVER_MEANT)
        return
    for number, row in enumerate(rows, 1):
        yield _checked(number, row)


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
