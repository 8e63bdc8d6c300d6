"""Labels as they are written, and the numbers that a loss wants."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config.rules import SettingError
from ..errors import DataError
from ..tasks.registry import target_of, task_class
from ..tasks.target import Target
from .numbers import MISSING
from .schema import Schema

MOST_CLASSES = 10_000
# More whole numbers than these are asked about, unless they count from 0 or 1.
_MANY = 20
# Between the items of a list in one value: a control character that no label contains.
LIST_DELIMITER = "\x1f"
# Instead of it, for lists of a 0 or 1 for each class.
INDICATORS = "\x1f01"
_LIST = re.compile(r"\[[^{}]*\]")
_ZERO_ONE = {"0": False, "1": True, "0.0": False, "1.0": True, "False": False, "True": True}


def written(values: NDArray[Any] | Sequence[Any]) -> NDArray[np.str_]:
    """Labels as text, the same for 1, 1.0, True-as-1 and "1"; a missing one is ""."""
    array = np.asarray(values)
    if array.dtype.kind == "f":
        whole = np.isfinite(array) & (array == np.round(np.nan_to_num(array)))
        texts = [str(int(v)) if w else "" if np.isnan(v) else repr(float(v)) for v, w in zip(array, whole, strict=True)]
        return np.asarray(texts, dtype=np.str_)
    if array.dtype.kind == "b":
        return array.astype(np.int64).astype(np.str_)
    if array.dtype.kind == "O":
        return np.asarray(["" if value is None else _one(value) for value in array], dtype=np.str_)
    return np.asarray([_one(str(value)) for value in array], dtype=np.str_)


def _one(value: object) -> str:
    if isinstance(value, float):
        return "" if value != value else str(int(value)) if value.is_integer() else repr(value)
    text = str(value).strip()
    # As some programs write whole numbers in a column with gaps.
    whole = re.fullmatch(r"(-?\d+)\.0+", text)
    return whole[1] if whole else text


def in_order(labels: Sequence[str]) -> tuple[str, ...]:
    """Numbers by their value, then words by the alphabet."""

    def key(label: str) -> tuple[int, float, str]:
        try:
            return (0, float(label), label)
        except ValueError:
            return (1, 0.0, label)

    return tuple(sorted(labels, key=key))


def class_names(schema: Schema, values: NDArray[Any], task: str, names: Sequence[str] | None, where: str) -> Schema:
    """The schema with the classes of single labels, (N,).

    Raises:
        DataError: there is one class only, or so many different labels that they cannot be classes.
    """
    texts = written(values)
    labels = in_order([str(label) for label in np.unique(texts) if label not in MISSING])
    lost = [str(text) for text in np.unique(texts) if text in MISSING and text]
    if len(labels) == 1 and lost:
        raise DataError(
            f"{where}: all rows with a label have the same one, {labels[0]!r} ({', '.join(map(repr, lost))} counts as "
            "missing); a classifier needs at least two classes."
        )
    check_classes(labels, len(texts), where)
    if task == "auto" and names is None:
        _check_sure(labels, where)
    classes = labels
    if names is not None:
        # The labels are places in a list of names; a class without a row is still one.
        labels, classes = tuple(map(str, range(len(names)))), tuple(names)
    usual = "binary" if len(classes) == 2 else "multiclass"
    expected = "a task for one label per row (several need data.delimiter or several columns in data.target)"
    task = task_for(task, Target.CLASS, usual, expected)
    if task != usual and not task_class(task).fits(len(classes)):
        raise SettingError("data.task", f"a task for {len(classes)} classes", task, "multiclass")
    return replace(schema, task=task, classes=classes, labels=labels)


def task_for(asked: str, target: Target, usual: str, expected: str) -> str:
    """The task that was asked for, where it takes targets of this kind; for "auto" the usual one.

    Raises:
        SettingError: there is no such task, or it takes others.
    """
    if asked == "auto":
        return usual
    if target_of(asked) is not target:
        raise SettingError("data.task", expected, asked, usual)
    return asked


def check_classes(labels: Sequence[str], rows: int, where: str) -> None:
    """Raise what is wrong with labels as classes."""
    if not labels:
        raise DataError(f"{where}: no row has a label.")
    if len(labels) == 1:
        raise DataError(
            f"{where}: all {rows:,} rows have the same label, {labels[0]!r}; a classifier needs at least two classes."
        )
    fractions = (
        len(labels) > 20 and all(_is_number(label) for label in labels) and any("." in label for label in labels)
    )
    if fractions or len(labels) > MOST_CLASSES or (rows >= 20 and len(labels) > rows // 2):
        raise DataError(
            f"{where}: {len(labels):,} different labels in {rows:,} rows (such as {', '.join(map(repr, labels[:3]))}) "
            "are no classes. Is it the right column? Numbers to be predicted as numbers are not for a classifier."
        )


def _check_sure(labels: Sequence[str], where: str) -> None:
    """Raise for labels that may be no classes, or one class twice; `data.task` says that they are meant."""
    say = "write --data.task multiclass"
    whole = [int(label) for label in labels if label.lstrip("-").isdecimal()]
    if len(whole) == len(labels) > _MANY and (min(whole) not in (0, 1) or max(whole) - min(whole) >= len(whole)):
        raise DataError(
            f"{where}: {len(labels)} different whole numbers, from {min(whole)} to {max(whole)}: a quantity, or "
            f"classes? If each of them is a class, {say}."
        )
    alike: dict[str, str] = {}
    for label in labels:
        other = alike.setdefault(" ".join(label.casefold().split()), label)
        if other != label:
            raise DataError(
                f"{where}: the labels {other!r} and {label!r} differ in case or blanks alone. Write them alike; or if "
                f"they are two classes, {say}."
            )


def named_classes(schema: Schema, positive: str | None, path: str | None) -> Schema:
    """The schema with the names of its classes from a file, a line each, and its positive class as asked.

    Raises:
        SettingError: the file has other names than there are labels, or there is no such class.
    """
    if path is not None:
        if not Path(path).expanduser().is_file():
            raise SettingError("data.class_names", "a file that exists", path, "names.txt")
        names = [line.strip() for line in Path(path).expanduser().read_text(encoding="utf-8-sig").splitlines()]
        names = [name for name in names if name]
        places = [int(label) if label.isdecimal() else -1 for label in schema.labels]
        first = min(places, default=0)
        if first not in (0, 1) or max(places) - first >= len(names):
            expected = f"a file with a line per class, for the labels {', '.join(schema.labels[:5])}"
            raise SettingError("data.class_names", expected, f"{len(names)} names", path)
        schema = replace(schema, classes=tuple(names[place - first] for place in places))
    if positive is None:
        return schema
    if target_of(schema.task) is not Target.CLASS or len(schema.classes) != 2:
        raise SettingError("data.positive", "nothing, since there are not two classes", positive, None)
    if positive not in (*schema.classes, *schema.labels):
        raise SettingError("data.positive", f"one of {', '.join(schema.classes)}", positive, schema.classes[1])
    if positive in (schema.classes[0], schema.labels[0]):
        return replace(schema, classes=schema.classes[::-1], labels=schema.labels[::-1])
    return schema


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def matrix_plan(schema: Schema, matrix: NDArray[Any], task: str, names: Sequence[str] | None, where: str) -> Schema:
    """The schema with one class per 0/1 column, (N, C)."""
    values = np.asarray(matrix, dtype=np.float64)
    known = values[~np.isnan(values)]
    wrong = known[(known != 0) & (known != 1)]
    if len(wrong):
        raise DataError(f"{where}: the columns of several labels hold 0 and 1 (or nothing: unknown), got {wrong[0]:g}.")
    classes = tuple(names or (str(number) for number in range(matrix.shape[1])))
    task = task_for(task, Target.LABELS, "multilabel", "multilabel for labels in several columns")
    return replace(schema, task=task, classes=classes, labels=classes)


def to_codes(values: NDArray[Any], schema: Schema, where: str, ids: Sequence[str] | None = None) -> NDArray[Any]:
    """The targets of the schema's task.

    Raises:
        DataError: a label is none of the schema's.
    """
    kind = task_class(schema.task)
    if kind.target is Target.LABELS:
        return np.asarray(values, dtype=np.float32)
    if kind.target is Target.MASK:
        return masks_to_codes(values, schema, where)
    texts = written(values.reshape(len(values)))
    codes = places(texts, schema.labels)
    unknown = np.flatnonzero(codes < 0)
    if len(unknown):
        known = ", ".join(schema.labels[:10]) + (", …" if len(schema.labels) > 10 else "")
        place = where if ids is None else ids[int(unknown[0])]
        raise DataError(f"{place}: the label {str(texts[unknown[0]])!r} is none of the classes {known}.")
    return codes.astype(np.float32) if kind.dtype.is_floating_point else codes


def places(texts: NDArray[np.str_], labels: Sequence[str]) -> NDArray[np.int64]:
    """The place of each text among the labels, −1 where it is none."""
    unique, inverse = np.unique(texts, return_inverse=True)
    known = {label: place for place, label in enumerate(labels)}
    return np.asarray([known.get(str(text), -1) for text in unique], dtype=np.int64)[inverse.reshape(-1)]


def masks_to_codes(masks: NDArray[Any], schema: Schema, where: str) -> NDArray[Any]:
    """Pixel values as class numbers, uint8 where they fit; a value that is void becomes the schema's ignore_index."""
    ignored = schema.ignore_index if schema.ignore_index is not None else -1
    values, inverse = np.unique(masks, return_inverse=True)
    known = {int(label): place for place, label in enumerate(schema.labels)}
    unknown = [int(value) for value in values if int(value) not in known]
    if unknown and (schema.ignore_index is None or len(unknown) > 1):
        raise DataError(f"{where}: the mask value {unknown[0]} is none of the classes {', '.join(schema.labels)}.")
    codes = np.asarray([known.get(int(value), ignored) for value in values])
    narrow = np.uint8 if len(schema.labels) <= 255 else np.int64
    return codes.astype(narrow)[inverse.reshape(masks.shape)]


