"""Numeric columns: filled, shifted and scaled by what the training rows say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .schema import Column

Matrix = NDArray[np.float64]


def fit_columns(columns: Sequence[Column], values: Matrix) -> tuple[Column, ...]:
    """The columns with the median, mean and standard deviation of their finite values, (N, F)."""
    fitted = []
    for column, column_values in zip(columns, values.T, strict=True):
        finite = column_values[np.isfinite(column_values)]
        if not len(finite):
            fitted.append(replace(column, mean=0.0, std=1.0, fill=0.0))
            continue
        fill = float(np.median(finite))
        filled = np.where(np.isfinite(column_values), column_values, fill)
        mean, std = float(filled.mean()), float(filled.std())
        # A constant column becomes 0, not noise divided by its rounding errors.
        fitted.append(replace(column, mean=mean, std=std if std > 1e-12 * max(1.0, abs(mean)) else 1.0, fill=fill))
    return tuple(fitted)


def standardised(columns: Sequence[Column], values: Matrix) -> NDArray[np.float32]:
    """The model's input, (N, F)."""
    if not columns:
        return np.zeros((len(values), 0), dtype=np.float32)
    fill, mean, std = (np.asarray([getattr(column, name) for column in columns]) for name in ("fill", "mean", "std"))
    filled = np.where(np.isfinite(values), values, fill)
    scaled: NDArray[np.float32] = ((filled - mean) / std).astype(np.float32)
    return scaled


def column_notes(columns: Sequence[Column], values: Matrix) -> list[str]:
    """Notes on columns that are constant or have missing values."""
    notes = []
    finite = np.isfinite(values)
    empty = [column.name for column, known in zip(columns, finite.T, strict=True) if not known.any()]
    constant = [
        column.name
        for column, column_values, known in zip(columns, values.T, finite.T, strict=True)
        if known.any() and (column_values[known] == column_values[known][0]).all() and len(values) > 1
    ]
    holes = [(column, int((~known).sum())) for column, known in zip(columns, finite.T, strict=True)]
    holes = [(column, count) for column, count in holes if count and column.name not in empty]
    if empty:
        notes.append(f"no training row has a value in {_listed(empty)}")
    if constant:
        notes.append(f"the same value in every training row: {_listed(constant)}")
    if holes:
        column, count = holes[0]
        more = f" (and in {len(holes) - 1} more columns)" if len(holes) > 1 else ""
        notes.append(
            f"{count:,} of {len(values):,} training rows have no value in {column.name!r}{more}: "
            f"filled with the median, {column.fill:g}"
        )
    return notes


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names[:5]))
    return shown + (f" and {len(names) - 5} more columns" if len(names) > 5 else "")
