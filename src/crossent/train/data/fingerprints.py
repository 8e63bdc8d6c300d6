"""A number per row that is equal for equal rows: to find the same input in two parts of a split."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray


def of_rows(rows: NDArray[Any]) -> NDArray[np.uint64]:
    """One number per row of an array, (N, …)."""
    flat = np.ascontiguousarray(rows.reshape(len(rows), -1))
    return of_bytes(row.tobytes() for row in flat)


def of_bytes(rows: Iterable[bytes]) -> NDArray[np.uint64]:
    """One number per row of bytes; 64 bits of BLAKE2, so that unequal rows practically never share one."""
    return np.fromiter((int.from_bytes(blake2b(row, digest_size=8).digest(), "little") for row in rows), np.uint64)


def of_columns(columns: Iterable[tuple[Sequence[str], NDArray[np.int64]]], count: int) -> NDArray[np.uint64]:
    """One number per row of a table whose columns are given as different values and places among them."""
    mixed = np.zeros(count, dtype=np.uint64)
    for values, places in columns:
        own = of_bytes(value.encode() for value in values)
        # Modulo 2^64, by an odd number: the columns' order counts.
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + (own[places] if len(own) else mixed)
        mixed ^= mixed >> np.uint64(29)
    return mixed
