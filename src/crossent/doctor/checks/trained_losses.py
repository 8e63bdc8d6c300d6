"""The losses that are trained on, and what the frequencies of the labels alone are worth."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import inf, log

from torch import Tensor

from ..events import LossExamined
from ..sites import Site

# Losses that are averaged, as one of them says little.
GROUP = 8
# Labels per class by which their entropy is known; below this one they hardly differ, and there is little to learn.
_LABELS, _LEAST = 20, 0.05
# Rows and scores of each that are compared.
_ROWS, _SCORES = 256, 64


@dataclass
class TrainedLosses:
    """Those of one line, and what was trained with."""

    counts: Counter[int] = field(default_factory=Counter)
    group: list[float] = field(default_factory=list)
    first: float = inf
    last: float = inf
    best: float = inf
    # Whether the labels of some batch are all the same, or the loss is not that of labels alone.
    other: bool = False
    # Lines whose losses were trained on in the same backward pass.
    beside: set[Site] = field(default_factory=set)
    spread: float = 0.0
    inputs: tuple[float, float] | None = None

    def examine(self, event: LossExamined, given: Tensor | None) -> None:
        """Look at the labels and scores of a loss, and at the input that the model got (None: not known)."""
        counts = _counts(event)
        plain = event.weight is None and event.pos_weight is None and not event.label_smoothing
        if event.reduction != "mean" or not plain or counts is None or event.normalizer is not None:
            self.other = True
            return
        # A discriminator's labels are all real, or all fake: what it has to tell apart is not in one batch.
        self.other = self.other or (len(counts) < 2 and counts.total() >= GROUP)
        self.counts.update(counts)
        self.spread = _spread(event.input)
        if self.inputs is None:
            self.inputs = _moments(given)

    def add(self, value: float) -> None:
        self.group.append(value)
        if len(self.group) == GROUP:
            self.last = sum(self.group) / GROUP
            self.first = self.last if self.first == inf else self.first
            self.best = min(self.best, self.last)
            self.group = []

    def entropy(self) -> float | None:
        """The loss of a model that knows how often each class occurs; None where too few labels were seen."""
        total = self.counts.total()
        if total < _LABELS * len(self.counts):
            return None
        found = -sum(count / total * log(count / total) for count in self.counts.values())
        # Of few labels, the frequencies are more uneven than they are (Miller and Madow).
        return found + (len(self.counts) - 1) / (2 * total) if found > _LEAST else None


def _counts(event: LossExamined) -> Counter[int] | None:
    """How often each class occurs; None where the targets are no classes."""
    if event.of_classes:
        histogram = event.labels.histogram
        return Counter({number: count for number, count in enumerate(histogram) if count}) if histogram else None
    if not set(event.labels.distinct) <= {0.0, 1.0}:
        return None
    ones = int(event.labels.sample.sum())
    return Counter({number: count for number, count in ((0, event.labels.sample.numel() - ones), (1, ones)) if count})


def _spread(scores: Tensor) -> float:
    """The deviation of the scores between rows, beside their size."""
    if len(scores) < 2:
        return inf
    few = scores.detach()[:_ROWS].reshape(min(len(scores), _ROWS), -1)[:, :_SCORES].float()
    return float(few.std(0).mean() / few.abs().mean().clamp(min=1.0))


def _moments(given: Tensor | None) -> tuple[float, float] | None:
    if given is None or not given.is_floating_point() or given.numel() < 2:
        return None
    numbers = given.detach().float()
    return float(numbers.mean()), float(numbers.std())
