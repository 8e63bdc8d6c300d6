"""`crossent test` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crossent.cli import main

RUN = "runs/first-try"


def test_the_figures_of_the_run_come_again(
    reviews: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(reviews)
    assert main(["test", RUN]) == 0
    out, err = capsys.readouterr()
    told = (reviews / RUN / "report.txt").read_text()
    assert out.splitlines()[0].startswith("Test, 36 samples: loss ")
    assert out.splitlines()[0] in told
    assert err == ""
    assert main(["test", RUN, "--json", "--split", "val"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == json.loads((reviews / RUN / "metrics.json").read_text())["validation"]


def test_other_data_and_the_files_of_the_report(
    reviews: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(reviews)
    assert main(["test", RUN, "reviews.csv", "-o", str(tmp_path / "figures")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("reviews.csv, 240 samples: ")
    written = sorted(file.name for file in (tmp_path / "figures").iterdir())
    assert lines[-1] == f"Files in {tmp_path / 'figures'}: {', '.join(written)}"
    assert {"metrics.json", "predictions.csv", "report.html", "report.txt"} <= set(written)


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ([], 2, "RUN is missing\nusage: crossent test RUN [SOURCE] [--OPTION …]"),
        (["runs/first-tri"], 2, "there is no folder 'runs/first-tri'; did you mean runs/first-try?"),
        (["runs"], 2, "'runs' is not the folder of a run; it holds runs, the newest is runs/first-try"),
        (
            [RUN, "--split", "tset"],
            2,
            "--split: expected one of train, val, test, got 'tset'; write for example --split test",
        ),
        ([RUN, "--split"], 2, "--split needs a value; write for example --split val"),
        (
            [RUN, "--splt", "val"],
            2,
            "there is no option --splt; did you mean --split? crossent test --help lists all options",
        ),
        ([RUN, "--json=1"], 2, "--json takes no value; write --json alone"),
        ([RUN, "a", "b"], 2, "one argument too many: 'b'\nusage: crossent test RUN [SOURCE] [--OPTION …]"),
        (
            [RUN, "new.csv", "--split", "val"],
            2,
            "--split is for the data of the run; leave it out where SOURCE is given",
        ),
        (
            [RUN, "--batch-size", "0"],
            2,
            "--batch-size: expected a whole number of at least 1, got '0'; write for example --batch-size 256",
        ),
        ([RUN, "new.csv"], 1, "new.csv: there are no labels: the column label is missing."),
        ([RUN, "nw.csv"], 1, "SOURCE: expected a file or folder that exists, got 'nw.csv'; write for example new.csv"),
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
    assert main(["test", *arguments]) == status
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"crossent test: error: {message}\n")
