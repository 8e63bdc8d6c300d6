"""The files of a run's end: there, right, and there again whatever the data look like."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from crossent.train.data.dataset import Dataset
from crossent.train.data.inputs import TensorInputs
from crossent.train.data.schema import Schema
from crossent.train.evaluation.passes import collect
from crossent.train.report import finish as finish_module
from crossent.train.report.finish import finish
from crossent.train.tasks.base import Task
from crossent.train.tasks.registry import task_class

from ..made import Made

TASKS = ("text", "binary", "multilabel", "image", "segmentation")


def read_rows(path: Path) -> list[dict[str, str]]:
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("task", TASKS)
def test_the_files_of_every_task(task: str, made: Callable[[str], Made]) -> None:
    run = made(task)
    wanted = {"metrics.json", "predictions.csv", "calibration.json", "report.txt", "report.html"}
    wanted |= {"thresholds.json"} if task in ("binary", "multilabel", "image") else set()
    assert wanted <= {file.name for file in run.folder.iterdir()}
    assert (run.folder / "thresholds.json").exists() == ("thresholds.json" in wanted)
    metrics = json.loads((run.folder / "metrics.json").read_text())
    assert metrics["split"] == "test"
    assert metrics["scores"] == run.report.scores.to_json()
    rows = read_rows(run.folder / "predictions.csv")
    assert len(rows) == metrics["scores"]["samples"]
    ids = json.loads((run.folder / "split.json").read_text())["test"]
    assert [row["id"] for row in rows] == ids
    assert (run.folder / "report.txt").read_text().startswith("Stopped after step ")


def test_predictions_are_those_that_were_scored(made: Callable[[str], Made]) -> None:
    run = made("text")
    rows = read_rows(run.folder / "predictions.csv")
    assert list(rows[0]) == ["id", "label", "prediction", "correct", "loss", "p_bad", "p_good", "p_so & so"]
    assert all((row["label"] == row["prediction"]) == (row["correct"] == "1") for row in rows)
    right = sum(row["correct"] == "1" for row in rows)
    assert right / len(rows) == run.report.scores.figures["accuracy"]
    for row in rows:
        p = {name: float(row[f"p_{name}"]) for name in ("bad", "good", "so & so")}
        assert max(p, key=p.get) == row["prediction"]
        assert sum(p.values()) == pytest.approx(1, abs=1e-4)
        assert float(row["loss"]) == pytest.approx(-torch.tensor(p[row["label"]]).log().item(), abs=1e-3)
    rows = read_rows(made("multilabel").folder / "predictions.csv")
    assert list(rows[0])[:5] == ["id", "label", "prediction", "correct", "loss"]
    for row in rows:
        assert row["prediction"] == "|".join(n for n in ("blue", "green", "red") if float(row[f"p_{n}"]) > 0.5)


def test_nothing_is_tuned_on_test_data(made: Callable[[str], Made]) -> None:
    folder = made("binary").folder
    calibration = json.loads((folder / "calibration.json").read_text())
    assert (calibration["fitted_on"], calibration["measured_on"]) == ("validation", "test")
    assert json.loads((folder / "thresholds.json").read_text())["tuned_on"] == "validation"


def tiny(task: str, rows: int, val: int, bad: bool = False) -> tuple[Task, nn.Module, SimpleNamespace]:
    """A task with hardly any data."""
    classes = {"binary": ("no", "yes"), "multiclass": ("a", "b", "c")}.get(task, ("a", "b"))
    torch.manual_seed(0)
    if task == "segmentation":
        inputs, targets = torch.randn(rows + val, 1, 4, 4), torch.zeros(rows + val, 4, 4).long()
        model: nn.Module = nn.Conv2d(1, 2, 1)
    else:
        inputs, model = torch.randn(rows + val, 3), nn.Linear(3, 1 if task == "binary" else len(classes))
        targets = torch.zeros(rows + val, *([2] if task == "multilabel" else []))
        targets = targets.long() if task == "multiclass" else targets
    if bad:
        inputs[:] = float("nan")
    whole = Dataset(TensorInputs(inputs), targets, [f"row {n}" for n in range(rows + val)])
    schema = Schema("image" if task == "segmentation" else "tensor", task, classes, tuple(inputs.shape[1:]))
    parts = torch.arange(rows + val).split([rows, val])
    return (
        task_class(task)(classes),
        model,
        SimpleNamespace(train=whole, test=whole.take(parts[0]), val=whole.take(parts[1]), schema=schema),
    )


def validated(task: Task, model: nn.Module, data: SimpleNamespace) -> Any:
    return collect(task, model, data.val, 256) if len(data.val) else None


@pytest.mark.parametrize("task", ["multiclass", "binary", "multilabel", "segmentation"])
@pytest.mark.parametrize(("rows", "val"), [(1, 1), (3, 0), (0, 2), (0, 0)])
@pytest.mark.parametrize("bad", [False, True])
def test_hardly_any_data_end_in_a_report(task: str, rows: int, val: int, bad: bool, tmp_path: Path) -> None:
    # One class alone, one sample, no validation, no test, NaN everywhere.
    scored, model, data = tiny(task, rows, val, bad)
    report = finish(tmp_path, scored, model, data, validation=validated(scored, model, data), closing="Done.")
    assert {"metrics.json", "report.txt", "report.html"} <= set(report.files)
    assert not [warning for warning in report.warnings if "could not be made" in warning], report.warnings
    json.loads((tmp_path / "metrics.json").read_text())
    assert report.split == ("test" if rows else "validation")
    if not rows and not val:
        assert report.warnings == ["There are neither test nor validation samples: nothing was measured."]


def test_a_fault_in_one_figure_costs_that_figure_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(finish_module, "fit_temperature", broken)
    monkeypatch.setattr(finish_module, "write_predictions", broken)
    scored, model, data = tiny("multiclass", 4, 4)
    report = finish(tmp_path, scored, model, data, validation=validated(scored, model, data))
    assert report.files == ["metrics.json", "report.txt", "report.html"]
    assert report.warnings[-2:] == [
        "The calibration could not be made: ZeroDivisionError: planted",
        "predictions.csv could not be made: ZeroDivisionError: planted",
    ]
    assert "Note: The calibration could not be made: ZeroDivisionError: planted" in report.text
    assert report.scores.samples == 4
