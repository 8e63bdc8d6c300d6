"""A batch as sums, of which means over steps and processes are made."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class Step(NamedTuple):
    """The sums of one batch.

    Attributes:
        loss: 0-d, Σ loss; carries the graph.
        weight: Σ weight, what a mean of the losses divides by: 0-d, or a number where every target counts 1.
        logits, targets: what the loss is of, without a graph.
        weights: of the samples; None where all count the same.
    """

    loss: Tensor
    weight: Tensor | float
    logits: Tensor
    targets: Tensor
    weights: Tensor | None = None

    def without_samples(self) -> Step:
        """The same graph, of no sample."""
        weights = None if self.weights is None else self.weights[:0]
        return Step(self.loss * 0.0, 0.0, self.logits[:0], self.targets[:0], weights)
