"""The roles of the columns of a table: numbers, categories, texts, or nothing to learn from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..config.rules import SettingError
from .labels import LIST_DELIMITER, written

MISSING = frozenset(("", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "?", "#N/A", "-nan", "<NA>"))
# Where nobody names the target: the first of these that there is, in any case, else the last column.
TARGETS = ("label", "target", "class", "y", "标签", "类别")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_LOOK = 2000


@dataclass(frozen=True)
class Role:
    """The role of a column.

    Attributes:
        kind: "number", "category", "text", or "" where it is left out.
        reason: why it is left out; or what is odd.
        length: of the mean text, in characters.
    """

    kind: str
    reason: str = ""
    length: float = 0.0


def find_target(names: Sequence[str], asked: Sequence[str]) -> tuple[str, ...]:
    """The columns of the labels.

    Raises:
        SettingError: there is no such column.
    """
    if asked:
        for name in asked:
            require_column("data.target", name, names)
        return tuple(asked)
    lower = {name.lower(): name for name in reversed(names)}
    return (next((lower[name] for name in TARGETS if name in lower), names[-1]),)


def require_column(setting: str, name: str, names: Sequence[str]) -> None:
    """Raise if there is no such column; name the nearest, and all."""
    if name not in names:
        same = [other for other in names if other.lower() == name.lower()]
        near = (same or get_close_matches(name, names, n=1, cutoff=0.0) or list(names))[0]
        shown = ", ".join(name or "''" for name in names[:30]) + (
            f", … ({len(names)} in all)" if len(names) > 30 else ""
        )
        raise SettingError(setting, f"one of the columns {shown}", name, near)


def texts(column: pa.ChunkedArray) -> NDArray[np.object_]:
    """The values as text, "" where there is none."""
    return np.asarray(_strings(column).to_pylist(), dtype=object)


def factorised(column: pa.ChunkedArray) -> tuple[list[str], NDArray[np.int64]]:
    """The different values as text, and the place among them of each row's."""
    encoded = _strings(column).combine_chunks().dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)


def numbers(column: pa.ChunkedArray) -> tuple[NDArray[np.float64], list[int]]:
    """The values as numbers, NaN where there is none, and the rows whose text is neither a number nor missing."""
    if _is_numeric(column.type):
        values: NDArray[np.float64] = column.cast(pa.float64()).to_numpy()
        return values, []
    unique, places = factorised(column)
    found = np.asarray([_number(text) for text in unique], dtype=np.float64)
    strange = np.asarray(
        [value != value and text.strip() not in MISSING for value, text in zip(found, unique, strict=True)]
    )
    return found[places], np.flatnonzero(strange[places]).tolist() if len(places) else []


def _strings(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _strings(column.cast(kind.value_type))
    if pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        return pa.chunked_array([pa.array(written(column.to_numpy()), pa.large_string())])
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        column = pc.binary_join(column.cast(pa.large_list(pa.large_string())), LIST_DELIMITER)
    elif not pa.types.is_large_string(kind):
        column = column.cast(pa.large_string())
    return pc.fill_null(column, "")


def pick(column: pa.ChunkedArray, rows: NDArray[np.int64]) -> pa.ChunkedArray:
    """These rows of a column. Arrow's own `take` would first copy all chunks into one, a whole file for each batch."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    ends = np.cumsum([len(chunk) for chunk in column.chunks])
    chunks = np.searchsorted(ends, rows, side="right")
    order = np.argsort(chunks, kind="stable")
    found = []
    for chunk in np.unique(chunks):
        start = ends[chunk] - len(column.chunk(chunk))
        found.append(column.chunk(chunk).take(pa.array(rows[chunks == chunk] - start)))
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    joined = pa.concat_arrays(found) if found else pa.array([], column.type)
    return pa.chunked_array([joined.take(pa.array(place))], column.type)


def _is_numeric(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_decimal(kind)
    )


def _number(text: str) -> float:
    try:
        # Python alone reads 1_000 as a number.
        return float("nan") if "_" in text else float(text)
    except ValueError:
        return float("nan")


def role_of(name: str, column: pa.ChunkedArray) -> Role:
    """The role that a column seems to have."""
    values, strange = numbers(column)
    known = np.isfinite(values)
    if _is_numeric(column.type) or (known.any() and known.sum() >= 19 * len(strange)):
        return _counter(name, values, known) or Role("number")
    present = [text for text in (str(value).strip() for value in texts(column)) if text not in MISSING]
    if not present:
        return Role("", "empty")
    count = len(set(present))
    distinct = count / len(present)
    length = float(np.mean([len(text) for text in present]))
    if distinct > 0.2 and count > 2 and (length >= 40 or mean_words(present) >= 3):
        return Role("text", length=length)
    if distinct > 0.9 and len(values) >= 20:
        return Role("", "another value in almost every row")
    return Role("category", length=length)


def mean_words(strings: Sequence[str]) -> float:
    """Words per text; two Chinese characters are about one."""
    sample = strings[:_LOOK]
    total = sum(len(text.split()) + len(_CJK.findall(text)) / 2 for text in sample)
    return total / max(1, len(sample))


def is_cjk(strings: Sequence[str]) -> bool:
    """Return whether the texts are written without spaces between words, as Chinese and Japanese are."""
    sample = "".join(strings[:_LOOK])
    return len(_CJK.findall(sample)) > 0.3 * sum(map(str.isalpha, sample))


def _counter(name: str, values: NDArray[np.float64], known: NDArray[np.bool_]) -> Role | None:
    """A column that counts the rows says where a row stands in the file, which is no property of it."""
    if len(values) < 20 or not known.all():
        return None
    steps = np.diff(values)
    if (steps == 1).all():
        return Role("", "counts the rows")
    if name.lower() in ("id", "index", "rowid", "row_id", "unnamed: 0", "") and len(np.unique(values)) == len(values):
        return Role("", "another number in every row")
    return None
