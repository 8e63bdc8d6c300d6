"""The sums of a segmentation, image by image: no logits of whole images are kept.

Legend: N images of H times W pixels, C classes, M pixels sampled from each image.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

import crossent

from . import metrics
from .outputs import PixelOutputs, counted

# Pixels kept for calibration, over all images; and at most so many of one image.
_SAMPLE, _PER_IMAGE = 200_000, 256


class PixelSums:
    """Takes batches of images.

    Args:
        images: how many there will be.
        classes: C.
        ignore_index: the target that does not count.
    """

    def __init__(self, images: int, classes: int, ignore_index: int | None) -> None:
        self.classes, self.ignore_index = classes, ignore_index
        self.confusion = torch.zeros(classes, classes, dtype=torch.int64)
        # Losses, accuracies, mean IoUs.
        self.figures = torch.zeros(3, images, dtype=torch.float64)
        drawn = max(1, min(_PER_IMAGE, _SAMPLE // max(images, 1)))
        self.logits = torch.zeros(images, drawn, classes)
        # 0: not drawn, or a pixel that does not count; else 1 + the class.
        self.targets = torch.zeros(images, drawn, dtype=torch.int64)

    def add(self, rows: Tensor, logits: Tensor, targets: Tensor) -> None:
        """Take the images of these rows: logits (n, C, H, W) and targets (n, H, W)."""
        counts = counted("segmentation", targets, self.ignore_index)
        truth = torch.where(counts, targets, 0).long()
        losses: Tensor = crossent.functional.cross_entropy(logits, truth, reduction="none")
        prediction = logits.argmax(1)
        for place, row in enumerate(rows.tolist()):
            there = counts[place]
            counted_pixels = there.sum()
            matrix = metrics.confusion(prediction[place], truth[place], there, self.classes).cpu()
            self.confusion += matrix
            union = matrix.sum(0) + matrix.sum(1) - matrix.diagonal()
            self.figures[0, row] = (
                torch.where(there, losses[place], 0).sum(dtype=torch.float32) / counted_pixels
            ).cpu()
            self.figures[1, row] = matrix.diagonal().sum() / matrix.sum()
            self.figures[2, row] = (matrix.diagonal() / union)[union > 0].mean()
            self._draw(row, logits[place].flatten(1), torch.where(there, truth[place] + 1, 0).flatten())

    def outputs(self, ids: Sequence[str], loss: float, total: Callable[[Tensor], Tensor]) -> PixelOutputs:
        """What was added, summed over the ranks by `total`."""
        losses, accuracies, ious = total(self.figures)
        logits, targets = total(self.logits).flatten(0, 1), total(self.targets).flatten()
        drawn = targets > 0
        return PixelOutputs(
            "segmentation",
            total(self.confusion),
            losses,
            accuracies,
            ious,
            logits[drawn],
            targets[drawn] - 1,
            ids,
            loss,
        )

    def _draw(self, row: int, logits: Tensor, targets: Tensor) -> None:
        # An image's pixels depend on its row alone: any number of ranks draws the same.
        generator = torch.Generator().manual_seed(row)
        places = torch.randint(len(targets), (self.targets.shape[1],), generator=generator).to(targets.device)
        self.logits[row] = logits[:, places].T.float().cpu()
        self.targets[row] = targets[places].cpu()
