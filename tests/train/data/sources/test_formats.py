"""JSON lines, Parquet, Arrow, .npz, folders of texts, and files per part."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
import torch

from crossent.train.config.rules import SettingError
from crossent.train.data import DataConfig, DataError, load

from ..files import REVIEWS, numbers_csv, reviews_csv, write_text


def error(source: str, **settings: object) -> str:
    with pytest.raises((DataError, SettingError)) as caught:
        load(DataConfig(source, **settings))  # type: ignore[arg-type]
    return str(caught.value)


def test_a_folder_names_the_file_that_may_have_rows(tmp_path: Path) -> None:
    write_text(tmp_path / "german.data.txt", "1 2 3\n" * 30)
    write_text(tmp_path / "german.names.txt", "about")
    write_text(tmp_path / "README.md", "about " * 100)
    found = error(str(tmp_path))
    assert found.endswith(f" Name a file that has them, such as {tmp_path / 'german.data.txt'}.")


def test_a_file_of_an_unknown_kind(tmp_path: Path) -> None:
    found = error(write_text(tmp_path / "a.xls", "x"))
    assert found.endswith(".sqlite, .zip or .npz, or a folder; save it as one of these.")


def test_json_lines(tmp_path: Path) -> None:
    lines = [json.dumps({"text": f"{REVIEWS[r % 2][0]} {r}", "label": r % 2, "extra": None}) for r in range(30)]
    data = load(DataConfig(write_text(tmp_path / "a.jsonl", "\n".join(lines))))
    assert (data.schema.kind, data.schema.task, data.schema.classes) == ("text", "binary", ("0", "1"))


def test_objects_in_objects_are_columns(tmp_path: Path) -> None:
    rows = [{"engine": {"power": r % 9, "fuel": {"kind": "xy"[r % 2]}}, "label": "ab"[r % 2]} for r in range(30)]
    names = ["engine.power", "engine.fuel.kind"]
    data = load(DataConfig(write_text(tmp_path / "a.jsonl", "\n".join(map(json.dumps, rows)))))
    assert [column.name for column in data.schema.columns] == names
    pa.parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    data = load(DataConfig(str(tmp_path / "a.parquet")))
    assert [column.name for column in data.schema.columns] == names


def test_a_json_list(tmp_path: Path) -> None:
    rows = [{"x": r, "z": r * r % 7, "label": "ab"[r % 2]} for r in range(30)]
    data = load(DataConfig(write_text(tmp_path / "a.json", json.dumps(rows))))
    # x counts the rows: it says where a row stands, not what it is.
    assert [column.name for column in data.schema.columns] == ["z"]
    assert "columns left out: 'x' (counts the rows)" in data.census.warnings


def test_broken_json_lines_are_named(tmp_path: Path) -> None:
    text = '{"x": 1, "label": "a"}\n{"x": 2, "label": \n[1]\n'
    assert error(write_text(tmp_path / "a.jsonl", text)) == (
        "a.jsonl:2: this is not JSON (Expecting value, column 18)\n"
        'a.jsonl:3: expected an object such as {"text": …, "label": …}, got a list\n'
        "correct it, or leave such rows out with --data.on_bad_row skip"
    )


def test_labels_of_mixed_types_are_one_label(tmp_path: Path) -> None:
    labels = [1, "1", 1.0, 2, "2", 2.0]
    lines = [json.dumps({"x": r / 7 % 3, "label": labels[r % 6]}) for r in range(60)]
    data = load(DataConfig(write_text(tmp_path / "a.jsonl", "\n".join(lines))))
    assert data.schema.classes == ("1", "2")


def test_lists_of_labels_are_several_labels(tmp_path: Path) -> None:
    tags = [["a, b", "c"], [], ["c"]]
    lines = [json.dumps({"x": r / 7 % 3, "label": tags[r % 3]}) for r in range(60)]
    data = load(DataConfig(write_text(tmp_path / "a.jsonl", "\n".join(lines))))
    assert (data.schema.task, data.schema.classes) == ("multilabel", ("a, b", "c"))
    assert isinstance(data.train.targets, torch.Tensor)
    assert data.train.targets.sum(0).tolist() == [count.train for count in data.census.classes]


@pytest.mark.parametrize("suffix", ["parquet", "arrow", "feather"])
def test_typed_columns(tmp_path: Path, suffix: str) -> None:
    rows = np.arange(60)
    table = pa.table(
        {
            "x": np.sin(rows),
            "flag": rows % 3 == 0,
            "city": pa.array([("Rome", "Oslo", None)[r % 3] for r in rows]).dictionary_encode(),
            "label": pa.array((rows % 2).astype(np.int8)),
        }
    )
    path = tmp_path / f"t.{suffix}"
    if suffix == "parquet":
        pyarrow.parquet.write_table(table, path)
    else:
        pyarrow.feather.write_feather(table, path)
    data = load(DataConfig(str(path)))
    assert [(column.name, column.kind) for column in data.schema.columns] == [
        ("x", "number"),
        ("flag", "number"),
        ("city", "category"),
    ]
    inputs, _ = data.train.batch(torch.arange(3))
    assert [tuple(part.shape) for part in inputs] == [(3, 2), (3, 1)]
    assert data.train.show(0)["city"] == ("Rome", "Oslo", None)[int(data.train.ids[0].split(":")[1]) % 3 - 1]


def test_a_file_that_is_not_what_its_name_says(tmp_path: Path) -> None:
    assert error(write_text(tmp_path / "t.parquet", "no parquet")).startswith(
        "t.parquet: cannot be read as a .parquet file"
    )


def test_arrays_with_labels_from_1(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    np.savez(tmp_path / "a.npz", x=generator.random((60, 3)), y=1 + np.arange(60) % 3)
    data = load(DataConfig(str(tmp_path / "a.npz")))
    assert data.schema.classes == ("1", "2", "3")
    assert isinstance(data.train.targets, torch.Tensor)
    assert data.train.targets.unique().tolist() == [0, 1, 2]


def test_arrays_by_part(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 255, (40, 9, 9), dtype=np.uint8)
    labels = np.arange(40) % 4
    np.savez(tmp_path / "m.npz", x_train=images, y_train=labels, x_test=images[:8] + 1, y_test=labels[:8])
    data = load(DataConfig(str(tmp_path / "m.npz")))
    assert data.schema.input_shape == (1, 9, 9)
    assert data.census.rows == {"train": 32, "val": 8, "test": 8}


def test_arrays_of_objects_are_not_unpickled(tmp_path: Path) -> None:
    np.savez(tmp_path / "o.npz", x=np.array([{}], dtype=object), y=np.zeros(1))
    assert error(str(tmp_path / "o.npz")).startswith("o.npz: cannot be read as an .npz file of plain arrays")


def test_arrays_of_other_names(tmp_path: Path) -> None:
    np.savez(tmp_path / "o.npz", a=np.zeros(1), b=np.zeros(1))
    assert error(str(tmp_path / "o.npz")) == (
        "o.npz: expected arrays named x and y (or x_train, y_train, x_test, y_test), got a, b."
    )


def test_texts_in_folders(tmp_path: Path) -> None:
    for row in range(40):
        folder = tmp_path / "news" / ("体育", "财经")[row % 2]
        folder.mkdir(parents=True, exist_ok=True)
        write_text(folder / f"{row:02}.txt", f"{('比赛的结果很精彩', '股票的价格上涨了')[row % 2]}{row}", "gb18030")
    data = load(DataConfig(str(tmp_path / "news")))
    assert (data.schema.kind, data.schema.classes) == ("text", ("体育", "财经"))
    assert data.train.ids[0] == "体育/00.txt"


def test_files_by_part(tmp_path: Path) -> None:
    numbers_csv(tmp_path / "train.csv", 40)
    numbers_csv(tmp_path / "valid.csv", 10)
    numbers_csv(tmp_path / "test.csv", 20)
    data = load(DataConfig(str(tmp_path)))
    assert data.census.rows == {"train": 40, "val": 10, "test": 20}
    assert data.test.ids[0] == "test.csv:2"


def test_a_part_that_is_missing_is_split_off(tmp_path: Path) -> None:
    train, test = numbers_csv(tmp_path / "a.csv", 100), numbers_csv(tmp_path / "b.csv", 20)
    data = load(DataConfig(train, test=test))
    assert data.census.rows == {"train": 84, "val": 16, "test": 20}


def test_two_files_of_one_part(tmp_path: Path) -> None:
    numbers_csv(tmp_path / "train.csv")
    numbers_csv(tmp_path / "train.tsv")
    assert error(str(tmp_path)) == (
        f"{tmp_path}: both train.csv and train.tsv are the train part; remove one, or "
        f"name the files of the parts, such as {tmp_path / 'train.csv'} (and --data.test …)."
    )


def test_several_files_without_names_of_parts(tmp_path: Path) -> None:
    numbers_csv(tmp_path / "a.csv")
    numbers_csv(tmp_path / "b.csv")
    assert error(str(tmp_path)) == (
        f"{tmp_path}: which of a.csv, b.csv is to train on? Name one, such as {tmp_path / 'a.csv'} (and --data.test "
        f"{tmp_path / 'b.csv'}), or name them train, val and test."
    )


def test_a_source_that_is_not_there(tmp_path: Path) -> None:
    reviews_csv(tmp_path / "reviews.csv")
    wrong = str(tmp_path / "review.csv")
    assert error(wrong) == (
        "data.source: expected a file or folder that exists, or one of digits, breast_cancer, wine, "
        f"got {wrong!r}; write for example data.source={str(tmp_path / 'reviews.csv')!r}"
    )
    assert error("digit").endswith("got 'digit'; write for example data.source='digits'")


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    assert error(write_text(tmp_path / "a.docx", "x")).startswith("a.docx: expected a file ending in .csv, .tsv, ")


def test_a_folder_of_nothing(tmp_path: Path) -> None:
    assert error(str(tmp_path)) == (
        f"{tmp_path}: there is no file of rows in it, and no folder of images or of .txt files per class."
    )
