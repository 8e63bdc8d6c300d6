"""Datasets and loaders of torch, and the data sets of the HF library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, TensorDataset
from torch.utils.data import Dataset as TorchDataset

from ...errors import DataError
from ..inputs import TensorInputs
from ..records.base import Records
from ..records.tables import TableRecords
from ..records.tensors import SampleInputs, TensorRecords
from ..samples import Form, as_input, numbered, stacked
from .frames import as_table, is_row, named


def is_dataset(data: Any) -> bool:
    """Return whether this is a dataset or loader of torch, or one of the HF library."""
    return isinstance(data, (TorchDataset, DataLoader)) or is_hf(data)


def is_hf(data: Any) -> bool:
    """Return whether this is a data set of the HF library."""
    return hasattr(data, "column_names") and hasattr(data, "with_format")


def open_dataset(data: Any, name: str, memory: int, target: str | None = None, labels: Sequence[str] = ()) -> Records:
    """The records of a dataset or loader.

    Args:
        data: the dataset.
        name: of the part.
        memory: bytes that the columns of a table may take.
        target: the key of the label in samples that are dicts.
        labels: of the classes, where they are known.

    Raises:
        DataError: its samples cannot be read.
    """
    if is_hf(data):
        return _of_hf(data, name, memory, target, labels)
    if isinstance(data, DataLoader):
        # Its samples one by one for the census and for evaluation; its batches to train on.
        if isinstance(data.dataset, IterableDataset) or data.collate_fn is not _default_collate():
            return from_batches(data, name, target, labels)
        return open_dataset(data.dataset, name, memory, target, labels)
    # A class of one's own that is made from it may change what it gives.
    if type(data) is TensorDataset and len(data.tensors) > 1:
        inputs = [as_input(tensor) for tensor in data.tensors[:-1]]
        return TensorRecords(TensorInputs(*inputs), data.tensors[-1], name)
    if isinstance(data, IterableDataset):
        return from_samples(list(data), name, memory, target, labels)
    return from_samples(data, name, memory, target, labels)


def from_samples(
    samples: Any, name: str, memory: int = 1 << 31, target: str | None = None, labels: Sequence[str] = ()
) -> Records:
    """The records of samples that can be had by number: (input, …, label), or dicts with a label."""
    if not hasattr(samples, "__len__"):
        raise DataError(f"{name}: {type(samples).__name__} has no __len__: a dataset says how many samples it has.")
    if not len(samples):
        raise DataError(f"{name}: there are no rows in it.")
    first = samples[0]
    if is_row(first) and any(isinstance(value, str) for value in first.values()):
        table = as_table([samples[row] for row in range(len(samples))], name)
        assert table is not None, "rows make a table"
        return TableRecords(name, table, np.arange(table.num_rows), memory)
    form = Form.of(first, name, target)
    read = form.inputs(first)
    if len(read) == 1 and isinstance(read[0], str) and not form.names:
        return _of_texts([samples[row] for row in range(len(samples))], form, name, memory, target)
    # A first look at what its inputs are.
    for value in read:
        as_input(value)
    y, names = None, None
    if form.labelled(first):
        y, names = numbered(_labels(samples, form), name, list(labels) or _class_names(samples))
    return TensorRecords(SampleInputs(samples, np.arange(len(samples)), form), y, name, names, arguments=form.arguments)


def from_batches(batches: Any, name: str, target: str | None = None, labels: Sequence[str] = ()) -> TensorRecords:
    """The records of a loader, read once: all its batches (inputs…, labels), held in memory."""
    rows: list[tuple[Tensor, ...]] = []
    found: list[Any] = []
    form = Form()
    for batch in batches:
        if not rows:
            form = Form.of(batch, name, target)
            if not form.labelled(batch):
                raise DataError(
                    f"{name}: a batch must be (input, label), or a dict with a label, got {type(batch).__name__}."
                )
        rows += zip(*(as_input(part).unbind(0) for part in form.inputs(batch)), strict=True)
        found += form.target(batch)
    if not rows:
        raise DataError(f"{name}: the loader gives no batches.")
    parts = [stacked(list(column)) for column in zip(*rows, strict=True)]
    y, names = numbered(found, name, labels or None)
    # A loader may shuffle.
    return TensorRecords(TensorInputs(*parts), y, name, names, fixed=False, arguments=form.arguments)


def form_of_batches(loader: DataLoader[Any], name: str, target: str | None) -> Form:
    """The form of a loader's batches, which is that of its samples where torch puts them together."""
    if loader.collate_fn is _default_collate() and not isinstance(loader.dataset, IterableDataset):
        return Form.of(loader.dataset[0], name, target)
    return Form.of(next(iter(loader)), name, target)


