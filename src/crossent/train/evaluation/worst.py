"""The samples that surprise the model most: often their labels are wrong, not the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..runtime.distributed import World
from .calibration import probabilities
from .outputs import Outputs, PixelOutputs, Samples, counted, predictions
from .passes import Scored, batches

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


def worst(outputs: Outputs | PixelOutputs, classes: tuple[str, ...], count: int = 20) -> list[Suspect]:
    """The samples with the highest losses, the highest first; wrong ones only, where right and wrong are known."""
    losses = outputs.losses
    if losses is None or not len(losses):
        return []
    if isinstance(outputs, PixelOutputs):
        rows = _highest(losses, ~losses.isnan(), count)
        return [
            Suspect(row, outputs.ids[row], losses[row].item(), "", "", None, _image_figures(outputs, row))
            for row in rows.tolist()
        ]
    assert outputs.targets is not None, "losses are those of targets"
    real, prediction = outputs.counted(), predictions(outputs.task, outputs.logits)
    wrong = real & (prediction.long() != torch.where(real, outputs.targets, 0).long())
    rows = _highest(losses, (wrong.any(1) if wrong.dim() > 1 else wrong) & ~losses.isnan(), count)
    suspects = []
    for row in rows.tolist():
        names = [named(outputs.task, values[row], real[row], classes) for values in (outputs.targets, prediction)]
        confidence = _confidence(outputs, row)
        suspects.append(Suspect(row, outputs.ids[row], losses[row].item(), names[0], names[1], confidence))
    return suspects


def masks(task: Scored, model: nn.Module, data: Samples, suspects: list[Suspect]) -> dict[int, tuple[Tensor, Tensor]]:
    """Label and prediction of the first images of a segmentation, (H, W) each, by row; −1 does not count.

    Every rank takes part with the same images, as a model that is spread over them wants it.
    """
    rows = torch.tensor([suspect.row for suspect in suspects[:_SHOWN]], dtype=torch.int64)
    found: dict[int, tuple[Tensor, Tensor]] = {}
    for places, logits, targets in batches(task, model, _Picked(data, rows), 1, World()):
        assert targets is not None, "suspects have labels"
        real = counted(task.name, targets, task.ignore_index)
        pair = torch.where(real, targets.long(), -1)[0].cpu(), logits.argmax(1)[0].cpu()
        found[int(rows[places[0]])] = pair
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


def named(task: str, value: Tensor, real: Tensor, classes: tuple[str, ...]) -> str:
    """A target or prediction of one sample in words."""
    if task == "multilabel":
        names = [classes[index] for index in torch.nonzero((value == 1) & real).flatten().tolist()]
        return " + ".join(names[:_NAMES]) + (f" and {len(names) - _NAMES} more" if len(names) > _NAMES else "")
    return classes[int(value)] if real else ""


def _highest(losses: Tensor, there: Tensor, count: int) -> Tensor:
    rows = torch.nonzero(there).flatten()
    return rows[losses[rows].argsort(descending=True, stable=True)[:count]]


def _confidence(outputs: Outputs, row: int) -> float | None:
    if outputs.task == "multilabel":
        return None
    p = probabilities(Outputs(outputs.task, outputs.logits[row : row + 1], None, None, None, [""], 0.0))[0]
    return (p.max() if outputs.task == "multiclass" else torch.maximum(p, 1 - p)).item()


def _image_figures(outputs: PixelOutputs, row: int) -> dict[str, float]:
    return {"pixel_accuracy": outputs.accuracies[row].item(), "miou": outputs.ious[row].item()}
