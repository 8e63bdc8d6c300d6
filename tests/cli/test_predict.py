"""`crossent predict` on the command line."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from crossent.cli import main

RUN = "runs/first-try"
USAGE = (
    "usage: crossent predict RUN SOURCE -o OUTPUT [--OPTION …]\n"
    "       crossent predict RUN FILES --out FOLDER [--processes N] [--OPTION …]"
)


def test_predictions_are_written_beside_the_rows(
    reviews: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(reviews)
    output = tmp_path / "out.csv"
    # Options may stand between the arguments.
    assert main(["predict", RUN, "--calibrated", "new.csv", "-o", str(output), "--batch-size", "3"]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == (f"7 rows predicted, written to {output}\n", "")
    with open(output, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["id", "review", "prediction", "p_bad", "p_good", "p_so & so"]
    assert [row["id"] for row in rows] == [f"{number:04d}" for number in range(7)]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ([RUN, "-o", "o.csv"], 2, f"SOURCE is missing\n{USAGE}"),
        ([RUN, "new.csv"], 2, f"-o/--out/--output is missing\n{USAGE}"),
        ([RUN, "new.csv", "-o"], 2, "--output needs a value; write for example --output predicted.csv"),
        (
            [RUN, "new.csv", "-o", "out.cvs"],
            2,
            "'out.cvs': expected a name that ends in .csv, .tsv, .jsonl, .parquet; write out.csv",
        ),
        (["run", "new.csv", "-o", "out.csv"], 2, "there is no folder 'run'"),
        (
            [RUN, "new.csv", "-o", "o.csv", "--treshold", "1"],
            2,
            "there is no option --treshold; did you mean --threshold? crossent predict --help lists all options",
        ),
        (
            [RUN, "new.csv", "-o", "o.csv", "--threshold", "3"],
            2,
            "--threshold: expected tuned, or a number above 0 and below 1, got '3'; write for example --threshold 0.3",
        ),
        (
            [RUN, "new.csv", "-o", "o.csv", "--threshold", "tuned"],
            1,
            "a multiclass task has no thresholds: it predicts the class with the highest probability; "
            "leave threshold out",
        ),
        (
            [RUN, "nw.csv", "-o", "o.csv"],
            1,
            "SOURCE: expected a file or folder that exists, got 'nw.csv'; write for example new.csv",
        ),
        ([RUN, "new.csv", "-o", "new.csv"], 1, "new.csv is the source itself; write the predictions to another file"),
    ],
)
def test_complaints(
    arguments: list[str],
    status: int,
    message: str,
    reviews: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(reviews)
    assert main(["predict", *arguments]) == status
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"crossent predict: error: {message}\n")
    assert not (reviews / "o.csv").exists()


def test_columns_that_the_model_needs_are_asked_for(
    reviews: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(reviews)
    (tmp_path / "other.csv").write_text("id,reviews\n1,fine\n")
    assert main(["predict", RUN, str(tmp_path / "other.csv"), "-o", str(tmp_path / "out.csv")]) == 1
    err = capsys.readouterr().err
    assert "other.csv: there is no column 'review', which the model reads; rename 'reviews'?" in err
    assert not (tmp_path / "out.csv").exists()
