"""`crossent export` on the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crossent.cli import main

RUN = "runs/first-try"


def test_a_model_is_exported_and_compared(
    reviews: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(reviews)
    path = tmp_path / "model.pt2"
    assert main(["export", RUN, str(path), "--data", "reviews.csv"]) == 0
    out, err = capsys.readouterr()
    told = r" \(\d+\.\d MiB\): any batch size; on real samples its logits differ by at most [\d.e-]+ from the model's\n"
    assert re.fullmatch(re.escape(str(path)) + told, out)
    assert err == ""
    assert path.exists()


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ([RUN], 2, "OUTPUT is missing\nusage: crossent export RUN OUTPUT [--OPTION …]"),
        ([RUN, "model.onx"], 2, "'model.onx': expected a name that ends in .onnx or .pt2; write model.onnx"),
        (["runs/first", "model.pt2"], 2, "there is no folder 'runs/first'; did you mean runs/first-try?"),
        (
            [RUN, "model.pt2", "--date", "x"],
            2,
            "there is no option --date; did you mean --data? crossent export --help lists all options",
        ),
        ([RUN, "model.pt2", "--data", "new.csv"], 1, "new.csv: there are no labels: the column label is missing."),
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
    assert main(["export", *arguments]) == status
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"crossent export: error: {message}\n")
    assert not (reviews / "model.pt2").exists()
