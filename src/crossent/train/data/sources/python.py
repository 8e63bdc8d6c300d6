"""Data that are already in Python: arrays, tensors, columns, torch datasets and loaders."""

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
from ..records.arrays import ArrayRecords
from ..records.base import Records
from ..records.tables import TableRecords
from ..records.tensors import TensorRecords, from_batches, from_samples
from ..schema import Schema

PARTS = ("train", "val", "test")


def is_parts(data: Any) -> bool:
    """Return whether this is {"train": …} rather than a dict of columns."""
    return isinstance(data, Mapping) and "train" in data and set(data) <= set(PARTS)


def is_pair_of_texts(data: Any) -> bool:
    """Return whether this is (texts, labels)."""
    pair = isinstance(data, (tuple, list)) and len(data) == 2
    return pair and isinstance(data[0], (list, tuple)) and bool(data[0]) and isinstance(data[0][0], str)


def to_records(data: Any, name: str, as_is: bool, target: str | None, memory: int) -> Records:
    """The records of one object."""
    if isinstance(data, DataLoader):
        if isinstance(data.dataset, IterableDataset):
            return from_batches(data, name)
        # Its samples one by one for the census and for evaluation; its batches to train on.
        return (
            from_batches(data, name) if data.collate_fn is not _default_collate() else _of_dataset(data.dataset, name)
        )
    if isinstance(data, TorchDataset) and not hasattr(data, "column_names"):
        return _of_dataset(data, name)
    table = as_table(data)
    if table is not None:
        return TableRecords(name, table, np.arange(table.num_rows), memory)
    if isinstance(data, (tuple, list)) and len(data) == 2:
        return _pair(data[0], data[1], name, as_is, target)
    raise DataError(
        "expected (X, y), a table, a torch dataset or DataLoader, or a dict of these by part, "
        f"got {type(data).__name__}."
    )


def as_table(data: Any) -> pa.Table | None:
    """Columns as an Arrow table, None where there are no columns."""
    if isinstance(data, pa.Table):
        return data
    if isinstance(data, Mapping) and data:
        return pa.table({str(name): _plain(column) for name, column in data.items()})
    if hasattr(data, "column_names") and hasattr(data, "with_format"):
        # A data set of the HF library: its own Arrow table, in the order of its rows.
        return data.with_format("arrow")[:]
    if hasattr(data, "to_arrow"):
        return data.to_arrow()
    if hasattr(data, "iloc") and hasattr(data, "columns"):
        return pa.Table.from_pandas(data, preserve_index=False)
    return None


def to_columns(data: Any, schema: Schema | None) -> Records:
    """The records of inputs to predict, with or without labels."""
    if (
        isinstance(data, (list, tuple))
        and len(data)
        and isinstance(data[0], str)
        and schema is not None
        and schema.text
    ):
        data = {schema.text[0]: list(data)}
    table = as_table(data)
    if table is not None:
        return TableRecords("data", table, np.arange(table.num_rows))
    x, y = data if isinstance(data, tuple) and len(data) == 2 else (data, None)
    if schema is not None and schema.kind == "tensor" and not isinstance(data, TorchDataset):
        return TensorRecords(TensorInputs(torch.as_tensor(x)), None if y is None else torch.as_tensor(y), "data")
    if isinstance(data, (TorchDataset, DataLoader)):
        return to_records(data, "data", True, None, 1 << 31)
    return ArrayRecords(_array(x), None if y is None else _array(y), "data")


def _plain(column: Any) -> Any:
    return column.numpy(force=True) if isinstance(column, Tensor) else column


def _of_dataset(data: Any, name: str) -> Records:
    # A class of one's own that is made from it may change what it gives.
    if type(data) is TensorDataset:
        return TensorRecords(TensorInputs(*data.tensors[:-1]), data.tensors[-1], name)
    if isinstance(data, IterableDataset):
        return from_batches(DataLoader(data, batch_size=256), name)
    return from_samples(data, name)


def _pair(x: Any, y: Any, name: str, as_is: bool, target: str | None) -> Records:
    if is_pair_of_texts((x, y)):
        columns = {"text": pa.array(list(x), pa.large_string()), target or "label": _plain(y)}
        return TableRecords(name, pa.table(columns), np.arange(len(x)))
    if as_is:
        tensors = [torch.as_tensor(part) for part in (x if isinstance(x, tuple) else (x,))]
        single = [tensor.float() if tensor.dtype == torch.float64 else tensor for tensor in tensors]
        return TensorRecords(TensorInputs(*single), torch.as_tensor(y), name)
    return ArrayRecords(_array(x), None if y is None else _array(y), name)


def _array(values: Any) -> np.ndarray[Any, Any]:
    if isinstance(values, Tensor):
        return values.numpy(force=True)
    if isinstance(values, Sequence) and values and isinstance(values[0], Tensor):
        return torch.stack(list(values)).numpy(force=True)
    array = np.asarray(values)
    return array if array.dtype != object else array.astype(np.str_)


def _default_collate() -> Any:
    from torch.utils.data import default_collate

    return default_collate
