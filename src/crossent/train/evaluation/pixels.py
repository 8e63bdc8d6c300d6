"""The sums of a segmentation, image by image: no logits of whole images are kept.

Legend: N images of H times W pixels, C classes, M pixels sampled from each image.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..runtime.distributed import World
from ..tasks import metrics
from ..tasks.base import Task
from .outputs import PixelOutputs, Samples

# Pixels kept for calibration, over all images; and at most so many of one image.
_SAMPLE, _PER_IMAGE = 200_000, 256


class PixelSums:
    """Takes batches of images.

    Args:
        task: with masks for targets.
        images: how many there will be.
    """

    def __init__(self, task: Task, images: int) -> None:
        self.task = task
        classes = len(task.classes)
        self.confusion = torch.zeros(classes, classes, dtype=torch.int64)
        # Losses, accuracies, mean IoUs.
        self.of_images = torch.zeros(3, images, dtype=torch.float64)
        drawn = max(1, min(_PER_IMAGE, _SAMPLE // max(images, 1)))
        self.logits = torch.zeros(images, drawn, classes)
        # 0: not drawn, or a pixel that does not count; else 1 + the class.
        self.targets = torch.zeros(images, drawn, dtype=torch.int64)

    def add(self, rows: Tensor, logits: Tensor, targets: Tensor | None) -> None:
        """Take the images of these rows: logits (n, C, H, W) and targets (n, H, W)."""
        assert targets is not None, "masks are collected to be scored"
        counts = self.task.counts(targets)
        truth = torch.where(counts, targets, 0).long()
        losses, prediction = self.task.surprise(logits, targets), self.task.predictions(logits)
        for place, row in enumerate(rows.tolist()):
            there = counts[place]
            matrix = metrics.confusion(prediction[place], truth[place], there, len(self.task.classes)).cpu()
            self.confusion += matrix
            union = matrix.sum(0) + matrix.sum(1) - matrix.diagonal()
            lost = torch.where(there, losses[place], 0).sum(dtype=torch.float32)
            self.of_images[0, row] = (lost / there.sum()).cpu()
            self.of_images[1, row] = matrix.diagonal().sum() / matrix.sum()
            self.of_images[2, row] = (matrix.diagonal() / union)[union > 0].mean()
            self._draw(row, logits[place].flatten(1), torch.where(there, truth[place] + 1, 0).flatten())

    def outputs(self, data: Samples, loss: float, world: World) -> PixelOutputs:
        """The outputs that all processes have added."""
        losses, accuracies, ious = world.sum(self.of_images)
        logits, targets = world.sum(self.logits).flatten(0, 1), world.sum(self.targets).flatten()
        drawn, confusion = targets > 0, world.sum(self.confusion)
        pixels = (logits[drawn], targets[drawn] - 1)
        return PixelOutputs(self.task, confusion, losses, accuracies, ious, *pixels, data.ids, loss)

    def _draw(self, row: int, logits: Tensor, targets: Tensor) -> None:
        # An image's pixels depend on its row alone: any number of processes draws the same.
        generator = torch.Generator().manual_seed(row)
        places = torch.randint(len(targets), (self.targets.shape[1],), generator=generator).to(targets.device)
        self.logits[row] = logits[:, places].T.float().cpu()
        self.targets[row] = targets[places].cpu()
