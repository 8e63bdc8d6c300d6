"""The interval of a difference covers the truth as often as it says, and pairs make it narrow."""

from __future__ import annotations

import numpy as np
import pytest

from crossent.train.evaluation.paired import paired_bootstrap


def test_the_interval_is_that_of_a_mean() -> None:
    values = np.random.default_rng(0).normal(0.3, 1.0, 400)
    found = paired_bootstrap(values)
    assert found.mean == pytest.approx(values.mean())
    assert found.samples == 400
    # Of so many samples a mean is normal: 1.96 standard errors to either side.
    error = values.std() / 20
    assert found.low == pytest.approx(values.mean() - 1.96 * error, abs=0.1 * error)
    assert found.high == pytest.approx(values.mean() + 1.96 * error, abs=0.1 * error)
    assert found.p < 0.001


def test_it_covers_nothing_as_often_as_it_says() -> None:
    generator = np.random.default_rng(1)
    found = [paired_bootstrap(generator.normal(size=100)) for _ in range(200)]
    assert 0.90 <= np.mean([item.low <= 0 <= item.high for item in found]) <= 0.99
    assert 0.01 <= np.mean([item.p < 0.05 for item in found]) <= 0.10


def test_no_difference_is_certain_chance() -> None:
    found = paired_bootstrap(np.zeros(50))
    assert (found.mean, found.low, found.high, found.p) == (0, 0, 0, 1)
    # Many samples are drawn fewer times, and the other sign is the other side.
    many = np.random.default_rng(2).normal(0.01, 1, 60_000)
    up, down = paired_bootstrap(many), paired_bootstrap(-many)
    assert (up.low, up.p) == pytest.approx((-down.high, down.p))
