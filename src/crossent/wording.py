"""The language of what is said: English texts as they stand in the code, and tables of them in Chinese.

A `Text` is a sentence in every language, with the same `{names}` in each. The doctor fills them in from a finding's
values. The training writes English, and `say` gives a finished sentence in the language that is spoken: it finds the
text whose English it is, takes the values out and puts them into the other one. What no table has stays English.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from string import Formatter
from typing import NamedTuple
from unicodedata import east_asian_width

LANGUAGES = ("en", "zh")
# The tables of texts, one per room, each as a tuple TEXTS.
TABLES = (
    "cli.chinese",
    *("train.config.chinese", "train.config.chinese_help"),
    *("train.data.chinese", "train.data.chinese_streams", "train.data.records.chinese", "train.data.sources.chinese"),
    *(f"train.{room}.chinese" for room in ("display", "evaluation", "fitting", "inference", "models", "report")),
    *(f"train.{room}.chinese" for room in ("runtime", "state", "tasks")),
)


class Text(NamedTuple):
    """A sentence in every language; `{names}` in it are filled in."""

    en: str
    zh: str


# Stands at no beginning of a line.
_CLOSING = "，。；：、？！）》”"


class _Spoken:
    """The language that is spoken now."""

    language = "en"


def language_of(asked: str = "auto", environment: Mapping[str, str] = os.environ) -> str:
    """The language that is asked for; for "auto" that of the environment, as programs of GNU find it.

    Example::

        >>> language_of("auto", {"LANG": "zh_CN.UTF-8"}), language_of("en", {"LANG": "zh_CN.UTF-8"})
        ('zh', 'en')
    """
    if asked in LANGUAGES:
        return asked
    first = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return "zh" if first.lower().startswith("zh") else "en"


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say everything in this language meanwhile; errors that come out of it too."""
    before, _Spoken.language = _Spoken.language, language
    try:
        yield
    except Exception as error:
        error.args = tuple(say(part) if isinstance(part, str) else part for part in error.args)
        raise
    finally:
        _Spoken.language = before


def spoken() -> str:
    """The language that is spoken now."""
    return _Spoken.language


def say(sentence: str) -> str:
    """A sentence, several lines of them, or a title, in the language that is spoken.

    Example::

        >>> with speaking("zh"):
        ...     print(say("Stopped after step 12: all 3 epochs are done."))
        在第 12 步之后停止：3 个 epoch 全部完成。
    """
    return sentence if _Spoken.language == "en" or not sentence else _texts().said(sentence)


def listed(names: Sequence[str], most: int = 5, between: str = ", ") -> str:
    """The first of some names, and how many more there are.

    Example::

        >>> listed(["a", "b", "c", "d"], most=2)
        'a, b and 2 more'
    """
    shown = between.join(names[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown


def width(text: str) -> int:
    """Columns of a terminal: Chinese characters take two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def right(text: str, size: int) -> str:
    """The text at the right of so many columns of a terminal."""
    return " " * (size - width(text)) + text


def left(text: str, size: int) -> str:
    """The text at the left of so many columns of a terminal."""
    return text + " " * (size - width(text))


def folded(text: str, size: int) -> list[str]:
    """The text in lines of so many columns, broken at blanks and between Chinese characters."""
    lines = [""]
    for piece in re.findall(r"[\u2e80-\u9fff\uff00-\uffef]|[^\s\u2e80-\u9fff\uff00-\uffef]+|\s+", text):
        if width(lines[-1] + piece.rstrip()) > size and lines[-1] and piece not in _CLOSING:
            lines[-1] = lines[-1].rstrip()
            lines.append(piece.lstrip())
        else:
            lines[-1] += piece
    return [line.rstrip() for line in lines]


class Texts:
    """Texts that can be found by a finished sentence.

    Args:
        texts: of all rooms.

    Example::

        >>> texts = Texts([Text("{n} rows in {place}", "{place} 有 {n} 行"), Text("the file {name}", "文件 {name}")])
        >>> texts.said("3 rows in the file a.csv")
        '文件 a.csv 有 3 行'
    """

    def __init__(self, texts: Iterable[Text]) -> None:
        found = list(texts)
        self._words = {text.en: text.zh for text in found if "{" not in text.en}
        # The one that says most first: others are parts of it.
        patterned = sorted(
            (text for text in found if "{" in text.en), key=lambda text: -len("".join(_literals(text.en)))
        )
        self._patterns = [(_literals(text.en), _pattern(text.en), text.zh) for text in patterned]

    def said(self, sentence: str) -> str:
        """The sentence in Chinese; what is not known of it stays as it is."""
        whole = self._whole(sentence)
        if whole is not None:
            return whole
        if "\n" in sentence:
            return "\n".join(map(self.said, sentence.split("\n")))
        # A place before it: reviews.csv:17: …
        for match in re.finditer(r": ", sentence):
            rest = sentence[match.end() :]
            tail = self._whole(rest) if " " in rest else None
            if tail is not None:
                return f"{sentence[: match.start()]}：{tail}"
        # A mark before it, and blanks around it.
        head, body, tail = re.fullmatch(r"([!\s]*)(.*?)(\s*)", sentence, re.DOTALL).groups()  # type: ignore[union-attr]
        known = self._whole(body) if head or tail else None
        return sentence if known is None else f"{head}{known}{tail}"

    def _whole(self, sentence: str) -> str | None:
        if sentence in self._words:
            return self._words[sentence]
        for literals, pattern, chinese in self._patterns:
            # Quicker than the pattern, which looks for all its parts everywhere.
            match = pattern.fullmatch(sentence) if all(part in sentence for part in literals) else None
            if match is not None:
                return chinese.format(**{name: self._value(value) for name, value in match.groupdict().items()})
        return None

    def _value(self, value: str) -> str:
        # A single word is a name of the user's, such as that of a class, more often than one of ours.
        return self.said(value) if " " in value else value


@lru_cache(maxsize=1)
def _texts() -> Texts:
    tables = (import_module(f"{__package__}.{table}").TEXTS for table in TABLES)
    return Texts(text for table in tables for text in table)


def _literals(template: str) -> list[str]:
    return [literal for literal, *_ in Formatter().parse(template) if literal]


def _pattern(template: str) -> re.Pattern[str]:
    parts: list[str] = []
    known: set[str] = set()
    for literal, name, *_ in Formatter().parse(template):
        parts.append(re.escape(literal))
        if name is not None:
            # Right behind another value, a clause, or nothing.
            value = ".*?" if literal or not known else r"(?:[\s;,.:(].*?)?"
            parts.append(f"(?P={name})" if name in known else f"(?P<{name}>{value})")
            known.add(name)
    return re.compile("".join(parts), re.DOTALL)
