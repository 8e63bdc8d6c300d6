"""Data that are already in Python: pairs of inputs and labels, tables, datasets, and parts of these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from torch import Tensor

from ...errors import DataError
from ..inputs import TensorInputs
from ..records.arrays import ArrayRecords
from ..records.base import Records
from ..records.sparse import SparseRecords
from ..records.tables import TableRecords
from ..records.tensors import TensorRecords
from ..samples import LABELS
from .arrays import pictures_of, to_array, to_labels, to_numbers
from .datasets import as_tensors, from_samples, is_dataset, open_dataset
from .frames import as_table, is_column, is_frame, is_rows, is_texts, named, to_column
from .layout import part_of

# What the inputs of a dict of inputs and labels are called.
_INPUTS = ("x", "input", "inputs", "data", "features", "image", "images")
EXPECTED = (
    "expected (X, y), a table, a list of rows as dicts, a torch dataset or DataLoader, or a dict of these by part"
)


def parts_of(data: Any) -> tuple[dict[str, Any], list[str]]:
    """The parts of a dict such as {"train": …, "validation": …}, else all as "train"; and what is left out.

    Raises:
        DataError: there are parts, and none is to train on, or two are the same.
    """
    if not isinstance(data, Mapping):
        return {"train": data}, []
    named_parts = {name: part_of(str(name)) for name in data}
    found: dict[str, Any] = {}
    if not any(named_parts.values()) or any(
        is_column(value) or (not hasattr(value, "__len__") and not is_dataset(value)) for value in data.values()
    ):
        return {"train": data}, []
    for name, part in named_parts.items():
        if part is not None:
            if part[0] in found:
                raise DataError(f"two parts are the {part[0]} part: {', '.join(map(str, data))}; give it once.")
            found[part[0]] = data[name]
    if "train" not in found:
        names = ", ".join(map(repr, data))
        raise DataError(f"no part is to train on among {names}; name one 'train', or give one of them alone.")
    left = [repr(name) for name, part in named_parts.items() if part is None]
    return found, [f"parts left out: {', '.join(left)}"] if left else []


def to_records(data: Any, name: str, as_is: bool, target: str | None, memory: int) -> Records:
    """The records of one object.

    Raises:
        DataError: it is nothing that can be read.
    """
    data = unpacked(data)
    if is_dataset(data):
        return open_dataset(data, name, memory, target)
    pair = _as_pair(data)
    if pair is not None:
        records = _pair(*pair, name, as_is, target, memory)
        # A Bunch may bring them.
        records.weights = _weights(getattr(data, "sample_weight", None), len(records), name)
        return records
    table = as_table(data, name)
    if table is not None:
        return TableRecords(name, table, np.arange(table.num_rows), memory)
    if is_samples(data):
        return from_samples(data, name, memory, target)
    hint = ""
    if isinstance(data, tuple) and len(data) == 4:
        hint = '; of four arrays write {"train": (X_train, y_train), "test": (X_test, y_test)}'
    got = f"{type(data).__name__} of {len(data)}" if isinstance(data, (tuple, list)) else type(data).__name__
    raise DataError(f"{EXPECTED}, got {got}{hint}.")


def is_pair_of_texts(data: Any) -> bool:
    """Return whether this is (texts, labels)."""
    pair = _as_pair(data)
    return pair is not None and is_texts(pair[0])


def text_column(data: Any) -> str | None:
    """The column of texts that have no name of their own, None where there are none."""
    if is_pair_of_texts(data):
        return "text"
    samples = getattr(data, "dataset", data)
    if not isinstance(samples, list) and not (is_dataset(samples) and hasattr(samples, "__getitem__")):
        return None
    first = samples[0] if samples and hasattr(samples, "__len__") else None
    return "text" if isinstance(first, (tuple, list)) and len(first) == 2 and isinstance(first[0], str) else None


def unpacked(data: Any) -> Any:
    """The contents of an iterator, as a list; a query of polars, run; anything else as it is."""
    if hasattr(data, "collect_schema") and not hasattr(data, "to_arrow"):
        return data.collect()
    return list(data) if isinstance(data, Iterator) and not is_dataset(data) else data


def _as_pair(data: Any) -> tuple[Any, Any, Sequence[str] | None, Sequence[str] | None] | None:
    """Inputs, labels, and the names of classes and features where they are known; None if it is no pair."""
    if isinstance(data, (tuple, list)) and len(data) == 2 and not is_rows(data) and not is_samples(data):
        return data[0], data[1], None, None
    if not isinstance(data, Mapping):
        return None
    if {"data", "target"} <= set(data) and hasattr(data, "target"):
        # A Bunch of scikit-learn.
        return data["data"], data["target"], data.get("target_names"), data.get("feature_names")
    lower = {str(name).lower(): name for name in data}
    x = next((lower[name] for name in _INPUTS if name in lower), None)
    y = next((lower[name] for name in LABELS if name in lower), None)
    if len(data) == 2 and x is not None and y is not None and not is_column(data[x]):
        return data[x], data[y], None, None
    return None


def is_samples(data: Any) -> bool:
    """Return whether this is a list of (input, label)."""
    if not isinstance(data, list) or not data or not all(isinstance(row, (tuple, dict)) for row in data):
        return False
    return all(isinstance(row, dict) or (len(row) >= 2 and _is_label(row[-1])) for row in data)


def _is_label(value: Any) -> bool:
    return isinstance(value, (int, float, str, np.generic)) or (
        isinstance(value, (Tensor, np.ndarray)) and value.ndim == 0
    )


def _pair(
    x: Any,
    y: Any,
    classes: Sequence[str] | None,
    features: Sequence[str] | None,
    name: str,
    as_is: bool,
    target: str | None,
    memory: int,
) -> Records:
    if y is None:
        raise DataError(f"{name}: there are no labels: expected (X, y), got (X, None).")
    frame = x if is_frame(x) or isinstance(x, Mapping) or is_rows(x) or isinstance(x, pa.Table) else None
    if frame is None and is_texts(x):
        frame = {"text": x}
    if frame is None and not as_is:
        frame = _untyped(x, name, features)
    if frame is not None:
        inputs = as_table(frame, name)
        assert inputs is not None, "a frame makes a table"
        table = labelled(inputs, x, y, classes, target, name)
        records = TableRecords(name, table, np.arange(table.num_rows), memory)
        records.target = tuple(table.column_names[len(inputs.column_names) :])
        return records
    if as_is:
        labels, own = to_numbers(y, name)
        return TensorRecords(TensorInputs(*as_tensors(x)), labels, name, classes if classes is not None else own)
    if hasattr(x, "tocsr"):
        return SparseRecords(x.tocsr(), to_labels(y, name), name, classes, memory=memory)
    return ArrayRecords(to_array(x, name), to_labels(y, name), name, classes, features)


def _weights(weights: Any, rows: int, where: str) -> NDArray[np.float64] | None:
    if weights is None:
        return None
    found = np.asarray(weights, dtype=np.float64)
    if found.shape != (rows,) or not np.isfinite(found).all() or (found < 0).any():
        raise DataError(f"{where}: expected a finite sample_weight of at least 0 for each of the {rows:,} rows.")
    return found


def labelled(
    table: pa.Table, x: Any, y: Any, classes: Sequence[str] | None, target: str | None, where: str
) -> pa.Table:
    """The table with the labels as its last columns."""
    _check_index(x, y, where)
    if is_frame(y) or isinstance(y, (Mapping, pa.Table)):
        labels = as_table(y, where)
        assert labels is not None, "a frame makes a table"
    else:
        own = getattr(y, "name", None)
        name = target or (own if isinstance(own, str) and own and "," not in own else "label")
        values = named(to_labels(y, where), classes) if classes is not None else to_column(y, f"{where}: the labels")
        labels = pa.table([values], names=[name if name not in table.column_names else f"{name} (y)"])
    if labels.num_rows != table.num_rows:
        raise DataError(
            f"{where}: there are {table.num_rows:,} inputs and {labels.num_rows:,} labels; each input needs one label."
        )
    for name, column in zip(labels.column_names, labels.columns, strict=True):
        table = table.append_column(name, column)
    return table


def _check_index(x: Any, y: Any, where: str) -> None:
    """Raise for rows of pandas that are in another order than their labels."""
    mine: Any = getattr(x, "index", None)
    other: Any = getattr(y, "index", None)
    if not hasattr(mine, "equals") or not hasattr(other, "equals") or len(mine) != len(other) or mine.equals(other):
        return
    row = next((row for row, (a, b) in enumerate(zip(mine, other, strict=True)) if a != b), 0)
    raise DataError(
        f"{where}: row {row} of X has the index {mine[row]!r}, its label {other[row]!r}: are they of one row? Write "
        "y.loc[X.index] to bring them together, or y.to_numpy() if they are in order"
    )


def _untyped(x: Any, name: str, features: Sequence[str] | None) -> dict[str, Any] | None:
    """Columns for rows that are not all numbers, None for arrays of numbers and for pictures."""
    if isinstance(x, Tensor) or hasattr(x, "tocsr") or pictures_of(x) is not None:
        return None
    if is_column(x):
        return {"x0": x}
    try:
        found = np.asarray(x)
    except ValueError:
        return None
    if found.dtype.kind in "biufc" or found.ndim != 2 or not isinstance(x, (list, tuple, np.ndarray)):
        return None
    # Of lists the values before NumPy has made all of them text.
    rows = x.tolist() if isinstance(x, np.ndarray) else x
    names = features if features is not None else [f"x{number}" for number in range(found.shape[1])]
    return {str(names[place]): [row[place] for row in rows] for place in range(found.shape[1])}
