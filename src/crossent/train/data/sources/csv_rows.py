"""Rows of CSV and TSV files, with the line that each begins in; what is broken is told with its line."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ...errors import DataError
from ..records.base import BadRow
from .encoding import open_text

_DELIMITERS = (",", "\t", ";", "|")
# Of a field of a row: far more than any text, and what the parser can count.
_LONGEST = 2**31 - 1


class Line(NamedTuple):
    """A row and the line that it begins in, counted from 1; `broken`: why it cannot be used, else ""."""

    number: int
    values: list[str]
    broken: str = ""


def csv_header(path: Path, encoding: str) -> tuple[list[str], str]:
    """The names of the columns, and the delimiter.

    Raises:
        DataError: the file is empty, has no names in its first line, or a name twice.
    """
    with open_text(path, encoding) as file:
        first = next((line for line in file if line.strip()), "")
    if not first:
        raise DataError(f"{path.name}: the file is empty; the first line should name the columns.")
    if ".tsv" in path.suffixes:
        delimiter = "\t"
    else:
        delimiter = max(_DELIMITERS, key=first.count) if any(map(first.count, _DELIMITERS)) else ","
    line = next(csv_lines(path, encoding, delimiter))
    names = [name.strip() for name in line.values]
    if names != [str(place) for place in range(len(names))] and all(map(_is_number, names)):
        shown = delimiter.join(names[:4]) + (delimiter + "…" if len(names) > 4 else "")
        raise DataError(
            f"{path.name}:{line.number}: the first line should name the columns, got {shown}; "
            "put a line of names before it, such as x1,x2,label"
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"{path.name}:{line.number}: two columns are named {twice[0]!r}; give each its own name")
    return names, delimiter


def csv_rows(path: Path, encoding: str, names: list[str], delimiter: str) -> Iterator[Line]:
    """The rows under the header; empty lines are no rows."""
    lines = csv_lines(path, encoding, delimiter)
    next(lines)
    for line in lines:
        if not line.broken and len(line.values) != len(names):
            broken = f"expected {len(names)} columns as in the header, got {len(line.values)}{_shown(line.values)}"
            line = line._replace(broken=broken)
        yield line


def csv_lines(path: Path, encoding: str, delimiter: str) -> Iterator[Line]:
    """All rows, the header too."""
    limit = csv.field_size_limit(_LONGEST)
    try:
        with open_text(path, encoding) as file:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            while True:
                start = reader.line_num + 1
                try:
                    values = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield Line(start, [], _explained(str(error)))
                    continue
                if values:
                    yield Line(start, values)
    finally:
        csv.field_size_limit(limit)


def bad_row(path: Path, line: Line) -> BadRow:
    """A broken line, for people."""
    return BadRow(f"{path.name}:{line.number}", line.broken)


def _explained(message: str) -> str:
    if "unexpected end" in message:
        return 'a quotation mark (") is opened here and never closed'
    if "expected after" in message:
        return 'text follows a closing quotation mark ("); inside a quoted value write "" for one'
    return message


def _shown(values: list[str]) -> str:
    text = " | ".join(values)
    text = " ".join(text.split())
    return f" ({text[:60] + '…' if len(text) > 60 else text})"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
