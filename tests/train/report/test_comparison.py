"""Runs side by side: their figures, differences on common samples, settings that differ; as text, page and JSON."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import pytest

from crossent.cli import main
from crossent.train.errors import RunError
from crossent.train.fitting.api import run
from crossent.train.report.comparison import compare, text

from ..conftest import QUIET, small


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A run that has learnt, one that has not, and one with another split."""
    out = tmp_path_factory.mktemp("compared")
    settings = [{"name": "good", "lr": 0.02, "epochs": 5}, {"name": "poor", "lr": 1e-5}, {"name": "other", "seed": 1}]
    return [run(config=small(out, data__source="breast_cancer", **each), console=QUIET).folder for each in settings]


def rows(folder: Path) -> dict[str, dict[str, str]]:
    with open(folder / "predictions.csv", encoding="utf-8") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def test_differences_are_those_of_common_samples(runs: list[Path]) -> None:
    good, poor, other = runs
    found = compare([good, poor, other])
    contrast = found.contrasts[0]
    one, two = rows(good), rows(poor)
    for column, item in contrast.differences.items():
        differences = [float(two[name][column]) - float(one[name][column]) for name in one]
        assert item.mean == pytest.approx(sum(differences) / len(differences))
        assert item.samples == 86
        assert item.low < item.mean < item.high
    assert contrast.differences["correct"].high < 0 < contrast.differences["loss"].low
    assert found.settings == {"lr": [0.02, 1e-5, None], "epochs": [5, 3, 3], "seed": [0, 0, 1]}
    # Another seed has other test samples: by chance some are the same.
    common = len(one.keys() & rows(other).keys())
    assert common < 30
    assert found.notes == [
        f"{other} and {good} were tested on {common} common samples, too few to compare by: train both with the same "
        "--seed, or with --folds"
    ]


def test_the_text_says_what_is_better(runs: list[Path]) -> None:
    good, poor, _ = runs
    found = text(compare([good, poor]))
    accuracy = json.loads((good / "metrics.json").read_text())["scores"]["figures"]["accuracy"]
    assert f"{accuracy:.2%}" in found.splitlines()[1]
    assert f"{poor} against {good}, on 86 common samples" in found
    assert re.search(r"samples right -\d+\.\d\d % \[.*\], p < 0\.001: worse", found)
    assert re.search(r"log loss -\d\.\d{4} \[.*\], p < 0\.001: better", text(compare([poor, good])))
    assert text(compare([good, good])).count("may be chance") == 2


def test_the_command_prints_and_writes(runs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, poor, _ = map(str, runs)
    page = tmp_path / "page.html"
    assert main(["compare", good, poor, "-o", str(page)]) == 0
    assert "samples right" in capsys.readouterr().out
    content = page.read_text(encoding="utf-8")
    assert "http" not in content.replace("http://www.w3.org/", "")
    assert content.count("<svg") == 2
    assert len(set(re.findall(r' id="([^"]+)"', content))) == len(re.findall(r' id="([^"]+)"', content))
    assert main(["compare", "--json", good, poor]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["settings"]["lr"] == [0.02, 1e-5]
    assert found["differences"][0]["correct"]["samples"] == 86
    assert main(["compare", good, poor, "--lang", "zh"]) == 0
    assert "更差" in capsys.readouterr().out


def test_what_cannot_be_compared(runs: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = runs[0]
    assert main(["compare", str(good)]) == 2
    assert f"a comparison needs two runs, got {good}; write crossent compare RUN RUN" in capsys.readouterr().err
    assert main(["compare"]) == 2
    assert "RUN is missing" in capsys.readouterr().err
    assert main(["compare", str(good), str(tmp_path)]) == 2
    assert f"{tmp_path} holds no finished run: metrics.json is missing" in capsys.readouterr().err
    changed = shutil.copytree(good, tmp_path / "changed")
    lines = (changed / "predictions.csv").read_text().splitlines()
    name, label, *rest = lines[1].split(",")
    lines[1] = ",".join([name, "benign" if label == "malignant" else "malignant", *rest])
    (changed / "predictions.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(RunError, match=f"{name} is labelled .* they were tested on different data"):
        compare([good, changed])
