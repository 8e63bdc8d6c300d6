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
    assert not any("left out: images" in line for line in data.census.warnings)


def test_names_without_their_ending_beside_folders_of_parts(tmp_path: Path) -> None:
    names = photos(tmp_path / "train", 40, ".jpg")
    photos(tmp_path / "test", 6, ".jpg")
    for number in range(6):
        (tmp_path / f"test/{number:03}.jpg").rename(tmp_path / f"test/t{number}.jpg")
    table(tmp_path / "labels.csv", names[:36])
    data = load(DataConfig(str(tmp_path)))
    assert {name: count for name, count in data.census.rows.items() if name != "train"} == {"val": 6, "test": 0}
    assert data.unlabelled is not None
    assert len(data.unlabelled) == 6
    assert "4 images of train are left out: labels.csv has no row for them" in data.census.warnings
    assert not any("files and folders left out" in line for line in data.census.warnings)


def test_names_without_their_ending(tmp_path: Path) -> None:
    table(tmp_path / "labels.csv", photos(tmp_path))
    assert load(DataConfig(str(tmp_path))).schema.classes == ("a", "b")


def test_an_image_that_is_not_there_and_one_without_a_label(tmp_path: Path) -> None:
    names = photos(tmp_path)
    path = table(tmp_path / "labels.csv", [f"{name}.png" for name in names])
    (tmp_path / "005.png").unlink()
    assert error(path).startswith("005.png: there is no such file; correct it, or leave such rows out with")
    (tmp_path / "labels.csv").write_text((tmp_path / "labels.csv").read_text().replace("004.png,4,a", "004.png,4,NA"))
    data = load(DataConfig(path, on_bad_row="skip"))
    assert [(row.id, row.reason) for row in data.census.skipped] == [
        ("004.png", "it has no label in the table"), ("005.png", "there is no such file"),
    ]  # fmt: skip


def test_a_name_of_two_images(tmp_path: Path) -> None:
    names = photos(tmp_path / "a")
    photos(tmp_path / "b")
    path = table(tmp_path / "labels.csv", [f"{name}.png" for name in names])
    assert error(path) == f"{tmp_path.name}: '000.png' may be a/000.png and b/000.png; write the folder before the name"
