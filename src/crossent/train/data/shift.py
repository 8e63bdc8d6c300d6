"""Inputs that are distributed unlike those of the training, in sentences.

Legend: N rows, F columns.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...wording import listed
from .schema import STEPS, Column

# A distance between two distributions, from 0 to 1, that is no longer the same kind of data: a share of the rows.
_FAR = 0.3
# How often chance alone may say so, for all columns together.
_CHANCE = 1e-3


def quantiles(finite: NDArray[np.float64]) -> tuple[float, ...]:
    """The summary that is kept of the distribution of a column's values."""
    return tuple(np.quantile(finite, np.linspace(0, 1, STEPS + 1)).tolist())


def shifted_numbers(columns: Sequence[Column], values: NDArray[np.float64], ids: Sequence[str]) -> list[str]:
    """Sentences about columns of numbers, (N, F), that are not as they were in the training."""
    kept = [(column, own) for column, own in zip(columns, values.T, strict=True) if column.quantiles]
    said: dict[str, list[tuple[str, str]]] = {}
    for column, own in kept:
        name, known = repr(column.name), np.isfinite(own)
        missing = 1 - float(known.mean()) if len(own) else 0.0
        low, high = column.quantiles[0], column.quantiles[-1]
        outside = np.flatnonzero(known & ((own < 2 * low - high) | (own > 2 * high - low)))
        if abs(missing - column.missing) > _limit(len(own), len(kept)):
            text = f"{missing:.0%} of the values of {name} are missing, in the training it was {column.missing:.0%}"
            said.setdefault("missing", []).append((name, text))
        elif _distance(column, own[known]) > _limit(int(known.sum()), len(kept)):
            text = (
                f"the values of {name} are far from those of the training: their median is {np.median(own[known]):g}, "
                f"there it was {column.quantiles[STEPS // 2]:g}"
            )
            said.setdefault("far", []).append((name, text))
        elif len(outside):
            row = int(outside[0])
            text = (
                f"{len(outside):,} values of {name} are far outside of those of the training (such as {own[row]:g}, "
                f"{ids[row]}; there {low:g} to {high:g})"
            )
            said.setdefault("outside", []).append((name, text))
    return [_joined(sentences) for sentences in said.values()]


def shifted_categories(columns: Sequence[Column], places: Sequence[NDArray[np.int64]]) -> list[str]:
    """Sentences about columns of categories, whose values are given as 1 + their place, that are not as they were."""
    kept = [(column, own) for column, own in zip(columns, places, strict=True) if column.shares and len(own)]
    found = []
    for column, own in kept:
        before = np.asarray([max(0.0, 1 - sum(column.shares)), *column.shares])
        now = np.bincount(own, minlength=len(before)) / len(own)
        # With many values and few rows, chance alone leaves most of them out.
        chance = float(np.sqrt(before * (1 - before) / len(own)).sum()) / 2
        if float(np.abs(now - before).sum()) / 2 > chance + _limit(len(own), len(kept)):
            most = int((now - before).argmax())
            value = repr(column.values[most - 1]) if most else "what was rare or unknown"
            text = (
                f"the values of {column.name!r} are far from those of the training: {value} has a share of "
                f"{now[most]:.0%}, there {before[most]:.0%}"
            )
            found.append((repr(column.name), text))
    return [_joined(found)] if found else []


def _limit(rows: int, columns: int) -> float:
    """The distance beyond which a sample is far (Dvoretzky, Kiefer, Wolfowitz, for as many columns at once)."""
    return max(_FAR, math.sqrt(math.log(2 * columns / _CHANCE) / (2 * max(rows, 1))))


def _distance(column: Column, values: NDArray[np.float64]) -> float:
    """At least so far is the distribution of the values from the kept one (Kolmogorov, Smirnov)."""
    if not len(values):
        return 0.0
    levels, ordered = np.linspace(0, 1, STEPS + 1), np.sort(values)
    # A quantile q of the level p has P(X < q) <= p <= P(X <= q).
    below = np.searchsorted(ordered, column.quantiles, "left") / len(values)
    up_to = np.searchsorted(ordered, column.quantiles, "right") / len(values)
    return float(np.maximum(below - levels, levels - up_to).max())


def _joined(said: list[tuple[str, str]]) -> str:
    """The sentence about the first column, and the names of the others."""
    first, others = said[0][1], [name for name, _ in said[1:]]
    return f"{first}; likewise {listed(others, 3)}" if others else first
