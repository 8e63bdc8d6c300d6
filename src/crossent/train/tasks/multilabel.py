"""Any number of labels for each sample, each a question of its own."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .base import Means, Target
from .metrics import ClassMetrics, Counts, averages, mean, ratio, weighted
from .sigmoid import SigmoidTask


class Multilabel(SigmoidTask):
    """Logits (N, L), targets (N, L) of 0 and 1."""

    name = "multilabel"
    target = Target.LABELS
    metrics = ("micro_f1", "macro_f1", "accuracy", "exact_match")
    training_metric = "micro_f1"
    headline = ("micro_f1", "macro_f1", "exact_match", "average_precision", "ece")
    tuned_metric = "macro_f1"

    @property
    def title(self) -> str:
        return "multi-label"

    def hits(self, logits: Tensor, targets: Tensor, weights: Tensor | None = None) -> tuple[Tensor, Tensor | float]:
        """2·tp and 2·tp + fp + fn."""
        positive, wanted, counts = self.predictions(logits), self.truth(targets), self.counts(targets)
        both = weighted(positive & wanted & counts, weights).sum() * 2
        return both, both + weighted((positive != wanted) & counts, weights).sum()

    def weight_of(self, targets: Tensor, counts: Tensor) -> Tensor:
        assert self.weight is not None, "asked only where there are weights"
        return self.weight.expand(targets.shape)

    def confidence(self, p: Tensor) -> float | None:
        return None

    def names(self, value: Tensor, counts: Tensor) -> list[str]:
        return [self.classes[place] for place in torch.nonzero((value == 1) & counts).flatten().tolist()]

    def tally(self, prediction: Tensor, targets: Tensor, counts: Tensor) -> Counts:
        return Counts.of_labels(prediction, targets == 1, counts)

    def means(self, logits: Tensor, prediction: Tensor, targets: Tensor, counts: Tensor) -> Means:
        """How often all labels of a sample are right."""
        there = counts.amax(1)
        exact = ((prediction == (targets == 1)) | (counts == 0)).all(1) * there
        return {"exact_match": (exact.sum(), there.sum())}

    def measured(
        self, counts: Counts, lines: Sequence[ClassMetrics], means: dict[str, float | None]
    ) -> dict[str, float | None]:
        """Every label is a decision, and its accuracy that of all decisions."""
        means_of = averages(lines)
        wrong = sum(line.predicted + line.support - 2 * line.hits for line in lines)
        decided = counts.decided.sum().item()
        return {
            "micro_f1": means_of["micro"].f1,
            "macro_f1": means_of["macro"].f1,
            "accuracy": ratio(decided - wrong, decided),
            **means,
            "roc_auc": mean(line.roc_auc for line in lines),
            "average_precision": mean(line.average_precision for line in lines),
        }

    def against_rest(self, logits: Tensor, targets: Tensor, counts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return logits.double(), targets == 1, counts

    def count(self, targets: Tensor, weights: Tensor | None = None) -> Tensor:
        """The samples that have each label, (L,)."""
        return weighted(targets == 1, weights).sum(0)
