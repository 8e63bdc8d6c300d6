"""One class of two or more for each sample."""

from __future__ import annotations

from torch import Tensor

from .base import Means
from .softmax import SoftmaxTask


class Multiclass(SoftmaxTask):
    """Logits (N, C), targets (N,) of class numbers."""

    name = "multiclass"

    def means(self, logits: Tensor, prediction: Tensor, targets: Tensor, counts: Tensor) -> Means:
        """Of many classes, how often the right one is among the five with the largest logits."""
        if len(self.classes) < 10:
            return {}
        right = (logits.topk(5, dim=1).indices == targets.unsqueeze(1)).any(1) * counts
        return {"top_5_accuracy": (right.sum(), counts.sum())}
