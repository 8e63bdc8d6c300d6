"""The end of a run: the best weights are tested, and everything that was found is written into the run's folder."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ...files import write_text
from ..evaluation.baseline import baseline
from ..evaluation.calibration import calibration, fit_temperature
from ..evaluation.guard import left_out
from ..evaluation.importance import evidence, importances
from ..evaluation.outputs import Outputs, PixelOutputs
from ..evaluation.passes import collect
from ..evaluation.predictions import write_predictions
from ..evaluation.scores import scores
from ..evaluation.thresholds import tune
from ..evaluation.worst import masks, worst
from ..runtime.distributed import World
from ..state.manifest import AT_END, forget, record
from ..tasks.base import Target, Task
from .findings import Report
from .summary import summary


def finish(
    folder: Path | str,
    task: Task,
    model: nn.Module,
    data: Any,
    *,
    validation: Outputs | PixelOutputs | None = None,
    closing: str = "",
    batch_size: int = 256,
    world: World | None = None,
    spare: float | None = None,
) -> Report:
    """Test the model and write metrics.json, predictions.csv, calibration.json, thresholds.json, report.txt and .html.

    Every rank takes part wherever the model does, and the first one writes. What a figure cannot be computed
    from is a warning in the report, never an error: the weights have been trained, and the rest of the report stands.

    Args:
        folder: the run's folder, with config.yaml, history.csv and census.json in it.
        task, model: what was trained, with the best weights.
        data: has `train`, `val`, `test` and `schema`.
        validation: outputs on the validation data, of a model that has not learnt from them.
        closing: why the training stopped, where the best was, how to go on.
        batch_size: samples per step of the passes.
        world: the ranks.
        spare: seconds that a baseline may take.
    """
    world = world or World()
    test = collect(task, model, data.test, batch_size, world) if data.test is not None and len(data.test) else None
    report = assess(task, validation, test)
    report.closing = closing
    part = data.test if test is not None else data.val
    if task.target is Target.MASK:
        report.masks = masks(task, model, part, report.worst)
    for name in ("weight", "pos_weight"):
        value = getattr(task, name, None)
        report.criterion[name] = None if value is None else value.tolist()
    # In every process: a model in shards takes all of them at each step.
    with left_out(report.warnings, "What the model looks at"):
        if report.scores is not None:
            report.importances = importances(task, model, data.schema, part)
            report.evidence = evidence(task, model, data.schema)
    if world.rank == 0:
        with left_out(report.warnings, "The baseline"):
            if report.scores is not None and len(data.train):
                report.baseline = baseline(task, data.schema, data.train, part, spare)
        forget(Path(folder), AT_END)
        write(Path(folder), report, part, data.schema, test if test is not None else validation)
        record(Path(folder), AT_END)
    return report


def assess(task: Task, validation: Outputs | PixelOutputs | None, test: Outputs | PixelOutputs | None) -> Report:
    """All figures, as far as the outputs allow; nothing is tuned on the test outputs."""
    report = Report(task, split="test" if test is not None else "validation")
    tested = test if test is not None else validation
    if tested is None:
        report.warnings.append("There are neither test nor validation samples: nothing was measured.")
        return report
    with left_out(report.warnings, "The figures"):
        report.scores = scores(tested)
        report.warnings += report.scores.warnings
    with left_out(report.warnings, "The figures on validation data"):
        report.validation = None if validation is None else scores(validation)
    with left_out(report.warnings, "The samples with the highest losses"):
        report.worst = worst(tested)
    if validation is None:
        report.warnings.append("Without validation data no temperature and no thresholds are fitted.")
        return report
    with left_out(report.warnings, "The calibration"):
        report.temperature = fit_temperature(validation.sample())
        report.calibrated = calibration(tested.sample(), report.temperature.value)
    if isinstance(validation, Outputs) and task.thresholded:
        with left_out(report.warnings, "The thresholds"):
            report.thresholds = tune(validation)
            cuts = torch.tensor([threshold.cut for threshold in report.thresholds], dtype=torch.float64)
            report.tuned = scores(tested, cuts)
    return report


def write(folder: Path, report: Report, part: Any, schema: Any, tested: Outputs | PixelOutputs | None) -> None:
    """Write the files of a report into a folder that there is, and their names into the report.

    Args:
        folder: where to.
        report: the figures.
        part, tested: the data set that was tested, and its outputs.
        schema: of the data.
    """
    # matplotlib is not needed before the end.
    from .page import write_page

    def add(name: str, write: Callable[[Path], None]) -> None:
        with left_out(report.warnings, name):
            write(folder / name)
            report.files.append(name)

    if tested is not None:
        add("predictions.csv", lambda path: write_predictions(path, tested))
    if report.temperature is not None:
        add("calibration.json", lambda path: _write_json(path, _calibration(report)))
    if report.thresholds:
        add("thresholds.json", lambda path: _write_json(path, _thresholds(report)))
    add("metrics.json", lambda path: _write_json(path, to_json(report)))
    with left_out(report.warnings, "The text of the report"):
        report.text = summary(report)
    add("report.txt", lambda path: write_text(path, summary(report, whole=True) + "\n"))
    add("report.html", lambda path: write_page(path, report, part, schema, tested))


def to_json(report: Report) -> dict[str, Any]:
    """metrics.json: plain values, None for what is not finite."""
    names = ("scores", "validation", "tuned")
    parts = {name: value.to_json() for name in names if (value := getattr(report, name)) is not None}
    worst_rows = [{k: v for k, v in asdict(suspect).items() if v is not None} for suspect in report.worst]
    return {
        "split": report.split,
        "closing": report.closing,
        "warnings": report.warnings,
        "criterion": report.criterion,
        **parts,
        "temperature": None if report.temperature is None else asdict(report.temperature),
        "calibrated": None if report.calibrated is None else _finite(asdict(report.calibrated)),
        "baseline": None if report.baseline is None else asdict(report.baseline),
        "importances": _finite([asdict(item) for item in report.importances]),
        "evidence": [asdict(item) for item in report.evidence],
        "worst": _finite(worst_rows),
    }


def _calibration(report: Report) -> dict[str, Any]:
    assert report.temperature is not None, "written only where there is one"
    before = None if report.scores is None else asdict(report.scores.calibration)
    after = None if report.calibrated is None else asdict(report.calibrated)
    fitted = {"temperature": report.temperature.value, "fitted_on": "validation", "reason": report.temperature.reason}
    return {**fitted, "measured_on": report.split, "before": _finite(before), "after": _finite(after)}


def _thresholds(report: Report) -> dict[str, Any]:
    return {"tuned_on": "validation", "for": "f1", "classes": [asdict(item) for item in report.thresholds]}


def _write_json(path: Path, content: dict[str, Any]) -> None:
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
