"""The samples that surprise the model most: often their labels are wrong, not the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ...wording import listed
from ..runtime.distributed import World
from ..tasks.base import Task
from .outputs import Outputs, PixelOutputs, Samples
from .passes import batches

# Of many classes or labels, so many names are told.
_NAMES = 6
# Images of a segmentation that are shown with their masks.
_SHOWN = 9


@dataclass(frozen=True)
class Suspect:
    """A sample with a high loss.

    Attributes:
        row: its place in the data set.
        id: where it is from.
        loss: −log p of its label, in nats.
        label, prediction: names; of a multi-label task those that are set; of a segmentation empty.
        confidence: the probability of the prediction; None where there is more than one.
        figures: of an image of a segmentation: its pixel accuracy and its mean IoU.
    """

    row: int
    id: str
    loss: float
    label: str
    prediction: str
    confidence: float | None
    figures: dict[str, float] | None = None


def worst(outputs: Outputs | PixelOutputs, count: int = 20) -> list[Suspect]:
    """The samples with the highest losses, the highest first; wrong ones only, where right and wrong are known."""
    losses = outputs.losses
    if losses is None or not len(losses):
        return []
    if isinstance(outputs, PixelOutputs):
        rows = _highest(losses, torch.ones_like(losses, dtype=torch.bool), count)
        return [
            Suspect(row, outputs.ids[row], losses[row].item(), "", "", None, _of_image(outputs, row))
            for row in rows.tolist()
        ]
    task, (targets, counts) = outputs.task, outputs.labelled()
    prediction = task.predictions(outputs.logits)
    wrong = counts & (prediction.long() != torch.where(counts, targets, 0).long())
    rows = _highest(losses, wrong.reshape(len(wrong), -1).any(1), count)
    suspects = []
    for row in rows.tolist():
        label, predicted = (
            listed(task.names(values[row], counts[row]), _NAMES, " + ") for values in (targets, prediction)
        )
        confidence = task.confidence(task.probabilities(outputs.logits[row : row + 1].double())[0])
        suspects.append(Suspect(row, outputs.ids[row], losses[row].item(), label, predicted, confidence))
    return suspects


def masks(task: Task, model: nn.Module, data: Samples, suspects: list[Suspect]) -> dict[int, tuple[Tensor, Tensor]]:
    """Label and prediction of the first images of a segmentation, (H, W) each, by row; −1 does not count.

    Every process takes part with the same images, as a model that is spread over them wants it.
    """
    rows = torch.tensor([suspect.row for suspect in suspects[:_SHOWN]], dtype=torch.int64)
    found: dict[int, tuple[Tensor, Tensor]] = {}
    for places, logits, targets in batches(task, model, _Picked(data, rows), 1, World()):
        assert targets is not None, "suspects have labels"
        label = torch.where(task.counts(targets), targets.long(), -1)[0].cpu()
        found[int(rows[places[0]])] = label, task.predictions(logits)[0].cpu()
    return found


class _Picked:
    """Some rows of a data set."""

    def __init__(self, data: Samples, rows: Tensor) -> None:
        self._data, self._rows = data, rows
        self.ids = [data.ids[row] for row in rows.tolist()]

    def __len__(self) -> int:
        return len(self._rows)

    def batch(self, rows: Tensor) -> tuple[Any, Tensor | None]:
        return self._data.batch(self._rows[rows])


def _highest(losses: Tensor, there: Tensor, count: int) -> Tensor:
    rows = torch.nonzero(there & ~losses.isnan()).flatten()
    return rows[losses[rows].argsort(descending=True, stable=True)[:count]]


def _of_image(outputs: PixelOutputs, row: int) -> dict[str, float]:
    return {"pixel_accuracy": outputs.accuracies[row].item(), "miou": outputs.ious[row].item()}
