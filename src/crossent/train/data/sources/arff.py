"""The head of Weka's ARFF files, and of KEEL's .dat: the names of the columns above the rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

_ATTRIBUTE = re.compile(r"@attribute\s+(?:'([^']*)'|\"([^\"]*)\"|([^\s{\[]+))\s*(\{.*)?", re.IGNORECASE)


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
    return [name for name, _ in _attributes(head)]


def nominal_of(head: Sequence[str]) -> list[str]:
    """The names of those whose values are listed: categories, numbers too."""
    return [name for name, values in _attributes(head) if values]


def defaults_of(head: Sequence[str]) -> list[str]:
    """The values that a sparse row does not write: 0, or the first of those that are listed."""
    return [values[1:].strip(" }").split(",")[0].strip(" '\"") if values else "0" for _, values in _attributes(head)]


def _attributes(head: Sequence[str]) -> list[tuple[str, str]]:
    found = (_ATTRIBUTE.match(line.strip()) for line in head)
    return [(match[1] or match[2] or match[3] or "", match[4] or "") for match in found if match]


def _is_comment(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("%")
