"""Rows of CSV and TSV files."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from crossent.train.data import DataConfig, DataError, load
from crossent.train.data.sources.table_files import TableFile

from ..files import numbers_csv, reviews_csv, write_csv, write_text


def error(source: str, **settings: object) -> str:
    with pytest.raises(DataError) as caught:
        load(DataConfig(source, **settings))  # type: ignore[arg-type]
    return str(caught.value)


def test_a_table_becomes_standardised_numbers(tmp_path: Path) -> None:
    data = load(DataConfig(numbers_csv(tmp_path / "t.csv")))
    assert (data.schema.kind, data.schema.task, data.schema.classes) == ("tabular", "binary", ("a", "b"))
    inputs, targets = data.train.batch(torch.arange(len(data.train)))
    assert isinstance(inputs, torch.Tensor)
    assert inputs.shape == (44, 2)
    assert torch.allclose(inputs.mean(0), torch.zeros(2), atol=1e-6)
    assert torch.allclose(inputs.std(0, correction=0), torch.ones(2), atol=1e-6)
    assert targets is not None
    assert targets.tolist() == [float(row % 2) for row in _numbers(data.train.ids)]


def _numbers(ids: object) -> list[int]:
    # Line 2 is row 0.
    return [int(str(name).split(":")[1]) - 2 for name in ids]  # type: ignore[attr-defined]


def test_ids_name_the_line_even_behind_values_with_line_breaks(tmp_path: Path) -> None:
    rows = [("text", "label"), ('one, "two"\nthree', "x"), ("four\n\nfive", "y"), ("six", "x")]
    file = TableFile(Path(write_csv(tmp_path / "a.csv", rows)))
    assert file.lines.tolist() == [2, 4, 7]
    assert file.table.column("text").to_pylist() == ['one, "two"\nthree', "four\n\nfive", "six"]


def test_empty_lines_are_no_rows(tmp_path: Path) -> None:
    file = TableFile(Path(write_text(tmp_path / "a.csv", "x,label\n1,a\n\n2,b\n\n")))
    assert file.lines.tolist() == [2, 4]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    rows = [("x", "label"), (1, "a"), (2, "b")]
    file = TableFile(Path(write_csv(tmp_path / "a.csv", rows, delimiter=delimiter)))
    assert file.table.column_names == ["x", "label"]


def test_tsv_is_split_at_tabs_alone(tmp_path: Path) -> None:
    file = TableFile(Path(write_text(tmp_path / "a.tsv", "te,xt\tla,bel\na,b,c\td\n")))
    assert file.table.to_pylist() == [{"te,xt": "a,b,c", "la,bel": "d"}]


def test_packed_files_are_read(tmp_path: Path) -> None:
    import gzip

    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"x,label\n1,a\n"))
    assert TableFile(path).table.to_pylist() == [{"x": "1", "label": "a"}]


def test_a_row_with_too_many_values_is_an_error_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    reviews_csv(path)
    path.write_text(path.read_text() + "well, not quoted,good\n")
    assert error(str(path)) == (
        "reviews.csv:42: expected 2 columns as in the header, got 3 (well | not quoted | good); "
        "correct it, or leave such rows out with --data.on_bad_row skip"
    )


def test_bad_rows_can_be_skipped_and_are_in_the_census(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    reviews_csv(path)
    path.write_text(path.read_text() + "well, not quoted,good\n,good\nno label here at all,\n")
    data = load(DataConfig(str(path), on_bad_row="skip"))
    assert [(row.id, row.reason.split(" (")[0]) for row in data.census.skipped] == [
        ("reviews.csv:42", "expected 2 columns as in the header, got 3"),
        ("reviews.csv:43", "its text is empty"),
        ("reviews.csv:44", "it has no label"),
    ]
    assert sum(data.census.rows.values()) == 40
    assert data.census.warnings[0].startswith("3 rows were skipped, the first reviews.csv:42: expected 2 columns")


def test_several_bad_rows_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    reviews_csv(path)
    path.write_text(path.read_text() + ",good\n" * 5)
    assert error(str(path)) == (
        "r.csv:42: its text is empty\nr.csv:43: its text is empty\nr.csv:44: its text is empty\n… and 2 rows more\n"
        "correct it, or leave such rows out with --data.on_bad_row skip"
    )


def test_an_open_quotation_mark_is_found_where_it_opens(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    reviews_csv(path, 4)
    path.write_text(path.read_text() + '"never closed,good\nmore,bad\n')
    assert error(str(path)).startswith('r.csv:6: a quotation mark (") is opened here and never closed; correct it')


def test_text_behind_a_closing_quotation_mark(tmp_path: Path) -> None:
    text = 'text,label\n"a" b,x\n'
    assert error(write_text(tmp_path / "r.csv", text)).startswith(
        'r.csv:2: text follows a closing quotation mark ("); inside a quoted value write "" for one;'
    )


def test_an_empty_file(tmp_path: Path) -> None:
    assert error(write_text(tmp_path / "e.csv", "")) == "e.csv: the file is empty."
    text = "e.csv: the file is empty; the first line should name the columns."
    assert error(write_text(tmp_path / "e.csv", "\n\n")) == text
    assert error(write_text(tmp_path / "e.csv", "x,label\n")) == "e.csv: there are no rows in it."


def test_a_name_twice(tmp_path: Path) -> None:
    assert error(write_text(tmp_path / "n.csv", "x,x,label\n1,2,a\n")) == (
        "n.csv:1: two columns are named 'x'; give each its own name"
    )


def test_long_values_are_read_and_the_parsers_limit_is_put_back(tmp_path: Path) -> None:
    import csv

    before = csv.field_size_limit()
    file = TableFile(Path(write_csv(tmp_path / "a.csv", [("text", "label"), ("word " * 100_000, "a")])))
    assert len(file.table.column("text")[0].as_py()) == 500_000
    assert csv.field_size_limit() == before


def test_a_file_larger_than_memory_is_kept_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    path = Path(
        write_csv(tmp_path / "a.csv", [("x", "label"), *((row, "ab"[row % 2]) for row in range(200)), ("1", "a", "2")])
    )
    for _ in range(2):
        file = TableFile(path, memory=0)
        assert file.table.column("x").to_pylist() == [str(row) for row in range(200)]
        assert file.lines[-1] == 201
        assert [row.id for row in file.bad] == ["a.csv:202"]
    assert len(list((tmp_path / ".cache/crossent").glob("*.arrow"))) == 1
