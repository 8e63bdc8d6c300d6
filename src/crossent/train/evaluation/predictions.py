"""Predictions as rows of a table: one per sample, in order.

Legend: N samples, C classes.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...files import replacing
from ...printable import cell
from .outputs import Outputs, PixelOutputs

# With more classes a row has the probability of its prediction alone.
COLUMNS = 200


def write_predictions(path: Path, outputs: Outputs | PixelOutputs) -> None:
    """predictions.csv: id, label, prediction, whether it is right, loss, probabilities."""
    with replacing(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        writer: Any = None
        for row in rows(outputs):
            if writer is None:
                writer = csv.DictWriter(file, list(row), lineterminator="\n")
                writer.writerow({name: cell(name) for name in row})
            writer.writerow({name: cell(value) for name, value in row.items()})


def rows(outputs: Outputs | PixelOutputs) -> Iterator[dict[str, object]]:
    """The rows of predictions.csv."""
    if isinstance(outputs, PixelOutputs):
        columns = (outputs.losses.tolist(), outputs.accuracies.tolist(), outputs.ious.tolist())
        for name, loss, accuracy, iou in zip(outputs.ids, *columns, strict=True):
            yield {"id": name, "loss": _cell(loss), "pixel_accuracy": _cell(accuracy), "miou": _cell(iou)}
        return
    assert outputs.losses is not None, "predictions.csv is of data with labels, which have losses"
    task, losses, (targets, counts) = outputs.task, outputs.losses.tolist(), outputs.labelled()
    predicted = task.predictions(outputs.logits)
    right = (predicted.long() == torch.where(counts, targets, 0).long()) | ~counts
    for row, cells in enumerate(columns_of(outputs, predicted)):
        yield {
            "id": outputs.ids[row],
            "label": "|".join(task.names(targets[row], counts[row])),
            "prediction": cells.pop("prediction"),
            "correct": int(right[row].all()) if counts[row].any() else "",
            "loss": _cell(losses[row]),
            **cells,
        }


def columns_of(outputs: Outputs, predicted: Tensor, temperature: float = 1.0) -> Iterator[dict[str, object]]:
    """The prediction for each sample: its class, or classes with | between them, and probabilities.

    There is a column for each class whose probability the task tells, or with more than 200 of them one for the
    highest.
    """
    task, everything = outputs.task, torch.ones_like(predicted, dtype=torch.bool)
    names = [f"p_{name}" for name in task.told]
    p = outputs.probabilities(temperature).reshape(len(predicted), len(names))
    for row, values in enumerate(p.tolist()):
        cells: dict[str, object] = {"prediction": "|".join(task.names(predicted[row], everything[row]))}
        if len(names) > COLUMNS:
            yield {**cells, "probability": _cell(max(values))}
        else:
            yield {**cells, **dict(zip(names, map(_cell, values), strict=True))}


def _cell(value: float) -> float | str:
    # Six digits: as much as float32 logits can tell.
    return float(f"{value:.6g}") if math.isfinite(value) else ""