def split_labels(values: Iterable[object], delimiter: str) -> list[list[str]]:
    """The labels of each row, lists of Python and JSON too; of `INDICATORS` the places of the ones."""
    if delimiter in (LIST_DELIMITER, INDICATORS):
        rows = [_listed(str(value)) for value in values]
        if delimiter == LIST_DELIMITER:
            return rows
        return [[str(place) for place, item in enumerate(row) if _ZERO_ONE.get(item, True)] for row in rows]
    return [[label.strip() for label in str(value).split(delimiter) if label.strip()] for value in values]


def list_delimiter(values: Iterable[object]) -> str | None:
    """How values that all are lists are split, None where they are none."""
    texts = [text for text in (str(value).strip() for value in values) if text not in MISSING]
    if not texts or not all(LIST_DELIMITER in text or _LIST.fullmatch(text) for text in texts):
        return None
    rows = [_listed(text) for text in texts]
    # Nobody names a label of a row twice.
    alike = len({len(row) for row in rows}) == 1 and any(len(set(row)) < len(row) for row in rows)
    return INDICATORS if alike and all(item in _ZERO_ONE for row in rows for item in row) else LIST_DELIMITER


def _listed(text: str) -> list[str]:
    if _LIST.fullmatch(text.strip()):
        try:
            text = LIST_DELIMITER.join(str(item) for item in ast.literal_eval(text.strip()))
        except (SyntaxError, ValueError, TypeError):
            # Words without quotation marks, or as NumPy writes them.
            text = LIST_DELIMITER.join(re.split(r"[\s,]+", text.strip()[1:-1].strip()))
    return [label.strip() for label in text.split(LIST_DELIMITER) if label.strip()]


