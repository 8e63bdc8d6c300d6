"""The kinds that the columns of a table are taken for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch

from crossent.train.config.rules import SettingError
from crossent.train.data import DataConfig, DataError, load
from crossent.train.data.columns import pick
from crossent.train.data.records.tables import TableRecords

from .files import REVIEWS, numbers_csv, reviews_csv, write_csv


def error(source: str, **settings: object) -> str:
    with pytest.raises((DataError, SettingError)) as caught:
        load(DataConfig(source, **settings))  # type: ignore[arg-type]
    return str(caught.value)


@pytest.mark.parametrize(
    ("names", "target"),
    [
        (("x", "label", "z"), "label"),
        (("Target", "x", "z"), "Target"),
        (("class", "y", "z"), "class"),
        (("x", "z", "species"), "species"),
    ],
)
def test_the_target_is_found(tmp_path: Path, names: tuple[str, ...], target: str) -> None:
    rows = [
        [("a" if row % 2 else "b") if name == target else (row * 7 % 13) / 3 for name in names] for row in range(40)
    ]
    data = load(DataConfig(write_csv(tmp_path / "t.csv", [names, *rows])))
    assert data.schema.target == (target,)
    assert [column.name for column in data.schema.columns] == [name for name in names if name != target]


def test_a_target_that_is_not_there_names_the_nearest_and_all(tmp_path: Path) -> None:
    source = numbers_csv(tmp_path / "t.csv", colour=("red", "blue"))
    assert error(source, target="lable") == (
        "data.target: expected one of the columns x, z, colour, label, got 'lable'; "
        "write for example data.target='label'"
    )
    assert error(source, target="Z").endswith("write for example data.target='z'")
    assert error(source, drop="color").endswith("got 'color'; write for example data.drop='colour'")
    assert error(source, text="colours").endswith("got 'colours'; write for example data.text='colour'")
    assert error(source, group="lab").endswith("got 'lab'; write for example data.group='label'")


def test_categories_are_numbered_by_the_training_rows(tmp_path: Path) -> None:
    source = numbers_csv(tmp_path / "t.csv", colour=("red", "blue", "NA"))
    data = load(DataConfig(source))
    column = next(column for column in data.schema.columns if column.name == "colour")
    assert (column.kind, set(column.values)) == ("category", {"red", "blue", ""})
    assert isinstance(data.train.records, TableRecords)
    codes = data.train.inputs.take(torch.arange(len(data.train)))[1][:, 0]
    values = data.train.records.column("colour").to_pylist()
    assert {(value, int(code)) for value, code in zip(values, codes, strict=True)} == {
        (value or "NA", 1 + place) for place, value in enumerate(column.values)
    }


def test_rows_are_picked_from_every_chunk() -> None:
    values = [None if number % 5 == 0 else f"v{number}" for number in range(23)]
    chunks = [values[:7], [], values[7:8], values[8:]]
    for kind in (pa.large_string(), pa.dictionary(pa.int8(), pa.string())):
        column = pa.chunked_array([pa.array(chunk, kind) for chunk in chunks])
        for rows in ([], [22, 0, 7, 7, 8, 6], list(range(23))):
            assert pick(column, np.array(rows, dtype=np.int64)).to_pylist() == [values[row] for row in rows]


def test_gaps_are_filled_with_the_median_and_told(tmp_path: Path) -> None:
    source = numbers_csv(tmp_path / "t.csv", age=(1, 2, 3, "", "inf", "nan"))
    data = load(DataConfig(source))
    column = next(column for column in data.schema.columns if column.name == "age")
    assert column.fill == 2
    inputs, _ = data.train.batch(_all(data.train))
    assert not inputs.isnan().any()  # type: ignore[union-attr]
    assert not inputs.isinf().any()  # type: ignore[union-attr]
    note, infinite = [text for text in data.census.warnings if "'age'" in text]
    assert note.endswith(
        "training rows have no value in 'age': filled with the median, 2; that it is missing is an input too"
    )
    assert "values of 'age' are infinite and count as missing (such as 'inf'" in infinite


def _all(part: object) -> object:
    import torch

    return torch.arange(len(part))  # type: ignore[arg-type]


def test_a_few_values_that_are_no_numbers_are_told_with_their_line(tmp_path: Path) -> None:
    source = numbers_csv(tmp_path / "t.csv", 100, age=(*range(10, 60), "12O"))
    data = load(DataConfig(source))
    (note,) = [text for text in data.census.warnings if "'age'" in text and "no numbers" in text]
    assert note == "1 values of 'age' are no numbers and count as missing (such as '12O', t.csv:52)"


def test_columns_without_use_are_left_out_and_told(tmp_path: Path) -> None:
    source = numbers_csv(
        tmp_path / "t.csv", 60, id=range(7, 67), code=[f"k{row}" for row in range(60)], empty=[""], same=[3]
    )
    data = load(DataConfig(source))
    assert [column.name for column in data.schema.columns] == ["x", "z", "same"]
    assert data.census.warnings[:2] == [
        "columns left out: 'id' (counts the rows); 'code' (another value in almost every row); 'empty' (empty)",
        "the same value in every training row: 'same'",
    ]


def test_columns_can_be_dropped(tmp_path: Path) -> None:
    data = load(DataConfig(numbers_csv(tmp_path / "t.csv"), drop="z"))
    assert [column.name for column in data.schema.columns] == ["x"]
    assert not data.census.warnings or "left out" not in data.census.warnings[0]
    text = error(numbers_csv(tmp_path / "t.csv"), drop="x,z")
    assert text == "t.csv: no column is left to learn from beside 'label': 'x' (data.drop), 'z' (data.drop)."


def test_names_beside_columns_are_read_with_them(tmp_path: Path) -> None:
    names = [f"{first} van {last}" for first in ("Ann", "Bo", "Cy") for last in ("Ek", "Ott", "Ude", "Yi")]
    columns = {name: [(row * step) % 11 for row in range(60)] for name, step in (("p", 3), ("q", 5), ("r", 7))}
    source = numbers_csv(tmp_path / "t.csv", 60, name=[f"{names[row % 12]} {row}" for row in range(60)], **columns)
    data = load(DataConfig(source))
    assert (data.schema.kind, data.schema.text) == ("mixed", ("name",))
    assert not any("left out" in line for line in data.census.warnings)
    alone = load(DataConfig(source, kind="tabular"))
    assert "columns left out: 'name' (text)" in alone.census.warnings
    assert load(DataConfig(source, kind="text")).schema.text == ("name",)
    assert load(DataConfig(source, text="name")).schema.kind == "mixed"


def test_text_can_be_of_several_columns(tmp_path: Path) -> None:
    rows = [("title", "body", "label"), *((f"item {r} of list", f"{REVIEWS[r % 2][0]} {r}", r % 2) for r in range(40))]
    data = load(DataConfig(write_csv(tmp_path / "t.csv", rows)))
    assert data.schema.text == ("title", "body")


def test_text_as_a_table_is_refused_where_nothing_else_is_there(tmp_path: Path) -> None:
    text = error(reviews_csv(tmp_path / "r.csv"), kind="tabular")
    assert text == "r.csv: no column is left to learn from beside 'label': 'text' (text)."
    assert error(reviews_csv(tmp_path / "r.csv"), kind="image").startswith(
        "data.kind: expected tabular or text for the rows of r.csv, got 'image'"
    )


def test_settings_that_the_data_have_no_use_for_are_refused() -> None:
    assert error("digits", target="label") == (
        "data.target: expected nothing, since digits brings its own labels, got 'label'; "
        "write for example data.target=None"
    )
