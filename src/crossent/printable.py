"""Texts from data, made harmless for what takes them: a terminal, a spreadsheet, a shell."""

from __future__ import annotations

import json
import os
import shlex

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def printable(text: str) -> str:
    """A text in which what would steer a terminal is written out; line ends and tabs stay.

    Example::

        >>> printable("a\x1b[2Jb")
        'a\\x1b[2Jb'
    """
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text)


def storable(name: str) -> str:
    """The name of a file as text, in which bytes that are no UTF-8 are written out.

    Example::

        >>> storable("caf\udce9.png")
        'caf\\\\udce9.png'
    """
    return name.encode("utf-8", "backslashreplace").decode()


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


def in_shell(value: object) -> str:
    """A value as one word of a command line, for commands that are shown and will be pasted.

    Example::

        >>> print(in_shell("runs/first"), in_shell("my runs/it's"), in_shell("a\x1bb"), in_shell([16]))
        runs/first 'my runs/it'"'"'s' $'a\U0000001bb' '[16]'
    """
    text = os.fspath(value) if isinstance(value, (str, os.PathLike)) else json.dumps(value)
    # A path is no option.
    text = f"./{text}" if isinstance(value, os.PathLike) and text.startswith("-") else text
    if text.isprintable():
        return shlex.quote(text)
    # What would steer the terminal, and bytes of a name that are no text, in the spelling of bash, zsh and ksh.
    return f"$'{''.join(map(_spelled, text))}'"


def _spelled(character: str) -> str:
    if character.isprintable() and character not in "\\'":
        return character
    number = ord(character)
    return f"\\x{number - 0xDC00:02x}" if 0xDC80 <= number <= 0xDCFF else f"\\U{number:08x}"
