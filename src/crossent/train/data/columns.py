"""The roles of the columns of a table: numbers, categories, texts, or nothing to learn from."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..config.rules import SettingError
from ..errors import DataError
from .labels import LIST_DELIMITER, check_classes, list_delimiter, written
from .numbers import DATE, MISSING, PLAIN, find_date, find_style, parse

# Where nobody names the target: the first of these that there is, in any case, else the last column.
TARGETS = ("label", "target", "class", "y", "标签", "类别")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_LOOK = 2000
# Rows from which on unequal whole numbers without gaps between them are no coincidence.
_SURE = 50
_DAY = 86_400e6  # Microseconds.
_ID = re.compile(r"(?:^|[_\W])(?:id|no|nr|key|index|uuid|rowid|unnamed)(?:$|[_\W])|[a-z]I[dD]$|编号|序号")


@dataclass(frozen=True)
class Role:
    """The role of a column.

    Attributes:
        kind: "number", "category", "text", or "" where it is left out.
        reason: why it is left out; or what is odd.
        length: of the mean text, in characters.
        style: how numbers are written: `numbers.find_style`.
    """

    kind: str
    reason: str = ""
    length: float = 0.0
    style: str = PLAIN


class LabelColumns(NamedTuple):
    """The columns of the labels, and why it is they; "" where there is nothing to say."""

    names: tuple[str, ...]
    why: str

    def __str__(self) -> str:
        return f"predicts {', '.join(map(repr, self.names))} ({self.why})"


def find_target(
    names: Sequence[str], asked: Sequence[str], column: Callable[[str], pa.ChunkedArray] | None
) -> LabelColumns:
    """The columns of the labels: as asked, by name, else the last one, or the first where that one cannot have labels.

    Args:
        names: of all columns.
        asked: names that are given.
        column: a column's values by its name; None: they are not looked at.

    Raises:
        SettingError: there is no such column.
    """
    if asked:
        for name in asked:
            require_column("data.target", name, names)
        return LabelColumns(tuple(asked), "data.target")
    named = [name for name in names if not is_nameless(name)] or list(names)
    first, last = named[0], named[-1]
    lower = {name.lower(): name for name in reversed(named)}
    found = next((lower[name] for name in TARGETS if name in lower), None)
    if found is not None:
        beside = "" if found == last else f"; --target names another, such as the last, {last!r}"
        return LabelColumns((found,), f"for its name{beside}")
    if column is not None and not can_be_classes(column(last)) and can_be_classes(column(first)):
        return LabelColumns(
            (first,), f"the first column, since the last, {last!r}, has no classes; --target names another"
        )
    return LabelColumns((last,), "the last column; --target names another")


def is_nameless(name: str) -> bool:
    """Return whether a name only says where its column stands."""
    return name == "" or re.fullmatch(r"unnamed \d+", name) is not None


def can_be_classes(column: pa.ChunkedArray) -> bool:
    """Return whether the values may be labels: not all equal, and few different ones, or lists."""
    if pa.types.is_list(column.type):
        return True
    unique = [value for value in factorised(column)[0] if value.strip() not in MISSING]
    try:
        check_classes(unique, len(column), "")
    except DataError:
        return any(LIST_DELIMITER in value for value in unique) or list_delimiter(unique) is not None
    return True


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
    return np.asarray(strings(column).to_pylist(), dtype=object)


def factorised(column: pa.ChunkedArray) -> tuple[list[str], NDArray[np.int64]]:
    """The different values as text, and the place among them of each row's."""
    if pa.types.is_floating(column.type):
        # Each different number is written once; 0 and -0 are the same text.
        different = pc.fill_null(column, float("nan")).combine_chunks().dictionary_encode()
        values, same = _encoded(strings(pa.chunked_array([different.dictionary])))
        return values, same[different.indices.to_numpy()]
    return _encoded(strings(column))


def _encoded(column: pa.ChunkedArray) -> tuple[list[str], NDArray[np.int64]]:
    encoded = column.combine_chunks().dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)


def numbers(column: pa.ChunkedArray, style: str = PLAIN) -> tuple[NDArray[np.float64], list[int]]:
    """The values as numbers, NaN where there is none, and the rows whose text is neither a number nor missing."""
    if _is_numeric(column.type):
        values: NDArray[np.float64] = column.cast(pa.float64()).to_numpy()
        return values, []
    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        days = column.cast(pa.timestamp("us")).cast(pa.int64()).cast(pa.float64(), safe=False).to_numpy() / _DAY
        return days, []
    unique, places = factorised(column)
    found = np.asarray([parse(text, style) for text in unique], dtype=np.float64)
    strange = np.asarray(
        [value != value and text.strip() not in MISSING for value, text in zip(found, unique, strict=True)]
    )
    return found[places], np.flatnonzero(strange[places]).tolist() if len(places) else []


