"""`crossent test`: a trained model on labelled data, with what was tuned at the end of its training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from ..data.dataset import Dataset
from ..evaluation.calibration import Temperature, calibration
from ..evaluation.guard import left_out
from ..evaluation.scores import scores
from ..evaluation.worst import masks, worst
from ..report.findings import Report
from ..report.finish import write
from ..report.summary import summary
from ..tasks.base import Target
from .retest_shards import Tested, files_of, in_parts
from .run import Run


def retest(
    run: Run,
    source: Any = None,
    split: str = "test",
    output: Path | None = None,
    batch_size: int = 256,
    query: str | None = None,
) -> Report:
    """The report of a run on labelled data.

    Nothing is tuned on these data: temperature and thresholds are those of the run's own validation data.

    Args:
        run: with the best weights.
        source: a source or Python data with labels; by default a part of the run's own data.
        split: which part.
        output: a folder for the files of the report; by default none are written.
        batch_size: samples at a time.
        query: what to read of a database.
    """
    shards = files_of(run, source)
    # Before the model is made: a source that must not be opened, or cannot, is said first.
    part = run.part(source, split, query) if shards is None else None
    run = run if source is not None else run.before(split)
    report = Report(run.task)
    with left_out(report.warnings, "The thresholds"):
        report.thresholds = run.thresholds
    cuts = None
    if report.thresholds:
        cuts = torch.tensor([threshold.cut for threshold in report.thresholds], dtype=torch.float64)
    if shards is not None:
        found = in_parts(run, shards, batch_size, cuts)
    else:
        assert part is not None, "read above"
        found = _at_once(run, part, batch_size, new=source is not None)
    part, outputs = found.part, found.outputs
    report.split = {"train": "training", "val": "validation"}.get(split, split) if source is None else str(source)
    report.scores, report.worst = scores(outputs, sums=found.sums), found.worst
    report.warnings += [*report.scores.warnings, *found.notes]
    if run.task.target is Target.MASK:
        report.masks = masks(run.task, run.model, part, report.worst)
    with left_out(report.warnings, "The calibration"):
        if run.temperature != 1.0:
            report.temperature = Temperature(run.temperature, "fitted on the run's validation data")
            report.calibrated = calibration(outputs.sample(), run.temperature)
    with left_out(report.warnings, "The thresholds"):
        if cuts is not None:
            report.tuned = scores(outputs, cuts, found.tuned)
    report.text = summary(report)
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        write(output, report, part, run.schema, outputs)
    return report


def _at_once(run: Run, part: Dataset, batch_size: int, new: bool) -> Tested:
    """Test a run on rows that are in memory together; `new`: they are not those that it was trained with."""
    outputs = run.collect(part, batch_size)
    strange = part.records.unknown(run.schema) if new and part.records is not None else []
    return Tested(part, outputs, worst(outputs), strange)
