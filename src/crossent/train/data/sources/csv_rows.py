"""Rows of text files, with the line that each begins in; what is broken is told with its line."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple

from ..records.base import BadRow
from .arff import defaults_of, has_head, head_of
from .encoding import LONGEST, open_text, plain_suffix, too_long

# Of two that divide all lines alike, the first: a comma is more often a part of a value.
_DELIMITERS = ("\t", ";", "|", ",")
_LOOK = 200
_SURE = 0.9
_SVMLIGHT = re.compile(r"[-+\d.,]+(\s+qid:\d+)?(\s+\d+:[-+\d.eE]+)+(\s*#.*)?")


class Line(NamedTuple):
    """A row and the line that it begins in, counted from 1; `broken`: why it cannot be used, else ""."""

    number: int
    values: list[str]
    broken: str = ""


class Dialect(NamedTuple):
    """The delimiter of a file, whether its quotation marks hold values together, whether it has an ARFF head, and
    whether a first line like Excel's sep=; has told the delimiter."""

    delimiter: str
    quoted: bool = True
    arff: bool = False
    told: bool = False


def find_dialect(path: Path, encoding: str) -> Dialect:
    """The delimiter that divides most lines into as many values, and what quotation marks are there for."""
    sample = first_lines(path, encoding)
    if has_head(sample):
        return Dialect(",", arff=True)
    if sample and (told := re.fullmatch(r'"?sep=(.)"?', sample[0])):
        return Dialect(told[1], told=True)
    with _long_fields():
        delimiter = "\t" if plain_suffix(path) == ".tsv" else _delimiter(sample)
    return Dialect(delimiter, delimiter != "\t" or not _is_literal(path, encoding))


def first_lines(path: Path, encoding: str) -> list[str]:
    """Those that are not empty."""
    with open_text(path, encoding) as file:
        return list(islice((line.strip(" \r\n") for line in file if line.strip()), _LOOK))


def _delimiter(sample: list[str]) -> str:
    if not sample:
        return ","
    shares = {mark: _share(sample, mark) for mark in _DELIMITERS}
    best = max(_DELIMITERS, key=lambda mark: shares[mark])
    if shares[best] >= _SURE:
        return best
    cells = [cell.strip('"') for line in sample for cell in line.split()]
    # The names may be one less than the values.
    if _share(sample[1:] or sample, " ") == 1 and 3 * sum(map(_is_number, cells)) > len(cells):
        return " "
    return best if shares[best] else ","


def _share(sample: list[str], mark: str) -> float:
    """Of the lines, the share with the usual number of values, two at least; 0 for a mark that few have."""
    if sum(mark in line for line in sample) < _SURE * len(sample) and mark not in sample[0]:
        return 0.0
    rows = csv.reader(sample, delimiter=mark, skipinitialspace=mark == " ")
    counts = Counter(map(len, rows))
    width, often = counts.most_common(1)[0]
    return often / counts.total() if width > 1 else 0.0


def _is_literal(path: Path, encoding: str) -> bool:
    """Decide whether quotation marks are characters like others: each line is whole, and one is opened in vain."""
    width, opened = 0, False
    with open_text(path, encoding) as file:
        for line in file:
            values = line.rstrip("\r\n").split("\t")
            width = width or len(values)
            if len(values) != width and line.strip():
                return False
            opened = opened or any(value[:1] == '"' and not _is_closed(value) for value in values)
    return opened


def _is_closed(value: str) -> bool:
    return len(value) > 1 and value.endswith('"') and '"' not in value[1:-1].replace('""', "")


def csv_lines(path: Path, encoding: str, dialect: Dialect) -> Iterator[Line]:
    """All lines that are not empty, that of the names too."""
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if dialect.quoted else csv.QUOTE_NONE
    blank = dialect.delimiter == " "
    marks = {"quotechar": "'", "skipinitialspace": True} if dialect.arff else {"skipinitialspace": blank}
    with _long_fields(), open_text(path, encoding) as file:
        above = [Line(number, [line.strip()]) for number, line in enumerate(head_of(file), 1)] if dialect.arff else []
        yield from (line for line in above if line.values[0])
        usual = defaults_of([line.values[0] for line in above])
        reader = csv.reader(file, delimiter=dialect.delimiter, strict=True, quoting=quoting, **marks)
        while True:
            start = len(above) + reader.line_num + 1
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if "field limit" in str(error):
                    raise too_long(f"{path.name}:{start}", "a value") from None
                yield Line(start, [], _explained(str(error)))
                continue
            if blank and values and not values[-1]:
                values.pop()
            if not values or (dialect.arff and values[0].startswith("%")) or (dialect.told and start == 1):
                continue
            sparse = dialect.arff and values[0].startswith("{")
            yield dense(start, values, usual) if sparse else Line(start, values)


def is_svmlight(lines: list[str]) -> bool:
    """Decide by the first lines of a file: a label, and places with their values."""
    return bool(lines) and all(_SVMLIGHT.fullmatch(line) for line in lines)


def dense(number: int, cells: list[str], usual: list[str]) -> Line:
    """A sparse row of an ARFF file, {place value, …}: what is not written is the `usual` value."""
    values = list(usual)
    for item in ",".join(cells).strip().strip("{}").split(","):
        place, _, value = item.strip().partition(" ")
        if place and not (place.isdecimal() and int(place) < len(values)):
            return Line(number, [], f"{item.strip()!r} names none of the {len(values)} attributes, which count from 0")
        if place:
            values[int(place)] = value.strip().strip("'\"")
    return Line(number, values)


@contextmanager
def _long_fields() -> Iterator[None]:
    limit = csv.field_size_limit(LONGEST)
    try:
        yield
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


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
