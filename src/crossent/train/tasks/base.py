"""The interface of a task: from a model's output to losses, as sums, so that means over steps and ranks are exact; to
predictions, probabilities and metrics.

Legend: N samples, C classes, L labels, K logits of a sample. No Fabric here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from ...core.dtypes import count_dtype
from ..config.groups import LossConfig
from ..errors import ModelError
from .metrics import ClassMetrics, Counts, accuracy, along, averages, mean, weighted
from .output import Members, logits_of
from .step import Step as Step
from .target import Target as Target

# Of a target that does not count, where nothing else is said: as in torch.
IGNORED = -100
Means = dict[str, tuple[Tensor, Tensor]]


class Task(ABC):
    """A task with its classes and the settings of its loss. What the methods here say holds for targets that are class
    numbers, (N,); other tasks override it.

    Attributes:
        name: in settings, files and messages.
        target: how a sample is labelled.
        dtype: of targets that are made from labels.
        yes_no: whether each logit answers a question of its own (sigmoid), not all of them one together (softmax).
        metrics: of a validation; `--stop.monitor` may name them with `val_` before.
        lower: those of which a lower value is better.
        training_metric: of the training samples, whose parts `hits` gives.
        headline: metrics in large print at the head of the report.
        tuned_metric: the one that tuned thresholds raise.

    Args:
        classes: the names.
        loss: the settings of the loss.
        weight: per class, (C,).
        pos_weight: of yes in a binary or a multi-label task: 0-d or (L,).
        ignore_index: the target that does not count.
        all_count: every target is known to count, and none has to be looked at for that.
    """

    # Of the model, by which it gets several inputs; without any, by their order.
    arguments: tuple[str, ...] = ()

    name: ClassVar[str]
    target: ClassVar[Target] = Target.CLASS
    dtype: ClassVar[torch.dtype] = torch.int64
    yes_no: ClassVar[bool] = False
    metrics: ClassVar[tuple[str, ...]] = ("accuracy", "balanced_accuracy", "macro_f1")
    lower: ClassVar[frozenset[str]] = frozenset()
    training_metric: ClassVar[str] = "accuracy"
    headline: ClassVar[tuple[str, ...]] = ("accuracy", "macro_f1", "roc_auc", "log_loss", "ece")
    tuned_metric: ClassVar[str] = ""

    def __init__(
        self,
        classes: Sequence[str],
        loss: LossConfig | None = None,
        *,
        weight: Tensor | None = None,
        pos_weight: Tensor | None = None,
        ignore_index: int | None = None,
        all_count: bool = False,
    ) -> None:
        self.classes = tuple(classes)
        self.settings = loss or LossConfig()
        self.weight, self.pos_weight = weight, pos_weight
        self.ignore_index = ignore_index
        self.all_count = all_count

    @classmethod
    def fits(cls, classes: int) -> bool:
        """Return whether labels of so many classes can be learnt."""
        return classes >= 2

    @property
    def title(self) -> str:
        """The name in the report."""
        return self.name

    @property
    def outputs(self) -> int:
        """Logits per sample or pixel."""
        return len(self.classes)

    @property
    def thresholded(self) -> tuple[str, ...]:
        """The classes that are predicted from a probability on, which can be tuned."""
        return ()

    @property
    def told(self) -> tuple[str, ...]:
        """The classes whose probabilities a prediction tells."""
        return self.classes

    # From a model to a loss.

    def __call__(
        self, model: nn.Module, inputs: Tensor | tuple[Tensor, ...], targets: Tensor, weights: Tensor | None = None
    ) -> Step:
        output = self._output(model, inputs)
        if not isinstance(output, Members):
            return self.step(self._read(output), targets, weights)
        # The mean of the members' losses, not the loss of their mean: else they would become one model.
        count = len(output.each)
        repeated = None if weights is None else weights.repeat(count)
        step = self.step(self._read(output.each.flatten(0, 1)), torch.cat([targets] * count), repeated)
        return step._replace(loss=step.loss / count, weight=step.weight / count)

    def logits(self, model: nn.Module, inputs: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The model's output, (N, K) or (N, K, H, W), in float32 or wider; of an ensemble those of its mean.

        Raises:
            ModelError: it has another shape.
        """
        output = self._output(model, inputs)
        if not isinstance(output, Members):
            return self._read(output)
        return self.averaged(self._read(output.each.flatten(0, 1)).unflatten(0, (len(output.each), -1)))

    def _output(self, model: nn.Module, inputs: Tensor | tuple[Tensor, ...]) -> Any:
        parts = inputs if isinstance(inputs, (tuple, list)) else (inputs,)
        named = bool(self.arguments) and len(self.arguments) == len(parts)
        return model(**dict(zip(self.arguments, parts, strict=True))) if named else model(*parts)

    def _read(self, output: Any) -> Tensor:
        logits = logits_of(output)
        return self.shaped(logits.float() if logits.dtype in (torch.float16, torch.bfloat16) else logits)

    def shaped(self, logits: Tensor) -> Tensor:
        """Logits as all other methods take them."""
        if logits.dim() < 2 or logits.shape[1] != self.outputs:
            raise ModelError(
                f"the model gives {tuple(logits.shape)}, but a {self.name} task of {len(self.classes)} classes needs "
                f"logits of the shape (N, {self.outputs}{', H, W' if self.target is Target.MASK else ''}); "
                f"give its last layer {self.outputs} outputs"
            )
        return logits

    def step(self, logits: Tensor, targets: Tensor, weights: Tensor | None = None) -> Step:
        """The sum over a batch, and what it is divided by for a mean; `weights`: of its samples, (N,)."""
        if weights is None:
            return Step(self.loss(logits, targets), self.valid_weight(targets), logits.detach(), targets)
        loss = self.weighed_loss(logits, targets, weights)
        return Step(loss, self.valid_weight(targets, weights), logits.detach(), targets, weights)

    @abstractmethod
    def loss(self, logits: Tensor, targets: Tensor, reduction: str = "sum") -> Tensor:
        """The loss with its settings: the sum over what counts, or with "none" each one."""

    def weighed_loss(self, logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
        """The sum of the losses, each multiplied by the weight of its sample, (N,)."""
        losses = self.loss(logits, targets, "none")
        return (losses * along(weights, losses)).sum()

    def counts(self, targets: Tensor) -> Tensor:
        """Which targets count; bool, the shape of the targets."""
        return targets != (IGNORED if self.ignore_index is None else self.ignore_index)

    def valid_weight(self, targets: Tensor, weights: Tensor | None = None) -> Tensor | float:
        """The divisor of a mean over these targets: their number, or with weights of classes or samples the sum of
        their weights."""
        if self.all_count and self.weight is None and weights is None:
            return float(targets.numel())
        counts = self.counts(targets)
        if self.weight is None and weights is None:
            return counts.sum()
        each = counts if self.weight is None else torch.where(counts, self.weight_of(targets, counts), 0.0)
        return weighted(each, weights).sum(dtype=count_dtype(targets.device))

    def weight_of(self, targets: Tensor, counts: Tensor) -> Tensor:
        """The class weight of each target; any number where it does not count."""
        assert self.weight is not None, "asked only where there are weights"
        return self.weight[torch.where(counts, targets, 0).long()]

    def to(self, device: torch.device) -> Task:
        """With its weights on the device; the same object."""
        self.weight = None if self.weight is None else self.weight.to(device)
        self.pos_weight = None if self.pos_weight is None else self.pos_weight.to(device)
        return self

    # From logits to predictions.

    @abstractmethod
    def predictions(self, logits: Tensor, cuts: Tensor | float = 0.0) -> Tensor:
        """Predictions in the form of targets: class numbers, or of labels bool; `cuts`: for thresholded classes, the
        logits above which they are predicted."""

    @abstractmethod
    def probabilities(self, logits: Tensor) -> Tensor:
        """(N, C), or what a prediction tells instead, of the same dtype."""

    def by_class(self, p: Tensor) -> Tensor:
        """The probability of every class, (N, C), from what `probabilities` gives."""
        return p

    def averaged(self, logits: Tensor) -> Tensor:
        """The logits of M models, (M, N, …), as those of one whose probabilities are the means of theirs; (N, …)."""
        return logits.mean(0)

    def confidence(self, p: Tensor) -> float | None:
        """The probability of what is predicted, from the probabilities of one sample; None where there are several."""
        return p.max().item()

    def names(self, value: Tensor, counts: Tensor) -> list[str]:
        """One target or prediction in words."""
        return [self.classes[int(value)]] if counts else []

    # From predictions to metrics.

    def truth(self, targets: Tensor) -> Tensor:
        """Targets as `predictions` gives them, where they count."""
        return targets

    def hits(self, logits: Tensor, targets: Tensor, weights: Tensor | None = None) -> tuple[Tensor, Tensor | float]:
        """Numerator and denominator of the training metric: right targets, and those that count."""
        right = self.predictions(logits) == self.truth(targets)
        if self.all_count and weights is None:
            return right.sum(), float(targets.numel())
        counts = self.counts(targets)
        return weighted(right & counts, weights).sum(), weighted(counts, weights).sum()

    def tally(self, prediction: Tensor, targets: Tensor, counts: Tensor) -> Counts:
        """The counts that the metrics of the classes are computed from; they add up over batches.

        `counts`, here and below, is which targets count; where samples have weights how much, and 0 for those that
        do not.
        """
        truth = torch.where(counts > 0, targets, 0).long()
        return Counts.of_classes(prediction.long(), truth, counts, len(self.classes))

    def means(self, logits: Tensor, prediction: Tensor, targets: Tensor, counts: Tensor) -> Means:
        """Metrics that are means over samples, as numerators and denominators, which add up over batches."""
        return {}

    def measured(
        self, counts: Counts, lines: Sequence[ClassMetrics], means: dict[str, float | None]
    ) -> dict[str, float | None]:
        """The metrics by name, in the order in which they are shown.

        Args:
            counts: of all samples.
            lines: the metrics of each class; at the end of a run, and of a validation where `metrics` names it, with
                ROC-AUC and average precision.
            means: those of `means`.
        """
        return {
            "accuracy": accuracy(lines),
            "balanced_accuracy": mean(line.recall for line in lines),
            "macro_f1": averages(lines)["macro"].f1,
            **means,
            "roc_auc": mean(line.roc_auc for line in lines),
            "average_precision": mean(line.average_precision for line in lines),
        }

    def against_rest(self, logits: Tensor, targets: Tensor, counts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """For the ranking of each class: its score, whether a sample is of it, whether that counts; (N, C) each."""
        positive = torch.where(counts, targets, 0).long().unsqueeze(1) == torch.arange(len(self.classes))
        return self.probabilities(logits.double()), positive, counts.unsqueeze(1).expand(-1, len(self.classes))

    def surprise(self, logits: Tensor, targets: Tensor) -> Tensor:
        """(N,): −log p of each sample's target in nats, without weights or smoothing; NaN where it does not count."""
        counts = self.counts(targets)
        p = self.probabilities(logits).gather(1, torch.where(counts, targets, 0).long().unsqueeze(1)).squeeze(1)
        return torch.where(counts, -p.log(), torch.nan)

    def answers(self, targets: Tensor) -> Tensor:
        """The right answers of the logits, for their calibration: class numbers, or for each logit 1.0 or 0.0."""
        return targets.long()

    def empty(self) -> tuple[Tensor, Tensor]:
        """Logits and targets of no sample."""
        labels = (len(self.classes),) if self.target is Target.LABELS else ()
        return self.shaped(torch.zeros(0, self.outputs)), torch.zeros(0, *labels, dtype=self.dtype)

    def count(self, targets: Tensor, weights: Tensor | None = None) -> Tensor:
        """The samples (pixels, in masks) of each class, (C,); or the sums of their weights."""
        there = self.counts(targets)
        own = None if weights is None else weights[there]
        return torch.bincount(targets[there].long(), own, minlength=len(self.classes))[: len(self.classes)]
