"""The census: its counts, its warnings, its text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from crossent.train.data import DataConfig, load

from .files import REVIEWS, numbers_csv, reviews_csv, write_csv


def test_the_text_of_the_wine(tmp_path: Path) -> None:
    assert load(DataConfig("wine")).census.to_text() == (
        "wine: multiclass, 3 classes, 178 rows: 124 to train, 27 to validate, 27 to test\n"
        "13 numeric columns\n"
        "\n"
        "class    train  share  val  test  weight\n"
        "class_0     41  33.1%    9     9    1.01\n"
        "class_1     49  39.5%   11    11    0.84\n"
        "class_2     34  27.4%    7     7    1.22"
    )


def test_json_holds_everything(tmp_path: Path) -> None:
    census = load(DataConfig(numbers_csv(tmp_path / "t.csv"))).census
    content = json.loads(json.dumps(census.to_json()))
    assert content["rows"] == {"train": 44, "val": 8, "test": 8}
    assert content["classes"][0] == {"name": "a", "train": 22, "val": 4, "test": 4, "weight": 1.0}
    assert set(content) == {
        "source", "kind", "task", "rows", "inputs", "classes", "leaks", "duplicates", "skipped", "warnings",
        "predicts"
    }  # fmt: skip


def test_a_leak_between_files_is_told_with_an_example(tmp_path: Path) -> None:
    reviews_csv(tmp_path / "train.csv", 40)
    rows = [(f"{REVIEWS[row % 2][0]} {row}", REVIEWS[(row + (row > 40)) % 2][1]) for row in range(36, 60)]
    rows[0] = (rows[0][0], "bad")
    write_csv(tmp_path / "val.csv", [("text", "label"), *rows[8:]])
    write_csv(tmp_path / "test.csv", [("text", "label"), *rows])
    census = load(DataConfig(str(tmp_path))).census
    (leak,) = census.leaks
    assert (leak.part, leak.rows, leak.total, leak.conflicting) == ("test", 4, 24, 1)
    assert leak.example == ("test.csv:2", "train.csv:38")
    assert (
        "4 of 24 test rows also stand in the training part (such as test.csv:2 = train.csv:38): a leak, the test will "
        "look too good; 1 of them with another label"
    ) in census.warnings
    *_, line, rest = census.to_text().splitlines()
    assert line.startswith("! 4 of 24 test rows also stand in the training part")
    assert rest == "  look too good; 1 of them with another label"


def test_rare_and_uneven_classes(tmp_path: Path) -> None:
    labels = ["common"] * 180 + ["rare"] * 8
    source = write_csv(tmp_path / "t.csv", [("x", "label"), *((row * 7 % 31, name) for row, name in enumerate(labels))])
    census = load(DataConfig(source)).census
    assert "fewer than 10 training rows: 'rare'" in census.warnings
    assert "the largest class has 21 times the rows of the smallest: try --loss.weight balanced" in census.warnings
    weights = [count.weight for count in census.classes]
    assert weights == pytest.approx([132 / (2 * 126), 132 / (2 * 6)], rel=1e-6)


def test_many_classes_are_shortened(tmp_path: Path) -> None:
    rows = [(row * 7 % 31, f"c{row % 40}") for row in range(400)]
    text = load(DataConfig(write_csv(tmp_path / "t.csv", [("x", "label"), *rows]))).census.to_text()
    assert "… 20 classes more …" in text
    assert len(text.split("\n\n")[1].splitlines()) == 22


def test_long_names_are_shortened(tmp_path: Path) -> None:
    rows = [(row * 7 % 31, ("a name that is much longer than a column", "b")[row % 2]) for row in range(60)]
    text = load(DataConfig(write_csv(tmp_path / "t.csv", [("x", "label"), *rows]))).census.to_text()
    assert "a name that is much longer than…" in text


def test_positives_of_several_labels_have_pos_weights(tmp_path: Path) -> None:
    source = numbers_csv(tmp_path / "t.csv", hot=(0, 1, 0, 0), wet=(1, 0))
    data = load(DataConfig(source, target="hot,wet", drop="label"))
    assert isinstance(data.train.targets, torch.Tensor)
    positives = data.train.targets.sum(0)
    wanted = ((len(data.train) - positives) / positives).tolist()
    assert [count.weight for count in data.census.classes] == pytest.approx(wanted)
    assert "pos_weight" in data.census.to_text()
