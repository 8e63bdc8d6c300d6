"""Exact evaluation: one pass over a data set, every sample once on however many ranks, ratios of sums.

`quick` gives the figures of a validation, `collect` keeps what a report needs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .data.batches import ordered_batches
from .data.labelled import LabelledImages
from .meter import Meter
from .passes import collect as collect
from .passes import quick as quick
from .task import Classification


@dataclass(frozen=True)
class Evaluation:
    """What a model gives on a set of images.

    Attributes:
        loss: the loss's mean over the samples.
        accuracy: share of the samples that was right.
        confusion: (C, C) counts; row: the label, column: the prediction.
    """

    loss: float
    accuracy: float
    confusion: list[list[int]]

    @property
    def correct(self) -> int:
        """How many samples were right."""
        return sum(row[label] for label, row in enumerate(self.confusion))

    @property
    def samples(self) -> int:
        """How many samples there were."""
        return sum(map(sum, self.confusion))


@dataclass(frozen=True)
class ClassFigures:
    """One line of the report; a figure is None where it would be 0/0.

    Attributes:
        name: the class.
        precision: of the samples predicted as this class, the share that is of it.
        recall: of the samples of this class, the share predicted as it.
        f1: harmonic mean of the two, 2·tp / (2·tp + fp + fn).
        support: samples of this class.
    """

    name: str
    precision: float | None
    recall: float | None
    f1: float | None
    support: int


def evaluate(task: Classification, data: LabelledImages, batch_size: int) -> Evaluation:
    """Run the model over all images in eval mode, without gradients, and put its modes back."""
    classes = len(data.classes)
    device = data.labels.device
    meter = Meter(device)
    counts = torch.zeros(classes * classes, dtype=torch.int64, device=device)
    with eval_mode(task.model), torch.inference_mode():
        for images, labels in ordered_batches(data, batch_size):
            step = task(images, labels)
            meter.add(step)
            counts += _confusion(labels, step.prediction, step.counted, classes)
    means = meter.means()
    return Evaluation(means.loss, means.accuracy, counts.view(classes, classes).tolist())


def _confusion(labels: Tensor, prediction: Tensor, counted: Tensor, classes: int) -> Tensor:
    # Labels that do not count go to one bin more, which is dropped.
    cells = torch.where(counted, labels * classes + prediction, classes * classes)
    return torch.bincount(cells, minlength=classes * classes + 1)[:-1]


@contextmanager
def eval_mode(model: nn.Module) -> Iterator[None]:
    """Set every submodule to eval, and give each its own mode back: a frozen part stays frozen."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def class_figures(confusion: list[list[int]], classes: tuple[str, ...]) -> list[ClassFigures]:
    """The figures of all classes, those without a sample included."""
    figures = []
    for index, name in enumerate(classes):
        hits = confusion[index][index]
        support = sum(confusion[index])
        predicted = sum(row[index] for row in confusion)
        figures.append(
            ClassFigures(
                name=name,
                precision=hits / predicted if predicted else None,
                recall=hits / support if support else None,
                f1=2 * hits / (predicted + support) if predicted + support else None,
                support=support,
            )
        )
    return figures
