"""Sketches of the values of columns that are never in memory together; those of several processes merge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .fingerprints import of_bytes

# Different values of a column that are counted; of more, the frequent ones go on.
VALUES = 50_000
# Hashes that are kept to estimate how many different values there are: to 2 %.
_LEAST = 2048


@dataclass
class Values:
    """The values of a column of texts: how often the frequent ones are there, and about how many there are."""

    counts: Counter[str] = field(default_factory=Counter)
    hashes: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    whole: bool = True

    def add(self, values: Sequence[str], counts: Iterable[int]) -> None:
        """Count values that are all different."""
        self.counts.update(dict(zip(values, counts, strict=True)))
        self.hashes = np.unique(np.concatenate([self.hashes, of_bytes(value.encode() for value in values)]))[:_LEAST]
        if len(self.counts) > 2 * VALUES:
            self.counts, self.whole = Counter(dict(self.counts.most_common(VALUES))), False

    def merged(self, other: Values) -> None:
        """Count those of another process too."""
        self.counts.update(other.counts)
        self.hashes = np.unique(np.concatenate([self.hashes, other.hashes]))[:_LEAST]
        self.whole = self.whole and other.whole

    @property
    def different(self) -> int:
        """How many there are; where not all are counted, from the least of their hashes (Bar-Yossef et al. 2002)."""
        if self.whole:
            return len(self.counts)
        return int((_LEAST - 1) / (float(self.hashes[-1]) / 2.0**64))


@dataclass
class Span:
    """The numbers of a column: the least, the largest, and in how many rows there is one."""

    low: float = np.inf
    high: float = -np.inf
    known: int = 0

    def add(self, values: NDArray[np.float64]) -> None:
        """Look at numbers, of which some may be missing."""
        finite = values[np.isfinite(values)]
        if len(finite):
            self.low, self.high = min(self.low, float(finite.min())), max(self.high, float(finite.max()))
            self.known += len(finite)

    def merged(self, other: Span) -> None:
        """Take those of another process in."""
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        self.known += other.known