def _labels(samples: Any, form: Form) -> Sequence[Any]:
    known = getattr(samples, "targets", None)
    if known is not None and len(known) == len(samples) and getattr(samples, "target_transform", None) is None:
        return list(known)
    return [form.target(samples[row]) for row in range(len(samples))]


def _class_names(samples: Any) -> list[str] | None:
    classes = getattr(samples, "classes", None)
    plain = isinstance(classes, (list, tuple)) and all(isinstance(name, str) for name in classes)
    return list(classes) if plain and classes else None


def _of_texts(samples: list[Any], form: Form, name: str, memory: int, target: str | None) -> TableRecords:
    columns = {"text": [form.inputs(sample)[0] for sample in samples]}
    if form.labelled(samples[0]):
        columns[target or "label"] = [form.target(sample) for sample in samples]
    table = as_table(columns, name)
    assert table is not None, "columns make a table"
    return TableRecords(name, table, np.arange(len(samples)), memory)


def _of_hf(data: Any, name: str, memory: int, target: str | None, labels: Sequence[str]) -> Records:
    features = getattr(data, "features", None) or {}
    if hasattr(data, "__iter__") and not hasattr(data, "__len__"):
        # A stream is read once.
        table = as_table(list(data), name)
        if table is None:
            raise DataError(f"{name}: expected rows of single values in the stream; load it without streaming=True.")
        return _rows_of(table, features, name, memory)
    form = (getattr(data, "format", None) or {}).get("type")
    if form is not None or any(_is_array(feature) for feature in features.values()):
        names = next((_names_of(features[key]) for key in features if _names_of(features[key])), None)
        return from_samples(_Plain(data), name, memory, target, labels or names or ())
    # Its own Arrow table, in the order of its rows.
    return _rows_of(data.with_format("arrow")[:], features, name, memory)


class _Plain(TorchDataset[Any]):
    """Samples of the HF library, of which lists are arrays."""

    def __init__(self, data: Any) -> None:
        self.data = data

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, row: int) -> dict[str, Any]:
        sample = self.data[row]
        return {name: np.asarray(value) if isinstance(value, list) else value for name, value in sample.items()}


def _rows_of(table: pa.Table, features: Mapping[str, Any], name: str, memory: int) -> TableRecords:
    columns = {column: table.column(column) for column in table.column_names}
    for column, feature in features.items():
        names = _names_of(feature)
        if names and column in columns:
            columns[column] = named(columns[column].to_pylist(), names)
        elif inner := _names_of(getattr(feature, "feature", None)):
            columns[column] = pa.array([[inner[code] for code in row] for row in columns[column].to_pylist()])
    found = as_table(columns, name)
    assert found is not None, "columns make a table"
    return TableRecords(name, found, np.arange(table.num_rows), memory)


def _names_of(feature: Any) -> list[str] | None:
    names = getattr(feature, "names", None)
    return list(names) if isinstance(names, (list, tuple)) else None


def _is_array(feature: Any) -> bool:
    """Return whether a feature is a picture, an array or a list of numbers, which no column of a table is."""
    if type(feature).__name__ in ("Image", "Array2D", "Array3D", "Array4D", "Array5D"):
        return True
    inner = getattr(feature, "feature", None)
    return (
        inner is not None
        and _names_of(inner) is None
        and str(getattr(inner, "dtype", "")) not in ("string", "large_string")
    )


def _default_collate() -> Any:
    from torch.utils.data import default_collate

    return default_collate


def as_tensors(x: Any) -> list[Tensor]:
    """Inputs as the tensors that a model of one's own is called with."""
    return [_as_tensor(part) for part in (x if isinstance(x, tuple) else (x,))]


def _as_tensor(x: Any) -> Tensor:
    if hasattr(x, "tocsr"):
        x = x.toarray()
    if isinstance(x, Tensor):
        return as_input(x.to_dense() if x.layout is not torch.strided else x)
    if isinstance(x, (list, tuple)) and len(x) and not isinstance(x[0], (int, float)):
        return stacked(x)
    return as_input(x)
