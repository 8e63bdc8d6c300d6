"""Predictions for data with or without labels: all at once in memory, or part by part for a file of any size.

Legend: N samples, C classes, L labels.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from ..data.dataset import Dataset
from ..evaluation.outputs import Outputs
from ..evaluation.passes import batches
from ..runtime.distributed import World
from ..tasks.base import Target, Task


@dataclass(frozen=True)
class Decision:
    """How logits become classes and probabilities.

    Attributes:
        cuts: of tasks with thresholds: positive are logits above this; one for all classes, or one each.
        temperature: what logits are divided by for the probabilities; classes do not depend on it.
    """

    cuts: tuple[float, ...] = (0.0,)
    temperature: float = 1.0

    @classmethod
    def at(cls, probability: float, temperature: float = 1.0) -> Decision:
        """Positive from this probability on, as it is written, with the temperature it is written for."""
        return cls((math.log(probability / (1 - probability)) * temperature,), temperature)

    def predicted(self, outputs: Outputs) -> Tensor:
        """The classes: (N,) int64; binary (N,) bool; multi-label (N, L) bool."""
        cuts = torch.tensor(self.cuts, dtype=torch.float64)
        return outputs.task.predictions(outputs.logits, cuts[0] if len(cuts) == 1 else cuts)


@dataclass(frozen=True, eq=False)
class Predictions:
    """The predictions of a model for samples.

    Attributes:
        ids: where each sample is from.
        classes: the names, in the order of the columns.
        probabilities: (N, C), of a multi-label task (N, L), of a binary one (N,): of its second class; float64.
            Of a segmentation None: of each pixel they would fill the memory.
        prediction: (N,) int64; binary (N,) bool; multi-label (N, L) bool; segmentation (N, H, W).
        task: what they are of.
        unknown: what in the inputs the model does not know, in sentences.
    """

    ids: Sequence[str]
    classes: tuple[str, ...]
    probabilities: Tensor | None
    prediction: Tensor
    task: Task
    unknown: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.prediction)

    @property
    def labels(self) -> list[str] | list[list[str]]:
        """The predicted classes by name; of a multi-label task a list for each sample."""
        if self.task.target is Target.MASK:
            raise AttributeError("a segmentation has a class per pixel: see .prediction, and .classes for their names")
        everything = torch.ones_like(self.prediction, dtype=torch.bool)
        rows = [self.task.names(*row) for row in zip(self.prediction, everything, strict=True)]
        return rows if self.task.target is Target.LABELS else [names[0] for names in rows]


def predict(task: Task, model: nn.Module, data: Dataset, how: Decision, batch_size: int) -> Predictions:
    """The predictions of all samples, in order."""
    # Without a sample, too, they have their shape.
    nothing = Outputs(task, task.empty()[0], None, None, [], float("nan"))
    found, trusted = [how.predicted(nothing)], [nothing.probabilities(how.temperature)]
    for part in outputs_of(task, model, data, batch_size):
        found.append(how.predicted(part))
        if task.target is not Target.MASK:
            trusted.append(part.probabilities(how.temperature))
    predicted = torch.cat(found if len(found) == 1 else found[1:])
    return Predictions(
        data.ids, task.classes, None if task.target is Target.MASK else torch.cat(trusted), predicted, task
    )


def outputs_of(task: Task, model: nn.Module, data: Dataset, batch_size: int) -> Iterator[Outputs]:
    """The logits of the samples, a batch at a time and in order; targets are not looked at."""
    unlabelled = replace(data, targets=None)
    for rows, logits, _ in batches(task, model, unlabelled, batch_size, World()):
        names = [data.ids[row] for row in rows.tolist()]
        yield Outputs(task, logits.cpu(), None, None, names, float("nan"))
