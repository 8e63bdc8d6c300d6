"""The exact mean loss and accuracy of an epoch: numerators and denominators are summed, and divided once."""

from __future__ import annotations

from typing import NamedTuple

import torch

from .task import OldStep as Step


class Means(NamedTuple):
    """Mean loss over the weights, and share of the counted labels that was right; NaN where nothing counts."""

    loss: float
    accuracy: float


class Meter:
    """Sums the steps of an epoch on the device, without a graph, and reads them back once.

    A mean of batch means would weigh the images of a small last batch more than the others, and ignore that
    class weights differ between batches.
    """

    def __init__(self, device: torch.device) -> None:
        # MPS has no float64.
        dtype = torch.float32 if device.type == "mps" else torch.float64
        self._sums = torch.zeros(4, dtype=dtype, device=device)

    def add(self, step: Step) -> None:
        """Add a batch."""
        sums = (step.loss.detach(), step.weight, step.correct.sum(), step.counted.sum())
        self._sums += torch.stack([value.to(self._sums.dtype) for value in sums])

    def means(self) -> Means:
        """The means over everything added; the one point of an epoch that waits for the device."""
        loss, weight, correct, counted = self._sums.tolist()
        return Means(loss / weight if weight else float("nan"), correct / counted if counted else float("nan"))
