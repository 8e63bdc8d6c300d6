"""Labels: single, 0/1 columns, several in one column; and what is no label."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from crossent.train.config.rules import SettingError
from crossent.train.data import Data, DataConfig, DataError, load
from crossent.train.data.labels import in_order, written

from .files import numbers_csv, write_csv


def table(path: Path, labels: list[object], name: str = "label") -> str:
    return write_csv(path / "t.csv", [("x", name), *((row * 7 % 13 / 3, label) for row, label in enumerate(labels))])


def error(source: str, **settings: object) -> str:
    with pytest.raises((DataError, SettingError)) as caught:
        load(DataConfig(source, **settings))  # type: ignore[arg-type]
    return str(caught.value)


def test_labels_are_ordered_as_people_do() -> None:
    assert in_order(["10", "9", "-1", "b", "a"]) == ("-1", "9", "10", "a", "b")


def test_a_number_has_one_way_to_be_written() -> None:
    assert (
        written([1, 2]).tolist()
        == written([1.0, 2.0]).tolist()
        == written(["1.000000", " 2.0 "]).tolist()
        == ["1", "2"]
    )
    assert written([None, float("nan"), True, 0.5]).tolist() == ["", "", "True", "0.5"]


def test_labels_from_1_are_classes(tmp_path: Path) -> None:
    data = load(DataConfig(table(tmp_path, [1 + row % 3 for row in range(60)])))
    assert data.schema.classes == ("1", "2", "3")
    assert data.train.targets.unique().tolist() == [0, 1, 2]  # type: ignore[union-attr]


def test_two_classes_are_binary_unless_told(tmp_path: Path) -> None:
    source = table(tmp_path, ["no", "yes"] * 30)
    assert load(DataConfig(source)).schema.new_task().outputs == 1
    data = load(DataConfig(source, task="multiclass"))
    assert (data.schema.new_task().outputs, data.train.targets.dtype) == (2, torch.int64)  # type: ignore[union-attr]


def test_chinese_class_names_are_in_the_census_in_line(tmp_path: Path) -> None:
    data = load(DataConfig(table(tmp_path, ["体育", "娱乐新闻"] * 30, "类别")))
    assert data.schema.classes == ("体育", "娱乐新闻")
    lines = data.census.to_text().splitlines()
    assert "体育         22  50.0%    4     4    1.00" in lines
    assert "娱乐新闻     22  50.0%    4     4    1.00" in lines


def test_one_class_is_no_task(tmp_path: Path) -> None:
    assert error(table(tmp_path, ["a"] * 30)) == (
        "t.csv, column 'label': all 30 rows have the same label, 'a'; a classifier needs at least two classes."
    )


def test_one_class_in_the_training_part_alone_is_no_task_either(tmp_path: Path) -> None:
    write_csv(tmp_path / "train.csv", [("x", "label"), *((row, "a") for row in (3, 1, 2) * 9)])
    write_csv(tmp_path / "test.csv", [("x", "label"), *((row, "ab"[row % 2]) for row in range(9))])
    assert error(str(tmp_path)).endswith(
        "all 27 rows have the same label, 'a'; a classifier needs at least two classes."
    )


def test_labels_unseen_in_training_are_told(tmp_path: Path) -> None:
    write_csv(tmp_path / "train.csv", [("x", "label"), *((row % 7, "ab"[row % 2]) for row in range(40))])
    write_csv(tmp_path / "test.csv", [("x", "label"), *((row / 3, "abc"[row % 3]) for row in range(9))])
    data = load(DataConfig(str(tmp_path)))
    assert data.schema.classes == ("a", "b", "c")
    assert "not in the training part, so that it cannot be learnt: 'c'" in data.census.warnings


def test_rows_without_a_label(tmp_path: Path) -> None:
    assert error(table(tmp_path, ["a", "b", ""] * 10)).startswith(
        "t.csv:4: it has no label (column 'label' is empty)\nt.csv:7: it has no label"
    )
    data = load(DataConfig(table(tmp_path, ["a", "b", ""] * 10), on_bad_row="skip"))
    assert (data.schema.classes, len(data.census.skipped)) == (("a", "b"), 10)


def test_numbers_to_predict_are_no_classes(tmp_path: Path) -> None:
    assert error(table(tmp_path, [row / 7 for row in range(90)])) == (
        "t.csv, column 'label': 90 different labels in 90 rows (such as '0', '0.14285714285714285', "
        "'0.2857142857142857') are no classes. Is it the right column? Numbers to be predicted as numbers are not "
        "for a classifier."
    )


def test_several_labels_with_a_delimiter(tmp_path: Path) -> None:
    data = load(DataConfig(table(tmp_path, ["red|big", "big", "", "red | small"] * 15), delimiter="|"))
    assert (data.schema.task, data.schema.classes) == ("multilabel", ("big", "red", "small"))
    rows = [("red|big", "big", "", "red | small")[(int(name.split(":")[1]) - 2) % 4] for name in data.train.ids]
    wanted = [[float(name in row) for name in data.schema.classes] for row in rows]
    assert data.train.targets.tolist() == wanted  # type: ignore[union-attr]


def test_the_delimiter_is_guessed_when_the_task_is_named(tmp_path: Path) -> None:
    data = load(DataConfig(table(tmp_path, ["a;b", "b", "c"] * 20), task="multilabel"))
    assert data.schema.delimiter == ";"


def test_several_columns_of_0_and_1(tmp_path: Path) -> None:
    source = numbers_csv(tmp_path / "t.csv", hot=(0, 1, ""), wet=(1, 0, 0, 0))
    data = load(DataConfig(source, target="hot,wet", drop="label"))
    assert (data.schema.task, data.schema.classes, data.schema.new_task().outputs) == ("multilabel", ("hot", "wet"), 2)
    targets = data.train.targets
    assert isinstance(targets, torch.Tensor)
    assert targets.shape == (42, 2)
    assert targets[:, 0].isnan().any()
    assert [count.train for count in data.census.classes] == (targets == 1).sum(0).tolist()


def test_target_columns_of_other_values(tmp_path: Path) -> None:
    source = numbers_csv(tmp_path / "t.csv", hot=(0, 1), wet=(1, 2, 0))
    assert error(source, target="hot,wet") == (
        "t.csv:3: several target columns hold 0 and 1 each (or nothing: unknown), but 'wet' is '2' here."
    )


def test_tasks_that_do_not_fit(tmp_path: Path) -> None:
    three = table(tmp_path, ["a", "b", "c"] * 20)
    assert error(three, task="binary") == (
        "data.task: expected a task for 3 classes, got 'binary'; write for example data.task='multiclass'"
    )
    assert "one label per row" in error(three, task="segmentation")
    assert error(three, task="binary", delimiter="|").startswith("data.task: expected multilabel where data.delimiter")


def labelled(path: Path, labels: Sequence[object], name: str = "label", **settings: object) -> Data:
    rows = [(round(math.sin(row), 3), label) for row, label in enumerate(labels)]
    source = write_csv(path / "labelled.csv", [("x", name), *rows])
    return load(DataConfig(source, **settings))  # type: ignore[arg-type]


@pytest.mark.parametrize("missing", ["NA", "?", "nan", "None"])
def test_missing_labels_are_no_class(tmp_path: Path, missing: str) -> None:
    with pytest.raises(DataError, match=r"in '\w+' counts as missing; a class of this name needs another"):
        labelled(tmp_path, ["a", "b", missing] * 20)
    data = labelled(tmp_path, ["a", "b", missing] * 20, on_bad_row="skip")
    assert (data.schema.classes, sum(data.census.rows.values())) == (("a", "b"), 40)


def test_missing_labels_beside_one_class_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"have the same one, 'a' \('\?', 'NA' counts as missing\)"):
        labelled(tmp_path, ["a", "?", "NA"] * 20)


def test_minus_one_is_a_class_that_is_told(tmp_path: Path) -> None:
    data = labelled(tmp_path, [-1, 0, 1] * 20)
    assert data.schema.classes == ("-1", "0", "1")
    assert any("'-1' is a class like others" in line for line in data.census.warnings)
    assert not any("'-1'" in line for line in labelled(tmp_path, [-1, 1] * 20).census.warnings)


def test_labels_that_differ_in_case_are_asked_about(tmp_path: Path) -> None:
    labels = ["yes", "YES", "no"] * 20
    with pytest.raises(DataError, match="the labels 'YES' and 'yes' differ in case or blanks alone"):
        labelled(tmp_path, labels)
    assert len(labelled(tmp_path, labels, task="multiclass").schema.classes) == 3


def test_a_quantity_is_asked_about(tmp_path: Path) -> None:
    ages = [18 + row % 62 for row in range(400)]
    with pytest.raises(DataError, match="62 different whole numbers, from 18 to 79: a quantity, or classes"):
        labelled(tmp_path, ages)
    assert len(labelled(tmp_path, ages, task="multiclass").schema.classes) == 62
    assert len(labelled(tmp_path, [row % 62 for row in range(400)]).schema.classes) == 62


def test_the_positive_class_is_named(tmp_path: Path) -> None:
    labels = ["churned", "stayed"] * 20
    assert labelled(tmp_path, labels).schema.classes == ("churned", "stayed")
    data = labelled(tmp_path, labels, positive="churned")
    assert data.schema.classes == ("stayed", "churned")
    assert {(row % 2 == 0, bool(target)) for row, target in zip(rows_of(data), data.train.targets, strict=True)} == {
        (True, True),
        (False, False),
    }
    with pytest.raises(SettingError, match="expected one of churned, stayed, got 'left'"):
        labelled(tmp_path, labels, positive="left")
    with pytest.raises(SettingError, match="since there are not two classes"):
        labelled(tmp_path, ["a", "b", "c"] * 20, positive="a")


def rows_of(data: Data) -> list[int]:
    return [int(name.rpartition(":")[2]) - 2 for name in data.train.ids]


@pytest.mark.parametrize("first", [0, 1])
def test_names_of_classes_from_a_file(tmp_path: Path, first: int) -> None:
    names = tmp_path / "names.txt"
    names.write_text("apple\npear\n\nplum\n", encoding="utf-8")
    labels = [first, first + 1, first + 2] * 20
    assert labelled(tmp_path, labels, class_names=str(names)).schema.classes == ("apple", "pear", "plum")
    with pytest.raises(SettingError, match="expected a file with a line per class, for the labels"):
        labelled(tmp_path, [*labels, 7], class_names=str(names))
    with pytest.raises(SettingError, match=r"^data.class_names: expected a file that exists, got 'nope'; write for "):
        labelled(tmp_path, labels, class_names="nope")


@pytest.mark.parametrize(
    ("name", "settings", "line"),
    [
        ("label", {}, "predicts 'label' (for its name)"),
        ("survived", {}, "predicts 'survived' (the last column; --target names another)"),
        ("survived", {"target": "survived"}, "predicts 'survived' (data.target)"),
    ],
)
def test_the_first_line_says_what_is_predicted(
    tmp_path: Path, name: str, settings: dict[str, object], line: str
) -> None:
    census = labelled(tmp_path, ["a", "b"] * 20, name, **settings).census
    assert census.to_text().startswith(f"labelled.csv: {line}, binary, 2 classes, 40 rows")


def test_a_name_that_wins_over_the_last_column_is_told(tmp_path: Path) -> None:
    rows = [("class", "x", "survived"), *((1 + row % 3, math.sin(row), "ny"[row % 2]) for row in range(60))]
    text = load(DataConfig(write_csv(tmp_path / "t.csv", rows))).census.to_text()
    assert "predicts 'class' (for its name; --target names another, such as the last, 'survived')" in text
