"""Inputs from Python for a model that is trained, as its schema reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from PIL import Image
from torch import Tensor

from ...errors import DataError
from ..inputs import TensorInputs
from ..records.arrays import ArrayRecords
from ..records.base import Records
from ..records.sparse import SparseRecords
from ..records.tables import TableRecords
from ..records.tensors import TensorRecords
from ..schema import Schema
from .arrays import pictures_of, to_array, to_labels, to_numbers, to_pictures
from .datasets import as_tensors, from_samples, is_dataset, open_dataset
from .frames import as_table, is_column, is_frame, is_rows, is_series, is_texts
from .python import EXPECTED, is_samples, labelled, unpacked


def to_columns(data: Any, schema: Schema | None) -> Records:
    """The records of inputs to predict, with or without labels.

    Raises:
        DataError: they are none that the schema reads.
    """
    data = unpacked(data)
    if is_dataset(data) or (schema is not None and schema.kind == "tensor" and is_samples(data)):
        open_ = open_dataset if is_dataset(data) else from_samples
        return open_(data, "data", 1 << 31, labels=schema.labels if schema else ())
    if schema is None:
        table = as_table(data)
        return ArrayRecords(to_array(data), None, "data") if table is None else _rows(table)
    x, y = (data[0], data[1]) if isinstance(data, tuple) and len(data) == 2 and not is_column(data) else (data, None)
    return _of_schema(x, y, schema)


def _of_schema(x: Any, y: Any, schema: Schema) -> Records:
    if schema.kind in ("text", "tabular", "mixed"):
        table = as_table(_by_name(x, schema))
        if table is not None and (schema.target or y is None):
            return _rows(table if y is None else labelled(table, x, y, None, schema.target[0], "data"))
        if hasattr(x, "tocsr"):
            return SparseRecords(x.tocsr(), None if y is None else to_labels(y, "data"), "data")
    if schema.kind == "tensor" and schema.target == ():
        tensors = as_tensors(x)
        if tensors[0].shape == schema.input_shape:
            tensors = [tensor[None] for tensor in tensors]
        labels = None if y is None else to_numbers(y, "data")[0]
        return TensorRecords(TensorInputs(*tensors), labels, "data", arguments=schema.arguments)
    if x is None or isinstance(x, (bool, str, bytes)):
        raise DataError(f"{EXPECTED}, got {type(x).__name__}.")
    pictures = [x] if isinstance(x, Image.Image) else pictures_of(x)
    if pictures is not None and schema.kind == "image":
        array = to_pictures(pictures, "data", schema.input_shape)
    else:
        array = to_array(x)
    if array.shape == schema.sample_shape or (schema.kind == "image" and (1, *array.shape) == schema.input_shape):
        array = array[None]
    return ArrayRecords(array, None if y is None else to_labels(y, "data"), "data")


def _rows(table: pa.Table) -> TableRecords:
    return TableRecords("data", table, np.arange(table.num_rows))


def _by_name(x: Any, schema: Schema) -> Any:
    """Inputs as columns by name: texts under that of the column of texts, rows of an array under those of theirs."""
    if isinstance(x, str):
        x = [x]
    if hasattr(x, "to_dict") and is_series(x) and all(isinstance(name, str) for name in getattr(x, "index", [0])):
        # A row of pandas.
        return x.to_dict()
    names = list(dict.fromkeys([*schema.text, *(column.name for column in schema.columns)]))
    if schema.text and (is_texts(x) or (isinstance(x, (list, tuple)) and not x)):
        if len(schema.text) > 1 or schema.columns:
            raise DataError(f"the model reads the columns {', '.join(names)}: give a dict or a table with them.")
        return {schema.text[0]: [None if value is None else str(value) for value in x]}
    if not schema.target or schema.text or is_frame(x) or isinstance(x, (Mapping, pa.Table)) or is_rows(x):
        return x
    rows = x.tolist() if isinstance(x, (np.ndarray, Tensor)) else x.toarray().tolist() if hasattr(x, "tocsr") else x
    if not isinstance(rows, (list, tuple)):
        raise DataError(f"{EXPECTED}, got {type(x).__name__}.")
    rows = [rows] if is_column(rows) else rows
    for row in rows:
        if len(row) != len(names):
            raise DataError(
                f"expected rows of {len(names)} values ({', '.join(names[:5])}{', …' if len(names) > 5 else ''}), got "
                f"one of {len(row)}; give a table with these columns."
            )
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}
