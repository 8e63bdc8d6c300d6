"""Numbers that are equal for equal values: per row, to find the same input twice; per column or file, to see that data
are still those of a training."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .columns import strings


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


def digest_of_array(values: NDArray[Any]) -> str:
    """The digest of an array: its type, shape and values."""
    whole = np.ascontiguousarray(values)
    return _hex(f"{whole.dtype.str}{whole.shape}".encode(), whole.data if whole.size else b"")


def digest_of_column(column: pa.ChunkedArray) -> str:
    """The digest of a column: its values in their order, however they are cut into chunks."""
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return digest_of_array(column.to_numpy())
    lengths, characters = blake2b(digest_size=16), blake2b(digest_size=16)
    for chunk in strings(column).chunks:
        _, places, values = chunk.buffers()
        ends = np.frombuffer(places, np.int64)[chunk.offset : chunk.offset + len(chunk) + 1]
        lengths.update(np.diff(ends).tobytes())
        if values is not None and len(ends):
            characters.update(memoryview(values)[ends[0] : ends[-1]])
    return _hex(lengths.digest(), characters.digest())


def digest_of_file(path: Path, recorded: str | None = None) -> str:
    """Size, time and digest of a file; what was `recorded` of it where it is still the same file, which is not read
    if its size and time say so."""
    stat = path.stat()
    size, time = str(stat.st_size), str(stat.st_mtime_ns)
    before = recorded.split() if recorded is not None else []
    if recorded is not None and before[:2] == [size, time]:
        return recorded
    found = _hex(path.read_bytes())
    return recorded if recorded is not None and before[2:] == [found] else f"{size} {time} {found}"


def _hex(*parts: Any) -> str:
    digest = blake2b(digest_size=16)
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def chance_of_equal(columns: Iterable[NDArray[Any]], count: int) -> float:
    """How probable it is that two of `count` rows are equal by chance: in all their columns, each (N,).

    As if no column depended on another. 1 where there are more rows than there can be different ones: they are equal by
    nature, whatever depends on what. Of one column it is the share of the pairs that are equal.
    """
    found, possible, pairs = 1.0, 1, []
    for column in columns:
        counts = np.unique(column, return_counts=True)[1]
        possible = min(possible * len(counts), count + 1)
        found *= float(((counts / count) ** 2).sum())
        pairs.append(float((counts * (counts - 1.0)).sum()) / max(1, count * (count - 1)))
        if possible > count and found < 1e-15:
            break
    if len(pairs) == 1:
        return pairs[0]
    return found if possible > count else 1.0
