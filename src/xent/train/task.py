"""What is trained: a model and a loss, and what one batch gives. Free of Fabric."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

import xent


class Step(NamedTuple):
    """What one batch of N images gives, as sums, so that sums over an epoch are exact.

    Attributes:
        loss: 0-d, the sum of the images' losses; carries the graph.
        weight: 0-d, what a mean of the losses divides by.
        counted: (N,), which labels count (all but the loss's `ignore_index`).
        correct: (N,), which of these the model got right.
        prediction: (N,), the class of the largest logit.
    """

    loss: Tensor
    weight: Tensor
    counted: Tensor
    correct: Tensor
    prediction: Tensor

    def mean(self) -> Tensor:
        """The batch's mean loss, to step on; 0 with gradient 0 for a batch without a label that counts."""
        # The weight may be of a wider dtype, and would widen the loss.
        weight = self.weight.to(self.loss.dtype)
        return self.loss / torch.where(weight == 0, torch.ones_like(weight), weight)


class Classification:
    """One class per image.

    Args:
        model: images (N, K, H, W) to logits (N, C).
        criterion: `xent.CrossEntropyLoss(reduction="sum", return_stats=True, …)`.
    """

    def __init__(self, model: nn.Module, criterion: xent.CrossEntropyLoss) -> None:
        self.model = model
        self.criterion = criterion

    def __call__(self, images: Tensor, labels: Tensor) -> Step:
        loss, stats = self.criterion(self.model(images), labels)
        counted = labels != self.criterion.ignore_index
        return Step(loss, stats.weight, counted, stats.correct, stats.prediction)
