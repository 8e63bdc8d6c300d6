"""One class of several, by a softmax over the logits. Legend: N samples, C classes."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from ... import functional
from .base import IGNORED, Task
from .focal import focal


class SoftmaxTask(Task):
    """A task whose classes exclude each other, with one logit each."""

    def loss(
        self, logits: Tensor, targets: Tensor, reduction: str = "sum", sample_weight: Tensor | None = None
    ) -> Tensor:
        """loss_i = −log softmax(z_i)[y_i], with the settings' weights, smoothing and focus."""
        ignored, settings = IGNORED if self.ignore_index is None else self.ignore_index, self.settings

        def entropy(reduction: str, **options: Any) -> Tensor:
            made: Tensor = functional.cross_entropy(
                logits, targets, ignore_index=ignored, reduction=reduction, **options
            )
            return made

        smoothed = settings.label_smoothing > 0
        options: dict[str, Any] = (
            {"label_smoothing": settings.label_smoothing, "smoothing_weight": settings.smoothing_weight}
            if smoothed
            else {}
        )
        if sample_weight is not None:
            options["sample_weight"] = sample_weight
        if settings.gamma == 0:
            return entropy(reduction, weight=self.weight, **options)
        plain = entropy("none")
        whole = plain if self.weight is None and not options else entropy("none", weight=self.weight, **options)
        return focal(plain, whole, settings.gamma, reduction)

    def weighed_loss(self, logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
        return self.loss(logits, targets, "sum", weights)

    def predictions(self, logits: Tensor, cuts: Tensor | float = 0.0) -> Tensor:
        """The class of the largest logit."""
        return logits.argmax(1)

    def probabilities(self, logits: Tensor) -> Tensor:
        """The softmax."""
        return logits.softmax(1)

    def averaged(self, logits: Tensor) -> Tensor:
        return logits.log_softmax(2).logsumexp(0) - math.log(len(logits))

    def surprise(self, logits: Tensor, targets: Tensor) -> Tensor:
        ignored = IGNORED if self.ignore_index is None else self.ignore_index
        losses: Tensor = functional.cross_entropy(logits, targets, ignore_index=ignored, reduction="none")
        return torch.where(self.counts(targets), losses, torch.nan)
