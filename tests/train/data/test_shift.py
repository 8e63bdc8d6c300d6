"""Inputs that are distributed unlike those of the training: said where it is no chance, and only there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from crossent.train.data import DataConfig, Schema, from_python, load, read
from crossent.train.data.numeric import fit_columns
from crossent.train.data.schema import Column
from crossent.train.data.shift import shifted_categories, shifted_numbers

from .files import write_csv

DRAW = np.random.default_rng(0)
TRAIN = np.stack([DRAW.normal(5, 1, 400), DRAW.normal(0, 2, 400), DRAW.integers(0, 3, 400)], 1)
COLUMNS = fit_columns([Column(name, "number") for name in ("u", "v", "count")], TRAIN)


def changed(place: int, change: Callable[[np.ndarray], np.ndarray], rows: int = 200) -> np.ndarray:
    """Other rows like those of the training but for one column."""
    draw = np.random.default_rng(1)
    found = np.stack([draw.normal(5, 1, rows), draw.normal(0, 2, rows), draw.integers(0, 3, rows)], 1)
    found[:, place] = change(found[:, place])
    return found


@pytest.mark.parametrize("rows", [1, 2, 5, 30, 1000])
def test_rows_of_the_same_kind_are_not_told_about(rows: int) -> None:
    assert shifted_numbers(COLUMNS, changed(0, lambda u: u, rows), range(rows)) == []  # type: ignore[arg-type]
    assert shifted_numbers(COLUMNS, np.zeros((0, 3)), []) == []


@pytest.mark.parametrize(
    ("values", "start"),
    [
        (changed(0, lambda u: u * 3), "the values of 'u' are far from those of the training: their median is 15"),
        (changed(1, lambda v: v * 10), "the values of 'v' are far from those of the training: their median is "),
        (changed(1, lambda v: v / 10), "the values of 'v' are far from those of the training: their median is "),
        (changed(2, lambda c: c + 1), "the values of 'count' are far from those of the training: their median is 2, "),
        (changed(0, lambda u: u * np.nan), "100% of the values of 'u' are missing, in the training it was 0%"),
        (changed(0, lambda u: u * 100, 1), "1 values of 'u' are far outside of those of the training (such as 5"),
    ],
)
def test_another_scale_place_or_gap_is_told(values: np.ndarray, start: str) -> None:
    (text,) = shifted_numbers(COLUMNS, values, [f"row {row}" for row in range(len(values))])
    assert text.startswith(start)


def test_other_columns_are_named_beside_the_first() -> None:
    both = changed(0, lambda u: u * 3)
    both[:, 1] *= 100
    (text,) = shifted_numbers(COLUMNS, both, [""] * 200)
    assert text.endswith("; likewise 'v'")


def test_categories() -> None:
    column = Column("city", "category", values=("a", "b"), shares=(0.6, 0.4))
    assert shifted_categories([column], [np.array([1] * 55 + [2] * 45)]) == []
    assert shifted_categories([column], [np.array([1, 2, 2])]) == []
    said = ["the values of 'city' are far from those of the training: 'b' has a share of 90%, there 40%"]
    assert shifted_categories([column], [np.array([1] * 10 + [2] * 90)]) == said
    many = Column("id", "category", values=tuple(map(str, range(500))), shares=(1 / 500,) * 500)
    assert shifted_categories([many], [np.arange(1, 51)]) == []


def test_a_test_part_of_its_own_is_compared_with_the_training(tmp_path: Path) -> None:
    rows = [[round(u, 3), "yx"[int(u > 5)]] for u in TRAIN[:, 0]]
    write_csv(tmp_path / "train.csv", [["u", "label"], *rows[:300]])
    write_csv(tmp_path / "test.csv", [["u", "label"], *([u * 10, label] for u, label in rows[300:])])
    warnings = load(DataConfig(str(tmp_path))).census.warnings
    assert any(line.startswith("test part: the values of 'u' are far from those of the training") for line in warnings)


def test_arrays_too_and_what_is_kept_is_saved(tmp_path: Path) -> None:
    schema = from_python((TRAIN, np.arange(400) % 2)).schema
    schema.save(tmp_path)
    assert Schema.load(tmp_path) == schema
    records = read(changed(0, lambda u: u * 3), schema).records
    assert records is not None
    assert len(records.unknown(schema)) == 1
