"""A run folder whose checksums are right and whose values are not: an answer, or a sentence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crossent.train.config.rules import SettingError
from crossent.train.errors import DataError, RunError
from crossent.train.inference.loading import load_run
from crossent.train.inference.retest import retest
from crossent.train.state.manifest import record

from ..train.made import Made
from ..train.made import made as made

# What a field is set to: of another type, empty, or larger than any memory.
VALUES: tuple[Any, ...] = (None, True, -1, 0, 10**9, 10**30, 0.5, float("nan"), "x", [], {}, [[]], ["a", "a"])
SCHEMA = "schema/schema.json"
FIELDS = {
    "binary": {
        SCHEMA: ("kind", "task", "classes", "input_shape", "target", "ignore_index", "columns", "mean", "arguments"),
        "model.json": ("name", "kwargs", "given"),
        "metrics.json": ("criterion", "scores"),
        "calibration.json": ("temperature",),
        "thresholds.json": ("classes",),
        "split.json": ("train", "test"),
        "data.json": ("places", "contents"),
    },
    "image": {SCHEMA: ("mean", "std", "input_shape", "kind")},
    "text": {
        SCHEMA: ("tokenizer", "vocabulary", "max_length", "text"),
        "schema/tokenizer.json": ("words", "chains", "order"),
    },
}
CASES = [(task, name, field) for task, files in FIELDS.items() for name, fields in files.items() for field in fields]


@pytest.mark.parametrize(("task", "name", "field"), CASES)
def test_a_value_is_used_or_refused(
    made: Callable[[str], Made], tmp_path: Path, task: str, name: str, field: str
) -> None:
    run = made(task)
    folder = Path(shutil.copytree(run.folder, tmp_path / "run"))
    content = json.loads((folder / name).read_text())
    assert field in content
    refused = 0
    for value in VALUES:
        (folder / name).write_text(json.dumps({**content, field: value}))
        record(folder, [name])
        try:
            if name.startswith(("schema", "model")):
                load_run(folder).predict(Path(run.source) if Path(run.source).exists() else run.source)
            else:
                retest(load_run(folder))
        except (RunError, DataError, SettingError):
            refused += 1
    # Without these, a report has notes and fewer figures.
    assert refused or name in ("data.json", "metrics.json", "calibration.json", "thresholds.json")


@pytest.mark.parametrize("value", [{"hidden": "x"}, {"hidden": [10**12]}, {"hidden": [-1]}, {"nothing": 1}, 3, ["a"]])
def test_settings_of_a_model_are_used_or_refused(made: Callable[[str], Made], tmp_path: Path, value: Any) -> None:
    folder = Path(shutil.copytree(made("binary").folder, tmp_path / "run"))
    content = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps({**content, "kwargs": value}))
    record(folder, ["model.json"])
    with pytest.raises(RunError, match="model"):
        load_run(folder).predict("breast_cancer")
