"""Images whose labels stand in a table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from crossent.train.data import DataConfig, DataError, load

from ..files import write_csv, write_image


def photos(root: Path, count: int = 30, ending: str = ".png") -> list[str]:
    generator = np.random.default_rng(0)
    names = [f"{number:03}" for number in range(count)]
    for number, name in enumerate(names):
        pixels = generator.integers(0, 128, (12, 12, 3)) + 100 * (number % 2)
        write_image(root / f"{name}{ending}", pixels.astype(np.uint8))
    return names


def table(path: Path, names: list[str]) -> str:
    return write_csv(path, [("file", "age", "kind"), *((n, place, "ab"[place % 2]) for place, n in enumerate(names))])


def error(source: str) -> str:
    with pytest.raises(DataError) as caught:
        load(DataConfig(source))
    return str(caught.value)


@pytest.mark.parametrize("named", [True, False], ids=["the-table", "the-folder"])
@pytest.mark.parametrize("inside", ["", "images"])
def test_a_column_of_names(tmp_path: Path, named: bool, inside: str) -> None:
    names = photos(tmp_path / inside)
    source = table(tmp_path / "labels.csv", [f"{name}.png" for name in names])
    data = load(DataConfig(source if named else str(tmp_path)))
    assert (data.schema.kind, data.schema.classes, sum(data.census.rows.values())) == ("image", ("a", "b"), 30)
    assert data.census.predicts == "predicts 'kind' (the last column; --target names another)"
    assert "columns left out: 'age' (beside the images that 'file' names)" in data.census.warnings