def divided(labels: Sequence[str]) -> str | None:
    """The mark between what seem to be several labels in one, None where they are none.

    Either all of its parts come again in other labels, or each label with the mark has a part that is a label alone.
    """
    for mark in ("|", ";", ","):
        split = [[part.strip() for part in label.split(mark)] for label in labels]
        several = [parts for parts in split if len(parts) > 1]
        alone = {parts[0] for parts in split if len(parts) == 1}
        often = Counter(part for parts in split for part in set(parts))
        again = all(often[part] > 1 for parts in several for part in parts)
        if len(several) > 1 and (again or all(alone & set(parts) for parts in several)):
            return mark
    return None


def to_matrix(rows: Sequence[Sequence[str]], classes: Sequence[str], ids: Sequence[str]) -> NDArray[np.float32]:
    """(N, C), 1.0 where a row has the label.

    Raises:
        DataError: a label is none of the classes.
    """
    places = {name: place for place, name in enumerate(classes)}
    matrix = np.zeros((len(rows), len(classes)), dtype=np.float32)
    for number, labels in enumerate(rows):
        for label in labels:
            if label not in places:
                known = ", ".join(classes[:10]) + (", …" if len(classes) > 10 else "")
                raise DataError(f"{ids[number]}: the label {label!r} is none of the classes {known}.")
            matrix[number, places[label]] = 1
    return matrix
