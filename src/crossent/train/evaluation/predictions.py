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

from ...core.files import replacing
from .calibration import probabilities
from .outputs import Outputs, PixelOutputs, predictions

# With more classes a row has the probability of its prediction alone.
_COLUMNS = 200


def write_predictions(path: Path, outputs: Outputs | PixelOutputs, classes: tuple[str, ...]) -> None:
    """predictions.csv: id, label, prediction, whether it is right, loss, probabilities."""
    with replacing(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        writer: Any = None
        for row in rows(outputs, classes):
            if writer is None:
                writer = csv.DictWriter(file, list(row), lineterminator="\n")
                writer.writeheader()
            writer.writerow(row)


def rows(outputs: Outputs | PixelOutputs, classes: tuple[str, ...]) -> Iterator[dict[str, object]]:
    """The rows of predictions.csv."""
    if isinstance(outputs, PixelOutputs):
        columns = (outputs.losses.tolist(), outputs.accuracies.tolist(), outputs.ious.tolist())
        for name, loss, accuracy, iou in zip(outputs.ids, *columns, strict=True):
            yield {"id": name, "loss": _cell(loss), "pixel_accuracy": _cell(accuracy), "miou": _cell(iou)}
        return
    assert outputs.targets is not None, "predictions.csv is of data with labels"
    assert outputs.losses is not None, "which have losses"
    real, losses = outputs.counted(), outputs.losses.tolist()
    predicted = predictions(outputs.task, outputs.logits)
    right = (predicted.long() == torch.where(real, outputs.targets, 0).long()) | ~real
    for row, cells in enumerate(columns_of(outputs, classes, predicted)):
        counts = bool(real[row].any())
        yield {
            "id": outputs.ids[row],
            "label": _joined(outputs.task, outputs.targets[row], real[row], classes),
            "prediction": cells.pop("prediction"),
            "correct": int(right[row].all()) if counts else "",
            "loss": _cell(losses[row]),
            **cells,
        }


def columns_of(
    outputs: Outputs, classes: tuple[str, ...], predicted: torch.Tensor, temperature: float = 1.0
) -> Iterator[dict[str, object]]:
    """What is predicted for each sample: its class, or classes with | between them, and probabilities.

    A binary task has the probability of its positive class, others one column per class, or with more than 200
    classes the one of the prediction.
    """
    p = probabilities(outputs, temperature)
    everything = torch.ones_like(predicted, dtype=torch.bool)
    names = [f"p_{name}" for name in classes]
    for row, values in enumerate(p.tolist()):
        cells: dict[str, object] = {"prediction": _joined(outputs.task, predicted[row], everything[row], classes)}
        if outputs.task == "binary":
            yield {**cells, names[1]: _cell(values)}
        elif len(classes) > _COLUMNS:
            yield {**cells, "probability": _cell(max(values))}
        else:
            yield {**cells, **dict(zip(names, map(_cell, values), strict=True))}


def _joined(task: str, value: Any, real: Any, classes: tuple[str, ...]) -> str:
    if task == "multilabel":
        return "|".join(classes[index] for index in torch.nonzero((value == 1) & real).flatten().tolist())
    return classes[int(value)] if real else ""


def _cell(value: float) -> float | str:
    # Six digits: as much as float32 logits can tell.
    return float(f"{value:.6g}") if math.isfinite(value) else ""
