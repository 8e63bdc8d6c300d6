"""A test part without labels: predicted at the end, and nothing is measured on it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from rich.console import Console

from crossent.train import fit
from crossent.train.inference.run import RunError

from .files import numbers_csv, write_text


def test_a_run_with_an_unlabelled_test_part(tmp_path: Path) -> None:
    numbers_csv(tmp_path / "set" / "train.csv", rows=120)
    write_text(tmp_path / "set" / "test.csv", "x,z\n5,0\n-5,0\n0.1,0\n")
    run = fit(data=tmp_path / "set", epochs=3, out=tmp_path / "runs", console=Console(quiet=True))
    with open(run.folder / "predictions_test.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["x"], row["prediction"]) for row in rows[:2]] == [("5", "b"), ("-5", "a")]
    assert (run.metrics["split"], bool(run.thresholds), (run.folder / "calibration.json").exists()) == (
        "validation",
        True,
        True,
    )
    with pytest.raises(RunError, match="was trained without labelled test data; name the data to use"):
        run.evaluate()
