"""Labels and columns that may be something else: said before the first step, with what to write."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from crossent.train.data import Data, DataConfig, DataError, load
from crossent.train.data.records.table_rows import TableRows

from .files import write_text

ROWS = range(90)
GENRES = (["War"], ["Love", "War"], ["Fun", "Love", "War"])


def opened(folder: Path, lines: list[str], name: str = "a.csv", **settings: Any) -> Data:
    return load(DataConfig(write_text(folder / name, "\n".join(lines) + "\n"), **settings))


@pytest.mark.parametrize("form", [str, json.dumps, lambda genres: f"[{' '.join(genres)}]"])
def test_lists_of_labels_as_programs_write_them(tmp_path: Path, form: Any) -> None:
    cells = [form(GENRES[n % 3]).replace('"', '""') for n in ROWS]
    data = opened(tmp_path, ["plot,genres", *(f'a plot of number {n},"{cell}"' for n, cell in enumerate(cells))])
    assert (data.schema.task, data.schema.classes) == ("multilabel", ("Fun", "Love", "War"))
    assert sum(int(part.targets.sum()) for part in (data.train, data.val, data.test)) == 180


def test_a_zero_or_one_for_each_class(tmp_path: Path) -> None:
    lines = [json.dumps({"text": f"a plot of number {n}", "labels": [n % 2, int(n % 3 == 0), 0]}) for n in ROWS]
    data = opened(tmp_path, lines, "a.jsonl")
    assert (data.schema.task, data.schema.classes[:2]) == ("multilabel", ("0", "1"))
    parts = (data.train, data.val, data.test)
    assert [sum(int(part.targets[:, place].sum()) for part in parts) for place in (0, 1)] == [45, 30]


@pytest.mark.parametrize("mark", ["|", ";", ", "])
def test_several_labels_in_one(tmp_path: Path, mark: str) -> None:
    lines = ["plot\tgenres", *(f"a plot of number {n}\t{mark.join(GENRES[n % 3])}" for n in ROWS)]
    data = opened(tmp_path, lines, "a.tsv")
    example, shown = min(mark.join(genres) for genres in GENRES), shlex.quote(mark.strip())
    assert data.census.warnings[0] == (
        f"labels such as {example!r} look like several in one: if they are, write --data.delimiter {shown}"
    )
    data = opened(tmp_path, lines, "a.tsv", delimiter=mark.strip())
    assert data.schema.classes == ("Fun", "Love", "War")
    assert not any("several in one" in line for line in data.census.warnings)


def test_a_comma_in_a_label_is_no_mark(tmp_path: Path) -> None:
    data = opened(tmp_path, ["x\tcity", *(f"{n % 7}\t{('Rome, NY', 'Oslo, MN')[n % 2]}" for n in ROWS)], "a.tsv")
    assert not any("several in one" in line for line in data.census.warnings)


def test_columns_of_zero_and_one_beside_a_text(tmp_path: Path) -> None:
    lines = [f"a comment with the number {n},{n % 2},{int(n % 3 == 0)}" for n in ROWS]
    data = opened(tmp_path, ["text,toxic,insult", *lines])
    said = "all columns beside the text hold 0 and 1: if all of them are labels, write --target toxic,insult"
    assert said in data.census.warnings
    assert opened(tmp_path, ["text,toxic,insult", *lines], target="toxic,insult").schema.task == "multilabel"


def test_copies_of_the_label(tmp_path: Path) -> None:
    lines = [f"{n % 7},{n % 3},{'xyz'[n % 3]},{('spam', 'ham', 'eggs')[n % 3]}" for n in ROWS]
    data = opened(tmp_path, ["x,code,letter,label", *lines])
    assert data.census.warnings[0] == (
        "'code', 'letter': one value for each class and no other, as a copy of the label has; if it is made from the "
        "labels, leave it out: --data.drop code,letter"
    )
    data = opened(tmp_path, ["x,code,letter,label", *lines], drop="code,letter")
    assert not any("copy" in line for line in data.census.warnings)


def test_dates_that_may_be_read_both_ways(tmp_path: Path) -> None:
    lines = [f"{1 + n % 12:02}/{1 + n % 5:02}/2023,{n % 2}" for n in ROWS]
    said = "'day': the month was taken to be first, and no day shows whether it is; if it is not, write these dates as "
    assert f"{said}2024-12-31" in opened(tmp_path, ["day,label", *lines]).census.warnings
    sure = opened(tmp_path, ["day,label", *lines, "01/31/2023,1"])
    assert not any(line.startswith(said) for line in sure.census.warnings)


def test_times_of_day_are_hours(tmp_path: Path) -> None:
    lines = [f"{n % 24}:{n % 60:02},{n % 2}:30:{n % 60:02},{n % 2}" for n in ROWS]
    data = opened(tmp_path, ["start,took,label", *lines])
    assert "'start', 'took': read as hours, of which minutes and seconds are parts" in data.census.warnings
    assert 0 < data.schema.columns[0].mean < 24


def test_wide_digits_are_digits(tmp_path: Path) -> None:
    wide = str.maketrans("0123456789.", "０１２３４５６７８９．")
    lines = [f"{str(n / 8).translate(wide)},{'好坏'[n % 2]}" for n in ROWS]
    (column,) = (one for one in opened(tmp_path, ["金额,结果", *lines]).schema.columns if one.part == "value")
    assert (column.name, column.kind) == ("金额", "number")
    assert 0 < column.mean < 90 / 8


def test_a_wrong_target_names_others(tmp_path: Path) -> None:
    lines = [f"{n / 5:.3f},{'MB'[n % 2]},{n / 9:.3f}" for n in ROWS]
    with pytest.raises(DataError, match=r"--target names another column; few values have 'diagnosis'\.$"):
        opened(tmp_path, ["radius,diagnosis,texture", *lines])


def test_equal_numbers_in_one_column_are_what_chance_gives(tmp_path: Path) -> None:
    data = opened(tmp_path, ["x,label", *(f"{n * 7919 % 83},{n % 2}" for n in ROWS)])
    assert [leak.chance is not None and leak.chance < 3 for leak in data.census.leaks] == [True] * len(
        data.census.leaks
    )
    assert not any("a leak" in line for line in data.census.warnings)


def test_many_columns_are_not_listed_for_each_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """10,000 columns would take minutes."""
    listed = []

    def names(rows: TableRows) -> list[str]:
        listed.append(rows)
        return list(rows.table.column_names)

    monkeypatch.setattr(TableRows, "names", property(names))
    wide = [",".join([*(str((n * place) % 13) for place in range(200)), str(n % 2)]) for n in range(40)]
    opened(tmp_path, [",".join([*(f"f{place}" for place in range(200)), "label"]), *wide])
    assert 0 < len(listed) < 100
