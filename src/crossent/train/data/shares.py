"""The part that each row is in, where rows are streamed, and whether it is held in memory: by hashes of their numbers.

Legend: N rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .columns import factorised
from .fingerprints import of_bytes
from .records.base import Rows
from .sources.shards import Shards

PARTS = ("train", "val", "test")
# So many rows of each part are held in memory: to plan and fit from, to validate and to test. The quantiles of so many
# are off by less than 0.44 % of the rows, with a probability of 99.9 % (Dvoretzky, Kiefer, Wolfowitz).
HELD = 200_000
_GOLDEN = 0x9E3779B97F4A7C15
_MIX1, _MIX2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True)
class Shares:
    """Which rows are in which part, and in the samples.

    Attributes:
        seed: of the split.
        val, test: the shares of the rows that these parts take.
        held: the shares of the rows of training, validation and test that are held in memory.
        group: the column whose rows of one value stay together.
    """

    seed: int
    val: float
    test: float
    held: tuple[float, float, float]
    group: str | None = None

    def parts(self, rows: Rows, table: pa.Table) -> NDArray[np.int8]:
        """The part of each row, (N,), by its place in `PARTS`."""
        keys = rows.astype(np.uint64)
        if self.group is not None:
            values, places = factorised(table.column(self.group))
            keys = of_bytes(value.encode() for value in values)[places]
        drawn = uniform(keys, self.seed)
        return ((drawn < self.val + self.test).astype(np.int8) + (drawn < self.test)).astype(np.int8)

    def in_sample(self, rows: Rows, parts: NDArray[np.int8]) -> NDArray[np.bool_]:
        """Return which rows are held in memory, (N,)."""
        held: NDArray[np.bool_] = uniform(rows.astype(np.uint64), self.seed + 2**32) < np.asarray(self.held)[parts]
        return held


def uniform(keys: NDArray[np.uint64], seed: int) -> NDArray[np.float64]:
    """A number from 0 to 1 for each key and the seed: Steele, Lea and Flood's SplitMix64."""
    mixed = keys + np.uint64(_GOLDEN * (2 * seed + 1) % 2**64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX1
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX2
    drawn: NDArray[np.float64] = (mixed ^ (mixed >> np.uint64(31))).astype(np.float64) / 2.0**64
    return drawn


def shares_of(shards: Shards, seed: int, wanted: tuple[float, float], group: str | None = None) -> Shares:
    """The shares of a source: of validation and test at most so much as is held in memory."""
    rows = max(shards.rows, 1)
    most = min(1.0, HELD / rows)
    val, test = (min(share, most) for share in wanted)
    held = min(1.0, most / max(1 - val - test, 1e-9))
    return Shares(seed, val, test, (held, 1.0, 1.0), group)
