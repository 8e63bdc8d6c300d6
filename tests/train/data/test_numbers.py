"""Columns of numbers and dates as people write them: recognised, told, and read the same way again."""

from __future__ import annotations

import datetime
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch

from crossent.train.config.rules import SettingError
from crossent.train.data import Data, DataConfig, load, read
from crossent.train.data.numbers import find_style, parse
from crossent.train.data.sources.trained import to_columns

from .files import numbers_csv


@pytest.mark.parametrize(
    ("texts", "style", "value"),
    [
        (("1", "2.5", "-3e4", "NA"), "number", 1.0),
        (("True", "false"), "number", 1.0),
        (("$12.50", "$1,200.00"), "commas", 12.5),
        (("37%", "4.5%"), "commas", 37.0),
        (("12,345", "1,234,567"), "commas", 12345.0),
        (("(1,200)", "300"), "commas", -1200.0),
        (("12 kg", "7.5 kg"), "commas", 12.0),
        (("¥1,200", "¥300"), "commas", 1200.0),
        (("3,5", "12,25"), "decimal comma", 3.5),
        (("1.234,50", "12,00"), "decimal comma", 1234.5),
        (("0,123", "0,456"), "decimal comma", 0.123),
        (("1 234,5 €", "7,0 €"), "decimal comma", 1234.5),
        (("1970-01-03", "2024-02-29"), "date %Y-%m-%d", 2.0),
        (("1970-01-02T12:00:00Z", "2024-01-01T00:00:00+00:00"), "date %Y-%m-%dT%H:%M:%S", 1.5),
        (("1970-01-02 06:00", "2024-01-01 23:59"), "date %Y-%m-%d %H:%M", 1.25),
        (("03.01.1970", "31.12.2023"), "date %d.%m.%Y", 2.0),
        (("01/03/1970", "12/31/2023"), "date %m/%d/%Y", 2.0),
        (("03/01/1970", "31/12/2023"), "date %d/%m/%Y", 2.0),
        (("3 Jan 1970", "12 Mar 2023"), "date %d %b %Y", 2.0),
        (("January 3, 1970", "March 12, 2023"), "date %B %d, %Y", 2.0),
        (("1970年1月3日", "2023年12月31日"), "date %Y年%m月%d日", 2.0),
        (("red", "blue"), None, math.nan),
        (("A12", "B7"), None, math.nan),
        (("1.2.3", "1.10.0"), None, math.nan),
        (("01234", "98765"), None, math.nan),
        (("12 kg", "7 lb"), None, math.nan),
        (("555-1234", "555-9876"), None, math.nan),
    ],
)
def test_styles(texts: tuple[str, ...], style: str | None, value: float) -> None:
    assert find_style(texts) == style
    if style is not None:
        assert parse(texts[0], style) == pytest.approx(value)


def made(path: Path, **columns: tuple[object, ...]) -> Data:
    return load(DataConfig(numbers_csv(path / "t.csv", **columns)))


def kinds(data: Data) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for column in data.schema.columns:
        found[column.name] = (*found.get(column.name, ()), column.part if column.kind == "number" else "category")
    return found


def test_money_and_dates_are_inputs_and_told(tmp_path: Path) -> None:
    price = tuple(f"${1000 + 37 * n:,}.50" for n in range(60))
    first = datetime.date(2024, 1, 1)
    opened = tuple((first + datetime.timedelta(days=(n * 17) % 300)).isoformat() for n in range(60))
    data = made(tmp_path, price=price, opened=opened)
    assert kinds(data)["price"] == ("value",)
    assert kinds(data)["opened"] == ("value", "month", "weekday")
    lines = data.census.warnings
    assert "'price': read as numbers, of which signs, units and commas between thousands are taken off" in lines
    assert "'opened': read as dates written %Y-%m-%d" in lines
    again = read({"x": [0.0], "z": [0.0], "price": ["$1,000.50"], "opened": ["2024-01-01"]}, data.schema)
    assert again.inputs.take(torch.tensor([0])).shape == (1, 6)


def test_arrow_dates(tmp_path: Path) -> None:
    days = [datetime.date(2024, 1, 1) + datetime.timedelta(days=n * 7) for n in range(60)]
    table = pa.table(
        {"day": days, "stamp": [datetime.datetime(2024, 1, 1, n % 24) for n in range(60)], "label": ["a", "b"] * 30}
    )
    schema = to_columns(table, None).plan(DataConfig(), [])
    assert [(column.name, column.kind) for column in schema.columns] == [("day", "number"), ("stamp", "number")]


def test_an_indicator_is_learnt(tmp_path: Path) -> None:
    data = made(tmp_path, flag=("1", ""))
    assert kinds(data)["flag"] == ("value", "missing")
    inputs, targets = data.train.inputs.take(torch.arange(len(data.train))), data.train.targets
    # Rows alternate: a row of class a has the flag, one of b has not.
    assert np.corrcoef(inputs[:, 3].numpy(), targets.numpy())[0, 1] == pytest.approx(1.0)  # type: ignore[union-attr]


def test_shuffled_numbers_of_rows_are_no_input(tmp_path: Path) -> None:
    order = tuple(np.random.default_rng(0).permutation(60).tolist())
    sparse = tuple((np.asarray(order) * 991 % 100_003).tolist())
    data = made(tmp_path, patient=order, customer_id=sparse, height=sparse)
    assert set(kinds(data)) == {"x", "z", "height"}
    assert "columns left out: 'patient', 'customer_id' (another number in every row)" in data.census.warnings


def test_heavy_tails_are_read_through_a_logarithm(tmp_path: Path) -> None:
    income = tuple(round(float(value)) for value in np.random.default_rng(0).lognormal(10, 2.5, 60))
    data = made(tmp_path, income=income)
    column = next(column for column in data.schema.columns if column.name == "income")
    assert column.scale > 0
    assert "values far from all others, read through a logarithm of both signs: 'income'" in data.census.warnings
    inputs = data.train.inputs.take(torch.arange(len(data.train)))
    assert float(inputs.abs().max()) < 6  # type: ignore[union-attr]


def test_codes_with_a_leading_zero_are_categories(tmp_path: Path) -> None:
    assert kinds(made(tmp_path, zip=("01234", "98765", "10001")))["zip"] == ("category",)


@pytest.mark.parametrize(
    ("types", "found"),
    [("code=category", ("category",)), ("code=number", ("value",)), ("code = category , x=number", ("category",))],
)
def test_types_can_be_forced(tmp_path: Path, types: str, found: tuple[str, ...]) -> None:
    source = numbers_csv(tmp_path / "t.csv", code=(10, 20, 30))
    assert kinds(load(DataConfig(source, types=types)))["code"] == found


@pytest.mark.parametrize(
    ("types", "message"),
    [
        ("code=word", "expected column=type with commas between them"),
        ("cod=number", "expected one of the columns x, z, code, label"),
        ("code=date", "expected for 'code' what its values are"),
    ],
)
def test_types_that_cannot_be(tmp_path: Path, types: str, message: str) -> None:
    source = numbers_csv(tmp_path / "t.csv", code=("red", "blue"))
    with pytest.raises(SettingError, match=message):
        load(DataConfig(source, types=types))
