"""The split: every row once, every class shared out, groups and copies together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from crossent.train.config.rules import SettingError
from crossent.train.data import DataConfig, load
from crossent.train.data.split import fold_rows, split_rows

from .files import numbers_csv, write_csv

# Classes of very different sizes, in mixed order.
LABELS = np.random.default_rng(0).permutation([0] * 100 + [1] * 40 + [2] * 20)


def test_every_row_is_in_one_part() -> None:
    split, notes = split_rows(160, LABELS, None, (0.2, 0.1), seed=3)
    assert sorted(np.concatenate(split).tolist()) == list(range(160))
    assert notes == []


def test_each_class_is_shared_out() -> None:
    split, _ = split_rows(160, LABELS, None, (0.2, 0.1), seed=3)
    assert [np.bincount(LABELS[rows]).tolist() for rows in split] == [[70, 28, 14], [20, 8, 4], [10, 4, 2]]


def test_the_seed_fixes_the_split() -> None:
    first, again, other = (split_rows(160, LABELS, None, (0.2, 0.1), seed)[0] for seed in (3, 3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first.test, other.test)


def test_a_class_of_three_gives_one_to_each_and_smaller_ones_are_trained_on() -> None:
    labels = np.array([0] * 50 + [1] * 3 + [2] * 2 + [3])
    split, notes = split_rows(56, labels, None, (0.1, 0.1), seed=0)
    assert [np.bincount(labels[rows], minlength=4).tolist() for rows in split] == [
        [40, 1, 2, 1],
        [5, 1, 0, 0],
        [5, 1, 0, 0],
    ]
    assert notes == ["2 classes have too few rows to be shared out: all of them are in the training part"]


def test_a_part_that_would_be_empty() -> None:
    with pytest.raises(SettingError) as caught:
        split_rows(4, np.array([0, 0, 1, 1]), None, (0.2, 0.2), seed=0)
    assert str(caught.value) == (
        "data.val_fraction: expected a share of the 4 rows that is at least one, got 0.2; "
        "write for example data.val_fraction=0.3"
    )


def test_groups_stay_together_and_classes_are_shared_out() -> None:
    generator = np.random.default_rng(1)
    groups = np.repeat(np.arange(50), generator.integers(1, 9, 50))
    labels = (groups % 2).astype(np.int64)
    split, _ = split_rows(len(groups), labels, groups, (0.2, 0.2), seed=0)
    found = [set(groups[rows].tolist()) for rows in split]
    assert sum(map(len, found)) == len(set().union(*found))
    total = np.bincount(labels)
    for rows, share in zip(split, (0.6, 0.2, 0.2), strict=True):
        assert np.abs(np.bincount(labels[rows], minlength=2) / total - share).max() < 0.06


def test_too_few_groups() -> None:
    with pytest.raises(
        SettingError, match=r"^data.group: expected a column with at least three different values, got '2'"
    ):
        split_rows(6, None, np.array([0, 0, 0, 1, 1, 1]), (0.2, 0.2), seed=0)


def test_a_column_of_groups_is_no_input(tmp_path: Path) -> None:
    data = load(
        DataConfig(numbers_csv(tmp_path / "t.csv", 90, patient=[f"p{row // 6}" for row in range(90)]), group="patient")
    )
    assert [column.name for column in data.schema.columns] == ["x", "z"]
    patients = [{part.show(row)["patient"] for row in range(len(part))} for part in (data.train, data.val, data.test)]
    assert sum(map(len, patients)) == len(set().union(*patients)) == 15


def test_copies_of_a_text_stay_together(tmp_path: Path) -> None:
    rows = [(f"the same words again and again {row // 3}", "ab"[row // 3 % 2]) for row in range(180)]
    data = load(DataConfig(write_csv(tmp_path / "t.csv", [("text", "label"), *rows])))
    texts = [{part.show(row) for row in range(len(part))} for part in (data.train, data.val, data.test)]
    assert sum(map(len, texts)) == len(set().union(*texts)) == 60
    assert data.census.leaks == ()
    assert "88 of 132 training rows repeat the input of another one (copies stay in one part)" in data.census.warnings


def test_each_label_of_rows_with_several_is_shared_out() -> None:
    generator = np.random.default_rng(0)
    # The fourth label is rare, and stands in rows of others.
    labels = (generator.random((400, 4)) < [0.5, 0.3, 0.1, 0.03]).astype(np.int64)
    split, notes = split_rows(400, labels, None, (0.15, 0.15), seed=0)
    assert sorted(np.concatenate(split).tolist()) == list(range(400))
    assert notes == []
    shares = labels[split.train].sum(0) / labels.sum(0)
    assert np.abs(shares - 0.7).max() < 0.05
    assert (labels[split.val].sum(0) > 0).all()
    assert (labels[split.test].sum(0) > 0).all()
    assert abs(len(split.val) - 60) <= 3
    groups = np.arange(400) // 4
    split, _ = split_rows(400, labels, groups, (0.15, 0.15), seed=0)
    assert [len(part) for part in split] == [280, 60, 60]
    assert all(len(np.unique(groups[part])) * 4 == len(part) for part in split)


def test_rows_of_several_labels_go_to_no_part_that_is_there_already() -> None:
    labels = np.eye(5, dtype=np.int64)[np.arange(100) % 5]
    split, _ = split_rows(100, labels, None, (0.2, 0.0), seed=0)
    assert (len(split.train), len(split.val), len(split.test)) == (80, 20, 0)
    assert labels[split.val].sum(0).tolist() == [4] * 5


@pytest.mark.parametrize("folds", [2, 5])
def test_folds_share_out_each_class_and_each_label(folds: int) -> None:
    parts = fold_rows(160, LABELS, None, folds, seed=3)
    for label, count in enumerate((100, 40, 20)):
        assert np.bincount(parts[label == LABELS]).tolist() == [count // folds] * folds
    several = np.random.default_rng(0).random((200, 3)) < (0.5, 0.2, 0.05)
    parts = fold_rows(200, several.astype(np.int64), None, folds, seed=3)
    shares = np.stack([several[parts == part].sum(0) for part in range(folds)])
    assert np.abs(shares - several.sum(0) / folds).max() <= 1.5


def test_folds_keep_groups_and_copies_together() -> None:
    groups = np.random.default_rng(1).integers(0, 40, 160)
    for settings in ({"groups": groups}, {"groups": None, "twins": groups.astype(np.uint64)}):
        parts = fold_rows(160, LABELS, folds=4, seed=0, **settings)  # type: ignore[arg-type]
        assert all(len(set(parts[groups == group])) == 1 for group in range(40))
        assert np.bincount(parts).min() > 20
    with pytest.raises(SettingError, match="folds: expected at most 40"):
        fold_rows(160, LABELS, groups, 50, seed=0)


def test_a_class_with_fewer_rows_than_folds_is_in_some() -> None:
    labels = np.array([0] * 50 + [1] * 3)
    parts = fold_rows(53, labels, None, 5, seed=0)
    assert sorted(np.bincount(parts[labels == 1], minlength=5).tolist()) == [0, 0, 1, 1, 1]
