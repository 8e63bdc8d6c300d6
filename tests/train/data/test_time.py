"""Splits by time, and equal rows of tables: copies, or chance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from crossent.train.config.rules import SettingError
from crossent.train.data import DataConfig, DataError, load
from crossent.train.data.split import split_by_time

from .files import numbers_csv, write_csv


def test_the_last_rows_test(tmp_path: Path) -> None:
    days = [f"2024-{1 + n * 7 % 12:02}-{1 + n * 5 % 28:02}" for n in range(100)]
    data = load(DataConfig(numbers_csv(tmp_path / "t.csv", 100, day=days), time="day"))
    parts = [[str(part.show(row)["day"]) for row in range(len(part))] for part in (data.train, data.val, data.test)]  # type: ignore[index]
    assert max(parts[0]) < min(parts[1]) <= max(parts[1]) < min(parts[2])
    assert [len(part) for part in parts] == pytest.approx([70, 15, 15], abs=3)
    assert [column.name for column in data.schema.columns] == ["x", "z"]
    note = "split by 'day', the last rows test; it is no input, since later times are never seen"
    assert note in data.census.warnings


def test_rows_of_one_time_stay_together() -> None:
    times = np.repeat(np.arange(10.0), 10)
    split = split_by_time(times, (0.15, 0.15))
    assert [set(times[rows]) for rows in split] == [set(range(7)), {7}, {8, 9}]
    assert [len(rows) for rows in split_by_time(times, (0.2, 0.0))] == [80, 20, 0]
    with pytest.raises(SettingError, match=r"^data.time: expected a column with times that are different enough"):
        split_by_time(np.zeros(9), (0.15, 0.15))


def test_times_that_are_none(tmp_path: Path) -> None:
    source = numbers_csv(tmp_path / "t.csv", 60, day=["2024-01-05", "2024-01-06", "", "2024-02-07"])
    with pytest.raises(DataError, match=r"^t.csv:4: '' in 'day' is no time that rows can be split by$"):
        load(DataConfig(source, time="day"))
    with pytest.raises(SettingError, match=r"^data.time: expected one of the columns x, z, day, label, got 'dya'"):
        load(DataConfig(source, time="dya"))
    with pytest.raises(SettingError, match=r"^data.group: expected nothing, since data.time says which rows stay tog"):
        load(DataConfig(source, time="z", group="x"))


def test_copies_in_a_table_stay_in_one_part(tmp_path: Path) -> None:
    rows = [(n * 37 % 101 / 7, n * 53 % 97 / 3, "ab"[n % 2]) for n in range(60)]
    data = load(DataConfig(write_csv(tmp_path / "t.csv", [("x", "z", "kind"), *rows, *rows])))
    assert data.census.leaks == ()
    assert any(
        line.endswith("repeat the input of another one (copies stay in one part)") for line in data.census.warnings
    )


def test_rows_that_are_equal_by_chance_are_no_leak(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    rows = [(*(int(draw) for draw in generator.integers(0, 6, 3)), "ab"[n % 2]) for n in range(120)]
    data = load(DataConfig(write_csv(tmp_path / "t.csv", [("p", "q", "r", "kind"), *rows])))
    assert data.census.leaks
    for leak in data.census.leaks:
        assert leak.chance == pytest.approx(leak.rows, abs=6)
    assert any("chance would give" in line for line in data.census.warnings)
    assert not any("a leak" in line for line in data.census.warnings)
