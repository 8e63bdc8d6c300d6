"""Labelled images as whole tensors."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """Images in memory with one class each; N images, K channels, C classes.

    Attributes:
        images: (N, K, H, W), floating point.
        labels: (N,), int64, in [0, C).
        classes: the C class names; a class without an image is still one.
    """

    images: Tensor
    labels: Tensor
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: Tensor) -> LabelledImages:
        """A copy of these rows, in this order."""
        return replace(self, images=self.images[rows], labels=self.labels[rows])

    def to(self, device: torch.device) -> LabelledImages:
        """The same images on a device."""
        return replace(self, images=self.images.to(device), labels=self.labels.to(device))
