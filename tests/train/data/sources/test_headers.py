"""Names of columns: in the first line, below a title, or nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossent.train.data import DataConfig, DataError, load, read
from crossent.train.data.sources.table_files import TableFile

from ..files import write_csv, write_text

IRIS = [(5.1 + n % 7 / 10, 3.5 - n % 3 / 10, ("setosa", "virginica")[n % 2]) for n in range(40)]
FILMS = ("what a great and moving film, number", "a boring story told badly by all, number")
UNNAMED = "{0} has no line of names: its columns are called column1 to column{1}; --data.header first takes the first "
UNNAMED += "line for names"


def rows(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def opened(folder: Path, text: str, name: str = "a.csv", **settings: str) -> TableFile:
    return TableFile(Path(write_text(folder / name, text)), **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param(rows("5.1,3.5,setosa", "4.9,3.0,setosa", "7.0,3.2,virginica"), 3, id="numbers-over-numbers"),
        pytest.param(rows("5.1,3.5,0", "4.9,3.0,1"), 3, id="all-numbers"),
        pytest.param(rows("?,3.5,a", "4.9,3.0,b", "4.8,?,a"), 3, id="a-gap-in-the-first-row"),
        pytest.param(rows(*(f"film {n},{'good' if n % 2 else 'bad'}" for n in range(20))), 2, id="a-label-comes-again"),
        pytest.param(rows("x,y,kind", "5.1,3.5,a", "4.9,3.0,b"), ["x", "y", "kind"], id="names-over-numbers"),
        pytest.param(rows("name,2019,2020,kind", "a,5,7,x", "b,6,9,y"), ["name", "2019", "2020", "kind"], id="years"),
        pytest.param(rows("0,1,2", "7,8,9"), ["0", "1", "2"], id="places"),
        pytest.param(rows("400.5,402.5,404.5", "7,8,9"), ["400.5", "402.5", "404.5"], id="equal-steps"),
        pytest.param(rows("smoker,y", *(f"{'y' if n % 2 else 'n'},{'y' if n % 3 else 'n'}" for n in range(20)))
                     , ["smoker", "y"], id="a-name-that-is-a-value"),
        pytest.param(rows("text,kind", *(f"film {n},{'good' if n % 2 else 'bad'}" for n in range(20))),
                     ["text", "kind"], id="texts-with-names"),
    ],
)  # fmt: skip
def test_a_line_of_names_is_told_from_a_row(tmp_path: Path, text: str, names: list[str] | int) -> None:
    file = opened(tmp_path, text)
    expected = [f"column{place}" for place in range(1, names + 1)] if isinstance(names, int) else names
    assert file.table.column_names == expected
    assert file.named is not isinstance(names, int)
    assert file.notes == ([UNNAMED.format("a.csv", names)] if isinstance(names, int) else [])
    assert file.table.num_rows == text.count("\n") - (0 if isinstance(names, int) else 1)


def test_it_can_be_said(tmp_path: Path) -> None:
    assert opened(tmp_path, "5.1,3.5,0\n4.9,3.0,1\n", header="first").table.column_names == ["5.1", "3.5", "0"]
    file = opened(tmp_path, "good,bad\na,b\n", header="none")
    assert file.table.to_pylist()[0] == {"column1": "good", "column2": "bad"}
    assert file.notes == ["a.csv has no line of names: its columns are called column1 to column2"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Sales of 2024\nprice,area,kind\n1,2,a\n3,4,b\n", ["a.csv:1: left out above the names: Sales of 2024"]),
        ("Sales, all\n\nprice,area,kind\n1,2,a\n3,4,b\n", ["a.csv:1: left out above the names: Sales | all"]),
        ("Sales,,\nprice,area,kind\n1,2,a\n3,4,b\n", ["a.csv:1: left out above the names: Sales | |"]),
        ("# a\n# b\nprice,area,kind\n1,2,a\n3,4,b\n",
         ["a.csv:1: left out above the names: # a", "a.csv:2: left out above the names: # b"]),
        ("price,area,kind\n1,2,a\n3,4,b\n", []),
    ],
)  # fmt: skip
def test_titles_stand_above_the_names(tmp_path: Path, text: str, left: list[str]) -> None:
    file = opened(tmp_path, text)
    assert (file.table.column_names, file.table.num_rows) == (["price", "area", "kind"], 2)
    assert file.notes == left


def test_a_name_too_few_is_no_title(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^r.csv:2: expected 1 columns as in the header, got 2"):
        load(DataConfig(write_text(tmp_path / "r.csv", "text\n" + "good, or so\n" * 30)))


def test_columns_without_a_name_are_called_by_their_place_and_left_out_where_empty(tmp_path: Path) -> None:
    body = [f"{('ham', 'spam')[n % 2]},{FILMS[n % 2]} {n},{'x' if n == 7 else ''},," for n in range(40)]
    body = [line.replace("film,", "film").replace("all,", "all") for line in body]
    data = load(DataConfig(write_text(tmp_path / "spam.csv", rows("v1,v2,,,", *body))))
    assert (data.schema.target, data.schema.text) == (("v1",), ("v2",))
    assert data.census.predicts == (
        "predicts 'v1' (the first column, since the last, 'v2', has no classes; --target names another)"
    )
    assert data.census.warnings == [
        "columns left out: 'unnamed 3' (no name, and values in 1 of 40 rows); 'unnamed 4', 'unnamed 5' (empty)"
    ]


def test_a_comma_behind_each_row(tmp_path: Path) -> None:
    assert opened(tmp_path, "x,y\n1,2,\n3,4,\n").table.column_names == ["x", "y", "unnamed 3"]
    assert opened(tmp_path, "x,y,\n1,2\n3,4\n").table.column_names == ["x", "y"]


def test_names_of_rows_as_r_writes_them(tmp_path: Path) -> None:
    file = opened(tmp_path, '"x" "kind"\n"1" 5.1 "a"\n"2" 4.9 "b"\n', "iris.txt")
    assert file.table.to_pylist()[1] == {"": "2", "x": "4.9", "kind": "b"}
    assert file.notes == ["iris.txt: the rows have a value more than there are names: the first is the row's own name"]


def test_titles_and_labels_with_a_tab_between_them(tmp_path: Path) -> None:
    titles = ("词汇阅读是关键 08年考研暑期英语复习全指南", "中国人民公安大学2012年硕士研究生目录及书目")
    lines = [f"{titles[n % 2]}{n}\t{n % 2}" for n in range(40)]
    data = load(DataConfig(write_text(tmp_path / "train.txt", rows(*lines))))
    assert (data.schema.text, data.schema.target, data.schema.task) == (("column1",), ("column2",), "binary")
    assert UNNAMED.format("train.txt", 2) in data.census.warnings


def test_blanks_between_numbers(tmp_path: Path) -> None:
    lines = [f"  {x:.1f}   {y:.1f}  {int(kind == 'setosa')} " for x, y, kind in IRIS]
    file = opened(tmp_path, rows(*lines), "seeds.data")
    assert file.table.to_pylist()[0] == {"column1": "5.1", "column2": "3.5", "column3": "1"}


def test_a_quotation_mark_that_nobody_closes_is_one(tmp_path: Path) -> None:
    file = opened(tmp_path, 'text\tkind\n"So what\ta\nsaid "no"\tb\n', "a.tsv")
    assert file.table.column("text").to_pylist() == ['"So what', 'said "no"']
    assert file.notes == ["a.tsv: quotation marks are read as characters like others"]
    # As pandas writes a text with a tab in it.
    assert opened(tmp_path, 'text\tkind\n"So\twhat"\ta\n', "a.tsv").table.column("text").to_pylist() == ["So\twhat"]


def test_the_delimiter_is_what_divides_all_lines_alike(tmp_path: Path) -> None:
    assert opened(tmp_path, "1,5;2,5;a\n3,1;4,2;b\n").table.column_names == ["column1", "column2", "column3"]
    assert opened(tmp_path, "well, a;b\tkind\nso\tx\nno, no\ty\n", "a.txt").table.column_names == ["well, a;b", "kind"]


def test_rows_without_names_and_labels_are_those_of_the_training(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", [(kind, x, y) for x, y, kind in IRIS])
    data = load(DataConfig(source, target="column1"))
    assert data.schema.counted == 3
    alone = read(write_csv(tmp_path / "b.csv", [(x, y) for x, y, _ in IRIS]), data.schema)
    whole = read(source, data.schema)
    assert alone.targets is None
    assert alone.inputs.tensors[0].equal(whole.inputs.tensors[0])  # type: ignore[attr-defined]


def test_the_encoding_of_the_training_serves_where_no_usual_one_does(tmp_path: Path) -> None:
    lines = [f"{FILMS[n % 2]} déçu {n},{'ab'[n % 2]}".replace("m,", "m").replace("l,", "l") for n in range(40)]
    source = write_text(tmp_path / "w.csv", rows("text,label", *lines), "cp1252")
    config = DataConfig(source, encoding="cp1252")
    schema = load(config).schema
    assert read(source, schema, config=config).show(0) == lines[0].split(",")[0]
    plain = write_text(tmp_path / "u.csv", rows("text,label", *lines), "utf-8")
    assert read(plain, schema, config=config).show(0) == lines[0].split(",")[0]


ARFF = """% A note, as UCI writes them.
@RELATION cars

