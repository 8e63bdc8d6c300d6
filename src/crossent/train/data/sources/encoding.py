"""How a text file is packed, and how it is written: by its mark, UTF-16 by its zeros, UTF-8, or GB18030 as Chinese."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
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
# Bytes of a line, a value or a JSON list: far more than any text. A packed file of 1 MB can hold a line of 1 GB.
LONGEST = 1 << 26
_PAGE = "a web page, not data: the address answered with a page, of a login or an error; fetch the file again"
# By the bytes that they begin with, in small letters.
_OTHERS = {
    b"<!doctype": _PAGE,
    b"<html": _PAGE,
    b"version https://git-lfs": "a pointer of Git LFS, not the data: fetch them with git lfs pull",
    b"par1": "a Parquet file: call it .parquet",
    b"pk\x03\x04": "a packed file: call it .xlsx if it is a sheet, else .zip",
    b"%pdf": "a PDF: save its table as .csv",
}
_OPENERS = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}


class EncodingError(DataError):
    """A file is written in a way that is not known."""


def plain_suffix(path: Path) -> str:
    """The ending of a file's name as it is unpacked: .csv of a.csv.gz."""
    return (Path(path.stem) if path.suffix.lower() in _OPENERS else path).suffix.lower()


def find_encoding(path: Path, asked: str = "auto") -> str:
    """The encoding of a file, all of which was decoded with it.

    GB18030 contains GBK and GB2312. Bytes that merely happen to be valid in it are not taken for Chinese: there, they
    come in pairs, while a Western encoding has single ones between ASCII letters.

    Raises:
        DataError: the file cannot be decoded so.
    """
    with _unpacking(path):
        return _found(path, asked)


def _found(path: Path, asked: str) -> str:
    if asked != "auto":
        line = _first_bad_line(path, asked)
        if line:
            raise EncodingError(f"{path.name}:{line}: this is not {asked}; write for example --data.encoding auto")
        return "utf-8-sig" if codecs.lookup(asked).name == "utf-8" else asked
    with open_bytes(path) as file:
        start = file.read(_CHUNK)
    for mark, name in _MARKS:
        if start.startswith(mark):
            return _found(path, name)
    if b"\0" in start:
        found = _without_mark(start)
        if found is None or _first_bad_line(path, found) or "\n" not in start.decode(found, "ignore"):
            raise DataError(f"{path.name}: this is not a text file: it holds zero bytes.")
        return found
    line = _first_bad_line(path, "utf-8")
    if not line:
        return "utf-8"
    if _pairs(path) > 0.7 and not _first_bad_line(path, "gb18030"):
        return "gb18030"
    raise EncodingError(
        f"{path.name}:{line}: this is neither UTF-8 nor GB18030; say how the file is written, "
        "for example --data.encoding cp1252 (Western Europe) or --data.encoding big5"
    )


def refuse_others(path: Path) -> None:
    """Raise for what comes under the name of a text file and is none.

    Raises:
        DataError: it is a web page, a pointer of Git LFS, or of a kind that another name says.
    """
    with _unpacking(path), open_bytes(path) as file:
        start = file.read(200).lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    for beginning, what in _OTHERS.items():
        if start.startswith(beginning):
            raise DataError(f"{path.name}: this is {what}")


@contextmanager
def _unpacking(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        raise DataError(f"{path.name}: cannot be unpacked ({error})") from None


def size(path: Path) -> int:
    """The number of bytes of a file, unpacked."""
    if path.suffix.lower() not in _OPENERS:
        return path.stat().st_size
    with open_bytes(path) as file:
        return sum(map(len, iter(lambda: file.read(_CHUNK), b"")))


def too_long(place: str, what: str) -> DataError:
    """The error about what is longer than any text; the place ends in the line where it begins, if that is known."""
    return DataError(
        f"{place}: {what} of more than {LONGEST >> 20} MiB can be no text; was the file packed or written wrongly? A "
        "JSON list of that size is read as JSON lines (.jsonl), an object per line"
    )


def open_bytes(path: Path) -> IO[bytes]:
    """The file's bytes, unpacked if its name says that it is packed."""
    opened: IO[bytes] = _OPENERS.get(path.suffix.lower(), open)(path, "rb")  # type: ignore[operator]
    return opened


def open_text(path: Path, encoding: str) -> IO[str]:
    """The file's text with its line ends as they are."""
    return io.TextIOWrapper(open_bytes(path), encoding=encoding, newline="")


def _without_mark(start: bytes) -> str | None:
    """The kind of UTF-16 that zeros speak for: they are the upper halves of commas, line ends and Latin letters."""
    first, second = start[::2].count(0), start[1::2].count(0)
    # As many in both halves are of no text, but of a file whose end was never written.
    return None if 2 * min(first, second) > max(first, second) else "utf-16-le" if second > first else "utf-16-be"


def _first_bad_line(path: Path, encoding: str) -> int:
    """The first line that cannot be decoded, 0 if all can."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines, long = 1, 0
    with open_bytes(path) as file:
        while True:
            chunk = file.read(_CHUNK)
            try:
                lines += decoder.decode(chunk, final=not chunk).count("\n")
            except UnicodeDecodeError as error:
                return lines + error.object[: error.start].count(b"\n")
            if not chunk:
                return 0
            # Of the last line, what has been seen.
            end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
            long = long + len(chunk) if end < 0 else len(chunk) - end
            if long > LONGEST:
                raise too_long(f"{path.name}:{lines}", "a line")


def _pairs(path: Path) -> float:
    """Of the bytes above ASCII at the start of the file, the share that stand in twos or more, in no Latin word."""
    with open_bytes(path) as file:
        runs = re.findall(rb"[A-Za-z]?[\x80-\xff]+[A-Za-z]?", file.read(_CHUNK))
    total, pairs = 0, 0
    for run in runs:
        high = sum(byte >= 0x80 for byte in run)
        total += high
        pairs += high if high > 1 and len(run) < high + 2 else 0
    return pairs / total if total else 0.0
