"""The names of columns: in the first line, below a title, or nowhere; and the rows under them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ...errors import DataError
from ..columns import TARGETS
from ..numbers import MISSING, PLAIN, find_style, parse
from .arff import has_head, head_of, is_last, names_of, nominal_of
from .csv_rows import Line

# Lines that are looked at.
LOOK = 1000
_TITLES = 10
_MOST = 0.95


@dataclass(frozen=True)
class Header:
    """The names of the columns.

    Attributes:
        names: one each, unequal.
        skip: lines before the first row.
        named: whether the file has them; else they are made up.
        notes: what has to be said about them.
        nominal: the columns that the file calls categories.
    """

    names: list[str]
    skip: int
    named: bool = True
    notes: tuple[str, ...] = ()
    nominal: tuple[str, ...] = ()


def find_header(where: str, lines: Sequence[Line], asked: str) -> Header:
    """The names of the columns of a file that begins with these lines.

    Args:
        where: the file's name.
        lines: the first `LOOK` of it, or all.
        asked: "first": the first line has them; "none": no line has; "auto": find out.

    Raises:
        DataError: the file is empty, or has a name twice.
    """
    whole = [line for line in lines if not line.broken]
    if not whole:
        if lines:
            raise DataError(f"{where}:{lines[0].number}: {lines[0].broken}")
        raise DataError(f"{where}: the file is empty; the first line should name the columns.")
    if has_head(line.values[0] for line in whole):
        return _of_head(where, lines, [line.values[0] for line in whole])
    titles = 0 if asked == "first" else _titles(whole)
    first, body = whole[titles], whole[titles + 1 :]
    notes = [f"{where}:{line.number}: left out above the names: {_joined(line.values)}" for line in whole[:titles]]
    skip = lines.index(first)
    if asked == "none" or (asked == "auto" and is_row(first.values, [line.values for line in body])):
        names = [f"column{place}" for place in range(1, len(first.values) + 1)]
        meant = "" if asked == "none" else "; --data.header first takes the first line for names"
        notes.append(f"{where} has no line of names: its columns are called column1 to column{len(names)}{meant}")
        return Header(names, skip, False, tuple(notes))
    names = _named(_unquoted([name.strip() for name in first.values]), [line.values for line in body])
    _single(where, first.number, names)
    if len(names) > len(first.values) and names[0] == "":
        notes.append(f"{where}: the rows have a value more than there are names: the first is the row's own name")
    return Header(names, skip + 1, True, tuple(notes))


def _of_head(where: str, lines: Sequence[Line], texts: Sequence[str]) -> Header:
    """The names above the rows of an ARFF file."""
    names = _single(where, lines[0].number, names_of(list(head_of(texts))))
    last = next((place for place, line in enumerate(lines) if line.values and is_last(line.values[0])), None)
    if last is None or not names:
        raise DataError(f"{where}: an ARFF file without @data, or without an @attribute in its first {LOOK:,} lines")
    notes = (f"{where}: read as ARFF, with the names of its attributes",)
    return Header(names, last + 1, notes=notes, nominal=tuple(nominal_of(list(head_of(texts)))))


def rows_below(header: Header, lines: Iterable[Line]) -> Iterator[Line]:
    """The rows; one with another number of values is broken."""
    expected = len(header.names)
    for place, line in enumerate(lines):
        if place < header.skip:
            continue
        if not line.broken and len(line.values) != expected:
            what = "in the header" if header.named else "in the first line"
            broken = f"expected {expected} columns as {what}, got {len(line.values)} ({_joined(line.values)})"
            line = line._replace(broken=broken)
        elif header.named and [value.strip() for value in line.values] == header.names:
            # Files that were put together.
            line = line._replace(broken="it repeats the names of the columns")
        yield line


def _single(where: str, line: int, names: list[str]) -> list[str]:
    """The names, of which none may be there twice."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"{where}:{line}: two columns are named {twice[0]!r}; give each its own name")
    return names


