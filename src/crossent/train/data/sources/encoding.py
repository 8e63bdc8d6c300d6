"""How a text file is written: UTF-8 or UTF-16 by its mark, UTF-8 if it is, GB18030 if it looks like Chinese."""

from __future__ import annotations

import codecs
import gzip
import io
import re
from pathlib import Path
from typing import IO

from ...errors import DataError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHUNK = 1 << 22


def find_encoding(path: Path, asked: str = "auto") -> str:
    """The encoding of a file, all of which was decoded with it.

    GB18030 contains GBK and GB2312. Bytes that merely happen to be valid in it are not taken for Chinese: there, they
    come in pairs, while a Western encoding has single ones between ASCII letters.

    Raises:
        DataError: the file cannot be decoded so.
    """
    if asked != "auto":
        line = _first_bad_line(path, asked)
        if line:
            raise DataError(f"{path.name}:{line}: this is not {asked}; write for example --data.encoding auto")
        return "utf-8-sig" if codecs.lookup(asked).name == "utf-8" else asked
    with open_bytes(path) as file:
        start = file.read(4)
    for mark, name in _MARKS:
        if start.startswith(mark):
            return find_encoding(path, name)
    line = _first_bad_line(path, "utf-8")
    if not line:
        return "utf-8"
    if _pairs(path) > 0.7 and not _first_bad_line(path, "gb18030"):
        return "gb18030"
    raise DataError(
        f"{path.name}:{line}: this is neither UTF-8 nor GB18030; say how the file is written, "
        "for example --data.encoding cp1252 (Western Europe) or --data.encoding big5"
    )


def open_bytes(path: Path) -> IO[bytes]:
    """The file's bytes, unpacked if its name ends in .gz."""
    if path.suffix == ".gz":
        return gzip.open(path, "rb")  # type: ignore[return-value]
    return open(path, "rb")


def open_text(path: Path, encoding: str) -> IO[str]:
    """The file's text with its line ends as they are."""
    return io.TextIOWrapper(open_bytes(path), encoding=encoding, newline="")


def _first_bad_line(path: Path, encoding: str) -> int:
    """The first line that cannot be decoded, 0 if all can."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    with open_bytes(path) as file:
        while True:
            chunk = file.read(_CHUNK)
            try:
                lines += decoder.decode(chunk, final=not chunk).count("\n")
            except UnicodeDecodeError as error:
                return lines + error.object[: error.start].count(b"\n")
            if not chunk:
                return 0


def _pairs(path: Path) -> float:
    """Of the bytes above ASCII at the start of the file, the share that stand in twos or more."""
    with open_bytes(path) as file:
        runs = re.findall(rb"[\x80-\xff]+", file.read(_CHUNK))
    total = sum(map(len, runs))
    return sum(len(run) for run in runs if len(run) > 1) / total if total else 0.0
