"""A class for each pixel."""

from __future__ import annotations

from collections.abc import Sequence

from .base import Target
from .metrics import ClassMetrics, Counts, accuracy, mean
from .softmax import SoftmaxTask


class Segmentation(SoftmaxTask):
    """Logits (N, C, H, W), targets (N, H, W) of class numbers."""

    name = "segmentation"
    target = Target.MASK
    metrics = ("pixel_accuracy", "miou", "dice")
    training_metric = "pixel_accuracy"
    headline = ("miou", "dice", "pixel_accuracy", "balanced_accuracy", "ece")

    def measured(
        self, counts: Counts, lines: Sequence[ClassMetrics], means: dict[str, float | None]
    ) -> dict[str, float | None]:
        return {
            "pixel_accuracy": accuracy(lines),
            "miou": mean(line.iou for line in lines),
            "dice": mean(line.f1 for line in lines),
            "balanced_accuracy": mean(line.recall for line in lines),
        }