@attribute 'engine power' numeric
@attribute\tweight real [1, 9]
@attribute origin {'made, here', abroad}
@ATTRIBUTE class {0, 1}
@data
"""


def test_the_names_of_arff_files_are_those_of_their_attributes(tmp_path: Path) -> None:
    origins = ("'made, here'", "abroad", "abroad")
    rows = [f"{n % 7}, {n * 5 % 11}.5, {origins[n % 3]}, {n % 2}" for n in range(60)]
    rows[3] = "?, 2, abroad, 1"
    write_text(tmp_path / "cars.arff", ARFF + "% rows\n" + "\n".join(rows) + "\n")
    data = load(DataConfig(str(tmp_path / "cars.arff")))
    assert data.schema.target == ("class",)
    assert [(column.name, column.part) for column in data.schema.numbers][:2] == [
        ("engine power", "value"),
        ("engine power", "missing"),
    ]
    assert data.schema.categories[0].values == ("abroad", "made, here")
    assert "cars.arff: read as ARFF, with the names of its attributes" in data.census.warnings
    # A row is where it is in the file.
    assert TableFile(tmp_path / "cars.arff").lines[0] == 10
    # KEEL's files have another name.
    write_text(tmp_path / "cars.dat", ARFF + "\n".join(rows))
    assert TableFile(tmp_path / "cars.dat").table.column_names == ["engine power", "weight", "origin", "class"]
    write_text(tmp_path / "none.arff", ARFF.replace("@data", ""))
    with pytest.raises(DataError, match=r"^none.arff: an ARFF file without @data, or without an @attribute in its "):
        TableFile(tmp_path / "none.arff")


def test_a_line_that_repeats_the_names_is_no_row(tmp_path: Path) -> None:
    rows = [("x", "label"), *((n / 7, "ab"[n % 2]) for n in range(30))]
    source = write_csv(tmp_path / "a.csv", [*rows, *rows])
    with pytest.raises(DataError, match=r"^a\.csv:32: it repeats the names of the columns; correct it, or leave"):
        load(DataConfig(source))
    data = load(DataConfig(source, on_bad_row="skip"))
    assert data.schema.classes == ("a", "b")
    assert data.census.warnings[0] == "1 rows were skipped, the first a.csv:32: it repeats the names of the columns"


def test_single_quotation_marks_around_all_names(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", [("'x'", "'vote'"), *((n / 7, n % 2) for n in range(30))])
    assert load(DataConfig(source, target="vote")).schema.target == ("vote",)


def test_no_column_is_there_beside_the_only_one(tmp_path: Path) -> None:
    write_text(tmp_path / "a.csv", "x   y\n" + "\n".join(f"a{n % 3}   b{n % 2}" for n in range(30)))
    with pytest.raises(DataError, match=r"there is no other \(columns are divided by tabs, ;, \|, commas, or blanks "):
        load(DataConfig(str(tmp_path / "a.csv")))