def is_row(first: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Decide whether the first line is a row like those below, not their names.

    Numbers over numbers are a row, unless they count, as years and places do. Without any, it is one if its values come
    again wherever there are few different ones.
    """
    cells = [cell.strip() for cell in first]
    if any(cell.lower() in TARGETS for cell in cells) or _counts(cells):
        return False
    columns = [
        (cell, [row[place].strip() for row in body if len(row) == len(first) and row[place].strip() not in MISSING])
        for place, cell in enumerate(cells)
    ]
    styles = [(cell, find_style(below)) for cell, below in columns]
    numeric = [(cell, style) for cell, style in styles if style is not None and cell not in MISSING]
    if numeric:
        return all(_is_number(cell, style) for cell, style in numeric)
    if not any(below for _, below in columns):
        return all(map(_is_number, cells))
    few = [(cell, set(below)) for cell, below in columns if len(set(below)) <= 0.2 * len(below)]
    return bool(few) and all(cell in below for cell, below in few)


def _titles(lines: Sequence[Line]) -> int:
    """How many lines stand above the names: shorter ones than nearly all, that are no names of theirs."""
    widths = Counter(len(line.values) for line in lines)
    width, often = widths.most_common(1)[0]
    if width < 2 or often < _MOST * (len(lines) - _TITLES):
        return 0
    for place, (line, following) in enumerate(pairwise(lines[: _TITLES + 1])):
        numeric = any(_is_number(cell) for below in lines[place + 2 :] for cell in below.values)
        if not _is_title(line, following, width, numeric):
            return place
    return 0


def _is_title(line: Line, following: Line, width: int, numeric: bool) -> bool:
    filled = [cell.strip() for cell in line.values if cell.strip()]
    if len(line.values) == width:
        # As Excel writes it: one value, in front, over names for all columns; or the names of groups of columns.
        alone = len(filled) == 1 < width and bool(line.values[0].strip())
        groups = 1 < len(filled) < width and numeric and not any(map(_is_number, filled))
        return (alone or groups) and _could_name(following.values)
    if len(line.values) < width - 1 or following.number > line.number + 1:
        return len(line.values) < width
    return len(line.values) == 1 and not filled[0].isidentifier() and not _is_number(filled[0])


def _could_name(values: Sequence[str]) -> bool:
    # The first may be that of the rows' own names, and missing.
    return all(cell.strip() not in MISSING for cell in values[1:]) and not any(map(_is_number, values))


def _named(names: list[str], body: Sequence[Sequence[str]]) -> list[str]:
    """The names for all values of a row, those without one called by their place."""
    widths = Counter(map(len, body))
    usual = widths.most_common(1)[0][0] if widths and widths.most_common(1)[0][1] >= _MOST * len(body) else len(names)
    if usual == len(names) + 1:
        whole = [row for row in body if len(row) == usual]
        if not any(row[-1].strip() for row in whole):
            names = [*names, ""]
        elif len(names) > 1 and len({row[0] for row in whole if " " not in row[0].strip()}) == len(whole):
            names = ["", *names]
    elif usual == len(names) - 1 and not names[-1]:
        names = names[:-1]
    # A single one in front is the number of the row, as pandas writes it.
    if names.count("") == 1 and names[0] == "":
        return names
    return [name or f"unnamed {place}" for place, name in enumerate(names, 1)]


def _unquoted(names: list[str]) -> list[str]:
    """The names without single quotation marks around each of them."""
    return [name[1:-1] for name in names] if all(re.fullmatch("'.+'", name) for name in names) else names


def _counts(cells: Sequence[str]) -> bool:
    """Decide whether there are numbers in it that grow by equal steps."""
    numbers = [float(cell) for cell in cells if _is_number(cell)]
    steps = {round(after - before, 9) for before, after in pairwise(numbers)}
    return len(steps) == 1 and steps != {0.0} and (len(numbers) > 2 or steps == {1.0})


def _is_number(text: str, style: str = PLAIN) -> bool:
    value = parse(text, style)
    return value == value


def _joined(values: Sequence[str]) -> str:
    text = " ".join(" | ".join(values).split())
    return text[:60] + "…" if len(text) > 60 else text