def strings(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The values as text, still in Arrow's hands; "" where there is none."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return strings(column.cast(kind.value_type))
    if pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        return pa.chunked_array([pa.array(written(column.to_numpy()), pa.large_string())])
    try:
        if pa.types.is_list(kind) or pa.types.is_large_list(kind):
            between = pa.scalar(LIST_DELIMITER, pa.large_string())
            column = pc.binary_join(column.cast(pa.large_list(pa.large_string())), between)
        elif not pa.types.is_large_string(kind):
            column = column.cast(pa.large_string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        # Bytes that are no UTF-8, lists of lists, and other types that Arrow has no text for.
        values = (None if value is None else as_text(value) for value in column.to_pylist())
        column = pa.chunked_array([pa.array(values, pa.large_string())])
    return pc.fill_null(column, "")


def as_text(value: Any) -> str:
    """A value of any type as text."""
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


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


def role_of(name: str, column: pa.ChunkedArray, asked: str = "") -> Role:
    """The role that a column seems to have, or is to have: "number", "date", "category" or "text".

    Raises:
        SettingError: it cannot be what is asked.
    """
    if not asked and not is_text(column.type):
        hint = "; of pictures make files, or read them in Python" if pa.types.is_binary(column.type) else ""
        return Role("", f"values of the type {column.type}{hint}")
    style = _style(name, column, asked)
    if style is not None:
        values, _ = numbers(column, style)
        plain = style == PLAIN and not asked
        return (_counter(name, values, np.isfinite(values)) if plain else None) or Role("number", style=style)
    present = [text for text in (str(value).strip() for value in texts(column)) if text not in MISSING]
    if not present:
        return Role("", "empty")
    if is_nameless(name) and len(present) < 0.05 * len(column):
        return Role("", f"no name, and values in {len(present):,} of {len(column):,} rows")
    count = len(set(present))
    distinct = count / len(present)
    length = float(np.mean([len(text) for text in present]))
    if asked:
        return Role(asked, length=length)
    if distinct > 0.2 and count > 2 and (length >= 40 or mean_words(present) >= 3):
        return Role("text", length=length)
    if distinct > 0.9 and len(column) >= 20:
        return Role("", "another value in almost every row")
    return Role("category", length=length)


def is_text(kind: pa.DataType) -> bool:
    """Return whether values are, or can be written as, single texts."""
    if pa.types.is_dictionary(kind) or pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return not pa.types.is_nested(kind.value_type)
    return not (pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def style_of(name: str, column: pa.ChunkedArray) -> str:
    """How a column's numbers or dates are written."""
    return _style(name, column, "") or PLAIN


def _style(name: str, column: pa.ChunkedArray, asked: str) -> str | None:
    """The style of a column of numbers or dates, None for other columns."""
    if asked in ("category", "text") or (not asked and pa.types.is_dictionary(column.type)):
        return None
    if _is_numeric(column.type):
        return PLAIN
    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        return DATE
    # Any: bytes that are no text, and values that have no form as text.
    try:
        unique = factorised(column)[0]
    except pa.ArrowException:
        raise DataError(
            f"the column {name!r} holds {column.type}, and no numbers, dates or texts; leave it out (--data.drop), and "
            "of pictures make files, in a folder for each class"
        ) from None
    present = [text.strip() for text in unique if text.strip() not in MISSING]
    style = find_date(present[:_LOOK]) if asked == "date" else find_style(unique)
    if asked == "number" and style is None:
        style = PLAIN if any(parse(text, PLAIN) == parse(text, PLAIN) for text in present) else None
    if asked and style is None:
        raise SettingError("data.types", f"for {name!r} what its values are (such as {present[:1]})", asked, "category")
    return style


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
    if (np.diff(values) == 1).all():
        return Role("", "counts the rows")
    if len(np.unique(values)) < len(values) or (values != np.round(values)).any():
        return None
    # Another whole number in every row: without a gap between them, or by their name, they say which row it is.
    dense = len(values) >= _SURE and np.ptp(values) < 1.5 * len(values)
    if dense or name == "" or _ID.search(name) or _ID.search(name.lower()):
        return Role("", "another number in every row")
    return None
