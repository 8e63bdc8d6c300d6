"""Labels: single, 0/1 columns, several in one column; and what is no label."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from crossent.train.config.rules import SettingError
from crossent.train.data import DataConfig, DataError, load
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
    assert written([1, 2]).tolist() == written([1.0, 2.0]).tolist() == written(["1", " 2.0 "]).tolist() == ["1", "2"]
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
