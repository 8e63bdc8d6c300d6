"""Files as other programs write them: each is read, or refused in a sentence that says what to write instead."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet
import pytest

from crossent.train.data import Data, DataConfig, DataError, load

from ..files import write_text

ROWS = range(60)


def opened(folder: Path, name: str, lines: list[str] | str, **settings: Any) -> Data:
    text = lines if isinstance(lines, str) else "\n".join(lines) + "\n"
    return load(DataConfig(write_text(folder / name, text), **settings))


def refusal(folder: Path, name: str, lines: list[str] | str, **settings: Any) -> str:
    with pytest.raises(DataError) as caught:
        opened(folder, name, lines, **settings)
    return str(caught.value)


def names(data: Data) -> list[str]:
    return [column.name for column in data.schema.columns if column.part == "value"]


@pytest.mark.parametrize("mark", [" ", " , "])
def test_fasttext(tmp_path: Path, mark: str) -> None:
    data = opened(tmp_path, "a.txt", [f"__label__{('bad', 'good')[n % 2]}{mark}film, number {n}" for n in ROWS])
    assert data.census.warnings[0] == "a.txt: read as fastText writes it, a text behind its __label__"
    assert (data.schema.kind, data.schema.task, data.schema.classes) == ("text", "binary", ("bad", "good"))
    assert data.train.records.column("text")[0].as_py().startswith("film, number")


def test_fasttext_with_several_labels(tmp_path: Path) -> None:
    lines = [f"__label__a {'__label__b ' if n % 3 else ''}how to bake, question {n}" for n in ROWS]
    data = opened(tmp_path, "a.train", lines)
    assert (data.schema.task, data.schema.classes) == ("multilabel", ("a", "b"))
    assert sum(int(part.targets[:, 1].sum()) for part in (data.train, data.val, data.test)) == 40


@pytest.mark.parametrize("name", ["a.txt", "a.libsvm", "a.svm"])
def test_svmlight_is_read_in_python(tmp_path: Path, name: str) -> None:
    assert refusal(tmp_path, name, [f"{n % 2} 1:0.5 7:1e-3 # {n}" for n in ROWS]).endswith(
        f"are read in Python: train.fit(data=sklearn.datasets.load_svmlight_file({name!r}))"
    )


def test_sparse_arff(tmp_path: Path) -> None:
    head = ["@relation t", "@attribute a numeric", "@attribute size {1,2}", "@attribute class {no,yes}", "@data"]
    lines = ["{0 1.5, 2 yes}" if n % 2 else "{1 2}" if n % 4 else "{}" for n in ROWS]
    data = opened(tmp_path, "a.arff", [*head, *lines])
    assert data.schema.classes == ("no", "yes")
    # A nominal attribute is a category, numbers too.
    assert [(column.name, column.kind) for column in data.schema.columns] == [("a", "number"), ("size", "category")]
    whole = [data.train.records, data.val.records, data.test.records]
    values = {tuple(part.raw(row).values()) for part in whole for row in range(len(part))}
    assert values == {("1.5", "1", "yes"), ("0", "2", "no"), ("0", "1", "no")}
    assert "'9 1' names none of the 3 attributes, which count from 0" in refusal(tmp_path, "b.arff", [*head, "{9 1}"])


def test_excel_says_the_delimiter(tmp_path: Path) -> None:
    data = opened(tmp_path, "a.csv", ["sep=;", "x;y;label", *(f"{n % 7};{n % 5};{'ab'[n % 2]}" for n in ROWS)])
    assert names(data) == ["x", "y"]
    assert data.train.ids[0].startswith("a.csv:")


def test_names_of_groups_of_columns_above_the_names(tmp_path: Path) -> None:
    lines = [
        "Customer,,Order,Result",
        "name,age,price,back",
        *(f"n{n % 9},{n % 7},{n % 5},{'yn'[n % 2]}" for n in ROWS),
    ]
    data = opened(tmp_path, "a.csv", lines)
    assert data.schema.target == ("back",)
    assert data.census.warnings[0] == "a.csv:1: left out above the names: Customer | | Order | Result"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("<!DOCTYPE html><p>Sign in", "a web page, not data: the address answered with a page, of a login or an error"),
        ("version https://git-lfs.github.com/spec/v1\noid", "a pointer of Git LFS, not the data: fetch them with git"),
        ("PK\x03\x04 and more", "a packed file: call it .xlsx if it is a sheet, else .zip"),
        ("PAR1 and more", "a Parquet file: call it .parquet"),
        ("%PDF-1.4", "a PDF: save its table as .csv"),
    ],
)
def test_what_is_no_text_file_by_its_beginning(tmp_path: Path, text: str, what: str) -> None:
    assert refusal(tmp_path, "a.csv", text).startswith(f"a.csv: this is {what}")


def test_zero_bytes_in_text(tmp_path: Path) -> None:
    found = refusal(tmp_path, "a.csv", ["x,label", *(f"{n}\0,{n % 2}" for n in ROWS)])
    assert found == "a.csv: this is not a text file: it holds zero bytes."


TABLE = [{"x": n % 7, "label": "ab"[n % 2]} for n in ROWS]
COLUMNS = {name: [row[name] for row in TABLE] for name in ("x", "label")}


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    ("whole", "where"),
    [
        ({"data": TABLE, "version": 2}, "'data', and not 'version'"),
        ({"rows": TABLE}, "'rows'"),
        ({"columns": ["x", "label"], "index": [0], "data": [list(row.values()) for row in TABLE]},
         "'data', with names in 'columns'"),
        ({name: dict(enumerate(values)) for name, values in COLUMNS.items()}, "the columns in it"),
        (COLUMNS, "the columns in it"),
        (dict(enumerate(TABLE)), "objects by their names"),
    ],
)  # fmt: skip
def test_one_json_object(tmp_path: Path, whole: dict[str, Any], where: str, indent: int | None) -> None:
    data = opened(tmp_path, "a.json", json.dumps(whole, indent=indent))
    assert data.census.warnings[0] == f"a.json: one JSON object; its rows were read from {where}"
    assert names(data) == ["x"]
    assert sum(data.census.rows.values()) == 60


def test_a_json_object_without_rows(tmp_path: Path) -> None:
    found = refusal(tmp_path, "a.json", json.dumps({"name": "t", "version": 1}, indent=1))
    assert found.startswith("a.json: one JSON object with the keys 'name', 'version', none of which holds rows")


def test_a_row_of_json_alone_is_a_row(tmp_path: Path) -> None:
    assert "all 1 rows have the same label" in refusal(tmp_path, "a.jsonl", json.dumps({"x": {"y": 1}, "label": "a"}))


@pytest.mark.parametrize("kind", ["json", "csv", "parquet", "fixed"])
def test_lists_of_numbers_are_columns(tmp_path: Path, kind: str) -> None:
    vectors = [[n % 7 + 0.5, -1e-3, 2.0] for n in ROWS]
    if kind == "json":
        source = write_text(
            tmp_path / "a.jsonl", "\n".join(json.dumps({"v": v, "label": n % 2}) for n, v in enumerate(vectors))
        )
    elif kind == "csv":
        lines = [f'"{v}",{n % 2}' for n, v in enumerate(vectors)]
        source = write_text(tmp_path / "a.csv", "\n".join(["v,label", *lines]))
    else:
        column = pa.array(vectors, pa.list_(pa.float64(), 3) if kind == "fixed" else None)
        pa.parquet.write_table(pa.table({"v": column, "label": [n % 2 for n in ROWS]}), tmp_path / "a.parquet")
        source = str(tmp_path / "a.parquet")
    data = load(DataConfig(source))
    assert names(data) == ["v.0", "v.1", "v.2"]
    assert "'v': lists of 3 numbers, read as the columns v.0 to v.2" in data.census.warnings


def test_values_of_other_types_are_left_out(tmp_path: Path) -> None:
    maps = pa.array([[("a", 1)] for _ in ROWS], pa.map_(pa.string(), pa.int64()))
    table = pa.table({"m": maps, "b": [b"\xff\xfe"] * 60, "x": [n % 7 for n in ROWS], "label": [n % 2 for n in ROWS]})
    pa.parquet.write_table(table, tmp_path / "a.parquet")
    data = load(DataConfig(str(tmp_path / "a.parquet")))
    assert data.census.warnings[0].startswith("columns left out: 'm' (values of the type map<string, int64")
    assert "'b' (values of the type binary; of pictures make files, or read them in Python)" in data.census.warnings[0]


def test_datasets_of_hugging_face_keep_the_names_of_their_classes(tmp_path: Path) -> None:
    features = {"text": {"_type": "Value"}, "label": {"names": ["good", "bad"], "_type": "ClassLabel"}}
    schema = pa.schema(
        {"text": pa.string(), "label": pa.int64()}, {"huggingface": json.dumps({"info": {"features": features}})}
    )
    texts = [f"a film of which this is number {n}" for n in ROWS]
    table = pa.table({"text": texts, "label": [n % 2 for n in ROWS]}, schema=schema)
    (tmp_path / "films").mkdir()
    with pa.ipc.new_stream(str(tmp_path / "films" / "data-00000-of-00001.arrow"), schema) as writer:
        writer.write_table(table)
    pa.parquet.write_table(table, tmp_path / "a.parquet")
    write_text(tmp_path / "films" / "state.json", "{}")
    write_text(tmp_path / "films" / "dataset_info.json", "{}")
    for source in ("films", "a.parquet"):
        data = load(DataConfig(str(tmp_path / source)))
        assert data.schema.classes == ("good", "bad")
        assert data.train.records.column("label")[0].as_py() in ("good", "bad")


def test_one_part_in_arrays_is_split_not_taken_three_times(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.random.default_rng(0).normal(size=(60, 4)), y=np.arange(60) % 2)
    data = load(DataConfig(str(tmp_path / "a.npz")))
    assert sum(data.census.rows.values()) == 60
    assert data.census.leaks == ()


def test_texts_without_labels_beside_the_classes(tmp_path: Path) -> None:
    for kind in ("neg", "pos", "unsup"):
        (tmp_path / kind).mkdir()
        for number in range(20):
            write_text(tmp_path / kind / f"{number}.txt", f"a film, {kind}, of number {number}")
    data = load(DataConfig(str(tmp_path)))
    assert data.schema.classes == ("neg", "pos")
    assert data.census.warnings[0] == "without labels, and left out: unsup"
