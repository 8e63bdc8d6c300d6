"""Numeric columns: filled, shifted and scaled by what the training rows say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...wording import listed
from .numbers import DATE
from .schema import Column
from .shift import quantiles

Matrix = NDArray[np.float64]
# Heavy tails: so many widths of the middle half away, in a column of at least so many other values than the median.
_FAR, _FEW = 50.0, 20


def fit_columns(columns: Sequence[Column], values: Matrix) -> tuple[Column, ...]:
    """The columns with the median, mean and standard deviation of their finite values, (N, F)."""
    fitted = []
    for column, column_values in zip(columns, values.T, strict=True):
        finite = column_values[np.isfinite(column_values)]
        if not len(finite):
            fitted.append(replace(column, mean=0.0, std=1.0, fill=0.0))
            continue
        fill = float(np.median(finite))
        scale = _tail_scale(finite) if column.part == "value" and not column.style.startswith(DATE) else 0.0
        filled = np.where(np.isfinite(column_values), column_values, fill)
        if scale:
            filled = np.arcsinh((filled - fill) / scale)
        mean, std = float(filled.mean()), float(filled.std())
        # A constant column becomes 0, not noise divided by its rounding errors.
        std = std if std > 1e-12 * max(1.0, abs(mean)) else 1.0
        column = replace(column, mean=mean, std=std, fill=fill, scale=scale)
        if column.part == "value":
            missing = 1 - len(finite) / len(column_values)
            column = replace(column, quantiles=quantiles(finite), missing=missing)
        fitted.append(column)
    return tuple(fitted)


def standardised(columns: Sequence[Column], values: Matrix) -> NDArray[np.float32]:
    """The model's input, (N, F)."""
    scaled = np.empty((len(columns), len(values)), dtype=np.float32)
    for column, own, row in zip(columns, values.T, scaled, strict=True):
        known = np.isfinite(own)
        filled = own if known.all() else np.where(known, own, column.fill)
        if column.scale:
            filled = np.arcsinh((filled - column.fill) / column.scale)
        np.divide(filled - column.mean, column.std, out=row, casting="same_kind")
    return np.ascontiguousarray(scaled.T)


def cuts(columns: Sequence[Column]) -> list[tuple[float, ...]]:
    """The different quantiles of each column as they are in the model's input; none of a column without quantiles."""
    found = (standardised([column], np.asarray(column.quantiles)[:, None]) for column in columns)
    return [tuple(np.unique(values).tolist()) for values in found]


def _tail_scale(finite: Matrix) -> float:
    """Of values far beyond the middle half of them, the width of that half; else 0."""
    distance = np.abs(finite - np.median(finite))
    near = distance[distance > 0]
    if len(near) < _FEW:
        return 0.0
    width = float(np.median(near))
    return width if float(distance.max()) > _FAR * width else 0.0


def parted(values: NDArray[np.float64], part: str) -> NDArray[np.float64]:
    """The part of a column's numbers that is read: `Column.part`."""
    if part == "value":
        return values
    known = np.isfinite(values)
    if part == "missing":
        return (~known).astype(np.float64)
    time = (np.where(known, values, 0.0) * 86_400).astype("datetime64[s]")
    day = time.astype("datetime64[D]")
    if part == "month":
        found = time.astype("datetime64[M]").astype(np.int64) % 12 + 1
    elif part == "weekday":
        found = (day.astype(np.int64) + 3) % 7
    else:
        found = (time - day).astype(np.int64) // 3600
    return np.where(known, found, np.nan)


def with_parts(columns: Sequence[Column], values: Matrix) -> list[Column]:
    """The columns, and behind each what else of it is an input: that a value is missing, the parts of a date."""
    found: list[Column] = []
    for column, own in zip(columns, values.T, strict=True):
        found.append(column)
        missing = ~np.isfinite(own)
        if missing.any() and not missing.all():
            found.append(replace(column, part="missing"))
        if column.style.startswith(DATE):
            parts = ((part, parted(own, part)) for part in ("month", "weekday", "hour"))
            found += [replace(column, part=part) for part, each in parts if len(np.unique(each[~missing])) > 1]
    return found


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
        notes.append(f"no training row has a value in {_named(empty)}")
    if constant:
        notes.append(f"the same value in every training row: {_named(constant)}")
    tails = [column.name for column in columns if column.scale]
    if tails:
        notes.append(f"values far from all others, read through a logarithm of both signs: {_named(tails)}")
    if holes:
        column, count = holes[0]
        more = f" (and in {len(holes) - 1} more columns)" if len(holes) > 1 else ""
        notes.append(
            f"{count:,} of {len(values):,} training rows have no value in {column.name!r}{more}: "
            f"filled with the median, {column.fill:g}; that it is missing is an input too"
        )
    return notes


def _named(names: Sequence[str]) -> str:
    return listed(list(map(repr, names)))
