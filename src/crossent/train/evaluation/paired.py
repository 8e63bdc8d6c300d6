"""The difference of two models on the same samples, and how far chance alone would carry it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Resamples, and the most numbers that are drawn for them.
_RESAMPLES, _DRAWN = 10_000, 20_000_000
_AT_ONCE = 1_000_000


class Difference(NamedTuple):
    """A mean of differences, sample by sample.

    Attributes:
        mean: of all samples.
        low, high: where 95 % of the means of resampled samples lie.
        p: how often the mean of as many samples, drawn anew from these, would be on the other side of 0, twice.
        samples: how many there are.
    """

    mean: float
    low: float
    high: float
    p: float
    samples: int


def paired_bootstrap(differences: NDArray[np.float64], seed: int = 0) -> Difference:
    """Resample the samples, each with what both models got on it, so that samples that are hard for both do not count
    as chance.

    Args:
        differences: (N,), of one model's value on each sample to the other's.
        seed: of the resampling.

    Source: Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapters 13 and 16.

    Example::

        >>> import numpy as np
        >>> found = paired_bootstrap(np.array([0.5, 1.5] * 50))
        >>> found.mean, bool(0.8 < found.low < 1 < found.high < 1.2), found.p < 0.001
        (1.0, True, True)
    """
    generator, count = np.random.default_rng(seed), len(differences)
    resamples = max(min(_RESAMPLES, _DRAWN // count), 200)
    step = max(_AT_ONCE // count, 1)
    sizes = [min(step, resamples - start) for start in range(0, resamples, step)]
    means = np.concatenate([differences[generator.integers(0, count, (size, count))].mean(1) for size in sizes])
    low, high = np.quantile(means, (0.025, 0.975)).tolist()
    # The resamples, and the sample itself.
    other = (1 + min(int((means <= 0).sum()), int((means >= 0).sum()))) / (1 + resamples)
    return Difference(float(differences.mean()), low, high, min(2 * other, 1.0), count)
