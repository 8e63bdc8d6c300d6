"""A number per row that is equal for equal rows: to find the same input in two parts of a split."""

from __future__ import annotations

from collections.abc import Iterable
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
