"""Texts beside numbers and categories: all of them are inputs of one model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from crossent.train.config.rules import SettingError
from crossent.train.data import DataConfig, load, read
from crossent.train.models.building import build

from ..files import REVIEWS, write_csv

CITIES = ("Rome", "Oslo")


def rooms_csv(path: Path, rows: int = 120, empty: int = 0) -> str:
    """Guests are happy if the review is good and the place is Rome: neither column says so alone."""
    generator = np.random.default_rng(0)
    body = []
    for row in range(rows):
        mood, city = (int(draw) for draw in generator.integers(0, 2, 2))
        text = "" if row < empty else f"{REVIEWS[mood][0]} {row}"
        body.append((round(float(generator.normal()), 3), CITIES[city], text, "happy" if mood == city == 0 else "sad"))
    return write_csv(path, [("price", "place", "review", "guest"), *body])


def test_all_columns_are_inputs(tmp_path: Path) -> None:
    data = load(DataConfig(rooms_csv(tmp_path / "r.csv")))
    assert (data.schema.kind, data.schema.text) == ("mixed", ("review",))
    assert data.census.inputs.startswith("1 numeric and 1 categorical columns, and text in column 'review': ")
    inputs, _ = data.train.batch(torch.arange(4))
    numbers, categories, tokens = inputs
    assert (numbers.shape, categories.shape, len(tokens)) == ((4, 1), (4, 1), 4)
    assert data.train.show(0).keys() == {"price", "place", "review", "guest"}  # type: ignore[union-attr]


@pytest.mark.parametrize(("kind", "shapes"), [("text", 1), ("tabular", 2)])
def test_a_part_of_them_alone(tmp_path: Path, kind: str, shapes: int) -> None:
    data = load(DataConfig(rooms_csv(tmp_path / "r.csv"), kind=kind))  # type: ignore[arg-type]
    inputs, _ = data.train.batch(torch.arange(4))
    assert (len(inputs) if isinstance(inputs, tuple) else 1) == shapes
    left = {"text": "'price', 'place' (beside the text)", "tabular": "'review' (text)"}[kind]
    assert f"columns left out: {left}" in data.census.warnings


def test_an_empty_text_is_one_beside_columns(tmp_path: Path) -> None:
    data = load(DataConfig(rooms_csv(tmp_path / "r.csv", empty=30)))
    assert sum(data.census.rows.values()) == 120
    assert any(line.endswith(" of 84 training rows have no text") for line in data.census.warnings)


def test_mixed_without_columns(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "t.csv", [("review", "guest"), *((f"{REVIEWS[n % 2][0]} {n}", n % 2) for n in range(40))]
    )
    with pytest.raises(SettingError, match=r"^data.kind: expected text, since no column of numbers or categories is"):
        load(DataConfig(path, kind="mixed"))


def test_a_model_of_texts_alone(tmp_path: Path) -> None:
    schema = load(DataConfig(rooms_csv(tmp_path / "r.csv"))).schema
    with pytest.raises(SettingError, match=r"\(mixed\), or one part of them alone \(data.kind text or tabular\)"):
        build("fasttext", schema)


def test_what_neither_tells_alone_is_learnt(tmp_path: Path) -> None:
    data = load(DataConfig(rooms_csv(tmp_path / "r.csv", 300)))
    torch.manual_seed(0)
    model = build("mixed", data.schema)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    inputs, targets = data.train.read(torch.arange(len(data.train)))
    for _ in range(40):
        optimizer.zero_grad()
        torch.nn.functional.binary_cross_entropy_with_logits(model(*inputs)[:, 0], targets).backward()
        optimizer.step()
    model.eval()
    tested, labels = data.test.read(torch.arange(len(data.test)))
    assert ((model(*tested)[:, 0] > 0) == (labels == 1)).float().mean() > 0.95
    rows = {"price": [0.0] * 2, "place": ["Rome", "Oslo"], "review": [REVIEWS[0][0]] * 2}
    alone, _ = read(rows, data.schema).read(torch.arange(2))
    assert (model(*alone)[:, 0] > 0).tolist() == [False, True]
