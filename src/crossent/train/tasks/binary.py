"""One of two classes for each sample: the negative one and the positive one."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..errors import ModelError
from .metrics import ClassMetrics, Counts, accuracy, mean
from .sigmoid import SigmoidTask


class Binary(SigmoidTask):
    """Logits (N,), targets (N,) of 0 and 1; the first class is the negative one."""

    name = "binary"
    metrics = ("accuracy", "balanced_accuracy", "f1", "roc_auc", "average_precision")
    headline = ("accuracy", "f1", "roc_auc", "average_precision", "ece")
    tuned_metric = "f1"

    @classmethod
    def fits(cls, classes: int) -> bool:
        return classes == 2

    @property
    def outputs(self) -> int:
        return 1

    @property
    def told(self) -> tuple[str, ...]:
        """The positive class."""
        return self.classes[1:]

    def shaped(self, logits: Tensor) -> Tensor:
        """(N,), also from (N, 1), or from (N, 2) for two classes."""
        if logits.dim() == 2 and logits.shape[1] == 1:
            return logits.squeeze(1)
        if logits.dim() == 2 and logits.shape[1] == 2:
            # Two logits say the same as their difference: softmax over two is sigmoid.
            return logits[:, 1] - logits[:, 0]
        if logits.dim() != 1:
            raise ModelError(
                f"the model gives {tuple(logits.shape)}, but a binary task needs logits of the shape (N,), (N, 1) or "
                "(N, 2); write --task multiclass if there are more classes"
            )
        return logits

    def by_class(self, p: Tensor) -> Tensor:
        return torch.stack([1 - p, p], 1)

    def confidence(self, p: Tensor) -> float | None:
        return torch.maximum(p, 1 - p).item()

    def measured(
        self, counts: Counts, lines: Sequence[ClassMetrics], means: dict[str, float | None]
    ) -> dict[str, float | None]:
        """Those of the positive class, beside accuracy."""
        positive = lines[1]
        return {
            "accuracy": accuracy(lines),
            "balanced_accuracy": mean(line.recall for line in lines),
            "f1": positive.f1,
            "precision": positive.precision,
            "recall": positive.recall,
            "roc_auc": positive.roc_auc,
            "average_precision": positive.average_precision,
        }

    def against_rest(self, logits: Tensor, targets: Tensor, counts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        score, positive = logits.double(), targets == 1
        columns = torch.stack([targets != 1, positive], 1)
        return torch.stack([-score, score], 1), columns, counts.unsqueeze(1).expand(-1, 2)
