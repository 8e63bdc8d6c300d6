"""Lines as fastText has them: `__label__` before each label, and the text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..labels import LIST_DELIMITER
from .csv_rows import Line
from .encoding import open_text

NAMES = ("label", "text")
_MARK = "__label__"


def is_fasttext(lines: Sequence[str]) -> bool:
    """Decide by the first lines of a file."""
    return bool(lines) and all(line.startswith(_MARK) for line in lines)


def fasttext_lines(path: Path, encoding: str) -> list[Line]:
    """The labels and the text of each line, below their names."""
    found = [Line(0, list(NAMES))]
    with open_text(path, encoding) as file:
        for number, line in enumerate(file, 1):
            if words := line.split():
                count = next((place for place, word in enumerate(words) if not _is_label(word)), len(words))
                labels = [word.removeprefix(_MARK) for word in words[:count] if word != ","]
                found.append(Line(number, [LIST_DELIMITER.join(labels), " ".join(words[count:])]))
    return found


def _is_label(word: str) -> bool:
    return word.startswith(_MARK) or word == ","
