"""Questions that are answered with yes or no, by a sigmoid of one logit each. Legend: N samples, L labels."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, softplus

from ... import functional
from .base import Target, Task
from .focal import focal

# A missing label, beside NaN.
MISSING = 255


class SigmoidTask(Task):
    """A task with targets of 0 and 1, one per logit."""

    dtype = torch.float32
    yes_no = True

    @property
    def thresholded(self) -> tuple[str, ...]:
        """Every class whose probability is told."""
        return self.told

    def loss(
        self, logits: Tensor, targets: Tensor, reduction: str = "sum", sample_weight: Tensor | None = None
    ) -> Tensor:
        """loss_i = −y_i log σ(z_i) − (1 − y_i) log σ(−z_i), with the settings' weights, smoothing and focus."""
        counts = None if self.all_count else self.counts(targets)
        known = targets if counts is None else torch.where(counts, targets, 0)
        known = known.to(logits.dtype)
        weight = None
        if self.weight is not None:
            weight = self.weight_of(targets, self.counts(targets)).to(logits.dtype)
        if counts is not None:
            # A target that does not count weighs 0, and its logit may then be anything but NaN.
            weight = counts.to(logits.dtype) if weight is None else weight * counts
            logits = torch.where(counts, logits, 0.0)

        def entropy(reduction: str, weight: Tensor | None, **options: Any) -> Tensor:
            made: Tensor = functional.binary_cross_entropy_with_logits(
                logits, known, weight, reduction=reduction, **options
            )
            return made

        smoothing, gamma = self.settings.label_smoothing, self.settings.gamma
        options: dict[str, Any] = {"label_smoothing": smoothing} if smoothing else {}
        if self.pos_weight is not None:
            options["pos_weight"] = self.pos_weight
        if sample_weight is not None:
            options["sample_weight"] = sample_weight
        if gamma == 0:
            return entropy(reduction, weight, **options)
        return focal(entropy("none", None), entropy("none", weight, **options), gamma, reduction)

    def weighed_loss(self, logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
        return self.loss(logits, targets, "sum", weights)

    def counts(self, targets: Tensor) -> Tensor:
        present = targets != MISSING
        if targets.is_floating_point():
            present = present & ~targets.isnan()
        return present if self.ignore_index is None else present & (targets != self.ignore_index)

    def predictions(self, logits: Tensor, cuts: Tensor | float = 0.0) -> Tensor:
        """Which logits are above the cuts."""
        return logits > cuts

    def probabilities(self, logits: Tensor) -> Tensor:
        """The sigmoid: of yes."""
        return logits.sigmoid()

    def averaged(self, logits: Tensor) -> Tensor:
        """log of the odds of the mean, from the logarithms of both probabilities."""
        return logsigmoid(logits).logsumexp(0) - logsigmoid(-logits).logsumexp(0)

    def truth(self, targets: Tensor) -> Tensor:
        return targets > 0.5

    def surprise(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The mean over a sample's labels."""
        counts = self.counts(targets)
        losses = softplus(torch.where(targets == 1, -logits, logits))
        if self.target is Target.CLASS:
            return torch.where(counts, losses, torch.nan)
        return torch.where(counts, losses, 0).sum(1) / counts.sum(1)

    def answers(self, targets: Tensor) -> Tensor:
        return (targets == 1).double()
