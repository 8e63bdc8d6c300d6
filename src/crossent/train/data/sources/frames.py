"""Tables that are already in Python, as Arrow tables: pandas, polars, HF datasets, dicts of columns, lists of dicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from torch import Tensor

from ...errors import DataError
from ..labels import written

_SINGLE = (str, bytes, int, float, bool, type(None), np.generic)


def as_table(data: Any, name: str = "data") -> pa.Table | None:
    """Columns as an Arrow table, None where there are no columns.

    Raises:
        DataError: there are columns, and they make no table.
    """
    if isinstance(data, pa.Table):
        return _checked(zip(data.column_names, data.columns, strict=True), name)
    if is_frame(data):
        if hasattr(data, "iloc"):
            return _checked(((column, data.iloc[:, place]) for place, column in enumerate(data.columns)), name)
        return as_table(data.to_arrow(), name)
    if isinstance(data, Mapping) and data:
        if all(_is_single(value) for value in data.values()):
            # One row.
            return _checked(((column, [value]) for column, value in data.items()), name)
        return _checked(data.items(), name)
    if is_rows(data):
        names = dict.fromkeys(column for row in data for column in row)
        return _checked(((column, [row.get(column) for row in data]) for column in names), name)
    return None


def is_frame(data: Any) -> bool:
    """Return whether this is a table of pandas or polars."""
    return hasattr(data, "columns") and (hasattr(data, "iloc") or hasattr(data, "to_arrow"))


def is_series(data: Any) -> bool:
    """Return whether this is a column of pandas or polars."""
    return hasattr(data, "dtype") and hasattr(data, "to_numpy") and hasattr(data, "name")


def is_rows(data: Any) -> bool:
    """Return whether this is a list of rows as dicts of single values."""
    return isinstance(data, (list, tuple)) and bool(data) and all(is_row(row) for row in data)


def is_row(data: Any) -> bool:
    """Return whether this is a dict of single values, or of lists of labels."""
    return isinstance(data, Mapping) and all(_is_single(value) or isinstance(value, list) for value in data.values())


def is_column(data: Any) -> bool:
    """Return whether this holds a single value per row."""
    if is_series(data):
        return True
    if isinstance(data, (np.ndarray, Tensor)):
        return data.ndim == 1
    return isinstance(data, (list, tuple)) and bool(data) and _is_single(data[0])


def is_texts(data: Any) -> bool:
    """Return whether this is a column of strings."""
    if not is_column(data):
        return False
    return isinstance(next((value for value in data if value is not None and value == value), None), str)


def _is_single(value: Any) -> bool:
    # Dates and decimals, too, have no length.
    return isinstance(value, _SINGLE) or not hasattr(value, "__len__") or getattr(value, "ndim", 1) == 0


def named(codes: Sequence[Any] | NDArray[Any], names: Sequence[str]) -> pa.Array:
    """Class numbers with the names of their classes, in this order; what is no number of one has no label.

    Example::

        >>> named([1, 0, -1], ["no", "yes"]).to_pylist()
        ['yes', 'no', None]
    """
    places = [int(code) if code is not None and 0 <= code < len(names) else None for code in codes]
    dictionary = pa.array([str(name) for name in names], pa.large_string())
    return pa.DictionaryArray.from_arrays(pa.array(places, pa.int32()), dictionary, ordered=True)


def _checked(columns: Iterable[tuple[Any, Any]], where: str) -> pa.Table:
    arrays = [(str(name), to_column(values, f"{where}: column {str(name)!r}")) for name, values in columns]
    doubled = next((name for name, count in Counter(name for name, _ in arrays).items() if count > 1), None)
    if doubled is not None:
        raise DataError(f"{where}: two columns are named {doubled!r}; give each its own name")
    for name, values in arrays:
        if len(values) != len(arrays[0][1]):
            raise DataError(
                f"{where}: column {arrays[0][0]!r} has {len(arrays[0][1]):,} values and {name!r} {len(values):,}; "
                "all need as many."
            )
    return pa.table([values for _, values in arrays], names=[name for name, _ in arrays])


def to_column(values: Any, where: str) -> pa.Array | pa.ChunkedArray:
    """One value per row as an Arrow array; what has no common type becomes text.

    Raises:
        DataError: a row has several values, or what is neither a number, a date nor a text.
    """
    if isinstance(values, Tensor):
        values = (values.float() if values.dtype.itemsize < 4 and values.is_floating_point() else values).numpy(
            force=True
        )
    if isinstance(values, Iterator):
        values = list(values)
    if getattr(values, "ndim", 1) == 0 or _is_single(values):
        raise DataError(f"{where}: expected a value per row, got {values!r} alone; write [{values!r}]")
    if getattr(values, "ndim", 1) > 1:
        shape = tuple(values.shape)
        raise DataError(f"{where} is of the shape {shape}: a column has one value per row; give the array as (X, y).")
    return _plain(_arrow(values), where)


def _arrow(values: Any) -> pa.Array | pa.ChunkedArray:
    if isinstance(values, (pa.Array, pa.ChunkedArray)):
        return values
    if hasattr(values, "to_arrow"):
        return values.to_arrow()
    try:
        found = pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, TypeError):
        # Numbers beside words; or a type that Arrow does not know.
        return _as_text(values)
    return _as_text(values) if isinstance(found.type, pa.BaseExtensionType) else found


def _as_text(values: Any) -> pa.Array:
    found = list(values)
    gaps = [value is None or value is not value or (isinstance(value, float) and value != value) for value in found]
    cells = np.empty(len(found), dtype=object)
    cells[:] = [None if gap else value for value, gap in zip(found, gaps, strict=True)]
    return pa.array(
        [None if gap else str(text) for text, gap in zip(written(cells), gaps, strict=True)], pa.large_string()
    )


def _plain(column: pa.Array | pa.ChunkedArray, where: str) -> pa.Array | pa.ChunkedArray:
    """The column in a type that the rules of columns know."""
    kind = column.type
    if pa.types.is_null(kind):
        return column.cast(pa.large_string())
    if pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("us", kind.tz), safe=False)
    if pa.types.is_duration(kind):
        return pa.array(np.asarray(column).astype("timedelta64[us]").astype(np.float64) / 1e6)
    if pa.types.is_struct(kind) or pa.types.is_map(kind) or pa.types.is_union(kind):
        raise DataError(f"{where} holds {kind}: expected a number, a date or a text per row; take its parts as columns")
    return column
