"""The head of Weka's ARFF files, and of KEEL's .dat: the names of the columns above the rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

_ATTRIBUTE = re.compile(r"@attribute\s+(?:'([^']*)'|\"([^\"]*)\"|([^\s{\[]+))", re.IGNORECASE)


def has_head(lines: Iterable[str]) -> bool:
    """Decide by the first line that is no comment."""
    first = next((line for line in lines if not _is_comment(line)), "")
    return first.lstrip().lower().startswith("@relation")


def head_of(lines: Iterable[str]) -> Iterator[str]:
    """The lines up to that from which on there are rows."""
    for line in lines:
        yield line
        if is_last(line):
            return


def is_last(line: str) -> bool:
    """Decide whether the rows begin behind this line."""
    return line.strip().lower() == "@data"


def names_of(head: Sequence[str]) -> list[str]:
    """The names of the columns, one for each attribute."""
    found = (_ATTRIBUTE.match(line.strip()) for line in head)
    return [next(name for name in match.groups() if name is not None) for match in found if match]


def _is_comment(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("%")
