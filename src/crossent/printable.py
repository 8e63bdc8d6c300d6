"""Texts from data, made harmless for what shows them: a terminal, a spreadsheet."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def printable(text: str) -> str:
    """A text in which what would steer a terminal is written out; line ends and tabs stay.

    Example::

        >>> printable("a\x1b[2Jb")
        'a\\x1b[2Jb'
    """
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text)


def cell(value: object) -> object:
    """A cell of a CSV file that no spreadsheet takes for a formula: a text, not a number, that begins as a formula does
    gets an apostrophe before it, which spreadsheets read as "this is text".

    Example::

        >>> cell("=1+1"), cell("-3.5"), cell("a=b")
        ("'=1+1", '-3.5', 'a=b')
    """
    if not isinstance(value, str) or not value.startswith(_FORMULA):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value
