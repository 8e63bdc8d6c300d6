"""What is learnt: from a model's output to the loss, as sums, so that means over steps and ranks are exact.

Legend: N samples, C classes, L labels. No Fabric here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn

from ... import functional
from ..errors import ModelError

if TYPE_CHECKING:
    from ..config.groups import LossConfig

TASKS = ("multiclass", "binary", "multilabel", "segmentation")
# What history.csv tells about the training samples beside their loss.
TRAIN_METRICS = {
    "multiclass": "accuracy",
    "binary": "accuracy",
    "multilabel": "micro_f1",
    "segmentation": "pixel_accuracy",
}
# A missing label of a binary or multi-label task, beside NaN.
MISSING = 255


def exact(device: torch.device) -> torch.dtype:
    """The dtype in which weights and losses are summed: MPS has no float64."""
    return torch.float32 if device.type == "mps" else torch.float64


class Step(NamedTuple):
    """What one batch gives.

    Attributes:
        loss: 0-d, Σ loss; carries the graph.
        weight: Σ weight, what a mean of the losses divides by: 0-d, or a number where every target counts 1.
        logits, targets: what the loss is of, without a graph.
    """

    loss: Tensor
    weight: Tensor | float
    logits: Tensor
    targets: Tensor


class Task:
    """A task with its loss.

    Args:
        name: one of `TASKS`.
        classes: the C or L names; of a binary task the negative one, then the positive one.
        loss: the settings of the loss, with `weight` and `pos_weight` as tensors or None.
        weight: per class, (C,) or (L,); of a binary task (2,).
        pos_weight: 0-d or (L,).
        ignore_index: the target that does not count.
        all_count: every target is known to count, and none has to be looked at for that.
    """

    def __init__(
        self,
        name: str,
        classes: Sequence[str],
        loss: LossConfig | None = None,
        *,
        weight: Tensor | None = None,
        pos_weight: Tensor | None = None,
        ignore_index: int | None = None,
        all_count: bool = False,
    ) -> None:
        assert name in TASKS, name
        self.name = name
        self.classes = tuple(classes)
        self.indexed = name in ("multiclass", "segmentation")
        self.weight, self.pos_weight = weight, pos_weight
        self.ignore_index = ignore_index
        self.all_count = all_count
        self.label_smoothing = 0.0 if loss is None else loss.label_smoothing
        self.smoothing_weight = "target" if loss is None else loss.smoothing_weight
        self.gamma = 0.0 if loss is None else loss.gamma

    @property
    def outputs(self) -> int:
        """Logits per sample or pixel."""
        return 1 if self.name == "binary" else len(self.classes)

    @property
    def metric(self) -> str:
        """The name of what `hits` are the sums of."""
        return TRAIN_METRICS[self.name]

    def __call__(self, model: nn.Module, inputs: Tensor | tuple[Tensor, ...], targets: Tensor) -> Step:
        return self.step(self.logits(model, inputs), targets)

    def logits(self, model: nn.Module, inputs: Tensor | tuple[Tensor, ...]) -> Tensor:
        """(N, C), (N,) for binary, (N, L), or (N, C, H, W)."""
        out = model(*inputs) if isinstance(inputs, (tuple, list)) else model(inputs)
        # Models of transformers return an object that carries the logits.
        logits: Tensor = out if isinstance(out, Tensor) else out.logits
        if logits.dtype in (torch.float16, torch.bfloat16):
            logits = logits.float()
        if self.name == "binary":
            return self._one_column(logits)
        wanted = (len(self.classes),)
        if logits.dim() < 2 or logits.shape[1:2] != wanted:
            raise ModelError(
                f"the model gives {tuple(logits.shape)}, but a {self.name} task of {len(self.classes)} classes needs "
                f"logits of the shape (N, {len(self.classes)}{', H, W' if self.name == 'segmentation' else ''}); "
                "give its last layer as many outputs as there are classes"
            )
        return logits

    def _one_column(self, logits: Tensor) -> Tensor:
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

    def step(self, logits: Tensor, targets: Tensor) -> Step:
        """The sum over a batch, and what it is divided by for a mean."""
        loss = self._softmax_loss(logits, targets) if self.indexed else self._sigmoid_loss(logits, targets)
        return Step(loss, self.valid_weight(targets), logits.detach(), targets)

    def hits(self, logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor | float]:
        """Numerator and denominator of the training metric: right targets and those that count, or for a multi-label
        task 2·tp and 2·tp + fp + fn."""
        if self.indexed:
            right = logits.argmax(1) == targets
            if self.all_count:
                return right.sum(), float(targets.numel())
            counts = self.counts(targets)
            return (right & counts).sum(), counts.sum()
        positive, wanted = logits > 0, targets > 0.5
        counts = self.counts(targets)
        if self.name == "binary":
            return ((positive == wanted) & counts).sum(), counts.sum()
        both = (positive & wanted & counts).sum() * 2
        return both, both + ((positive != wanted) & counts).sum()

    def counts(self, targets: Tensor) -> Tensor:
        """Which targets count; bool, the shape of the targets."""
        if self.indexed:
            ignored = -100 if self.ignore_index is None else self.ignore_index
            return targets != ignored
        present = targets != MISSING
        if targets.is_floating_point():
            present = present & ~targets.isnan()
        return present if self.ignore_index is None else present & (targets != self.ignore_index)

    def valid_weight(self, targets: Tensor) -> Tensor | float:
        """What a mean over these targets divides by: their number, or with class weights the sum of their weights."""
        if self.all_count and self.weight is None:
            return float(targets.numel())
        counts = self.counts(targets)
        if self.weight is None:
            return counts.sum()
        return torch.where(counts, self._weight_of(targets, counts), 0.0).sum(dtype=exact(targets.device))

    def losses(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The loss of each sample, (N,), as it enters the sum; of its pixels or labels together."""
        loss = self._softmax_loss if self.indexed else self._sigmoid_loss
        each = loss(logits, targets, "none")
        return each.flatten(1).sum(1) if each.dim() > 1 else each

    def to(self, device: torch.device) -> Task:
        """With its weights on the device; the same object."""
        self.weight = None if self.weight is None else self.weight.to(device)
        self.pos_weight = None if self.pos_weight is None else self.pos_weight.to(device)
        return self

    def _weight_of(self, targets: Tensor, counts: Tensor) -> Tensor:
        assert self.weight is not None, "asked only where there are weights"
        if self.name == "multilabel":
            return self.weight.expand(targets.shape)
        return self.weight[torch.where(counts, targets, 0).long()]

    def _softmax_loss(self, logits: Tensor, targets: Tensor, reduction: str = "sum") -> Tensor:
        ignored = -100 if self.ignore_index is None else self.ignore_index

        def entropy(reduction: str, **options: Any) -> Tensor:
            made: Tensor = functional.cross_entropy(
                logits, targets, ignore_index=ignored, reduction=reduction, **options
            )
            return made

        smoothed = self.label_smoothing > 0
        options = (
            {"label_smoothing": self.label_smoothing, "smoothing_weight": self.smoothing_weight} if smoothed else {}
        )
        if self.gamma == 0:
            return entropy(reduction, weight=self.weight, **options)
        plain = entropy("none")
        whole = plain if self.weight is None and not smoothed else entropy("none", weight=self.weight, **options)
        return _reduced(_focal(plain, self.gamma) * whole, reduction)

    def _sigmoid_loss(self, scores: Tensor, targets: Tensor, reduction: str = "sum") -> Tensor:
        counts = None if self.all_count else self.counts(targets)
        known = targets if counts is None else torch.where(counts, targets, 0)
        known = known.to(scores.dtype)
        weight = None
        if self.weight is not None:
            weight = self._weight_of(targets, self.counts(targets)).to(scores.dtype)
        if counts is not None:
            # A target that does not count weighs 0, and its logit may then be anything but NaN.
            weight = counts.to(scores.dtype) if weight is None else weight * counts
            scores = torch.where(counts, scores, 0.0)

        def entropy(reduction: str, weight: Tensor | None, **options: Any) -> Tensor:
            made: Tensor = functional.binary_cross_entropy_with_logits(
                scores, known, weight, reduction=reduction, **options
            )
            return made

        options: dict[str, Any] = {"label_smoothing": self.label_smoothing} if self.label_smoothing else {}
        if self.pos_weight is not None:
            options["pos_weight"] = self.pos_weight
        if self.gamma == 0:
            return entropy(reduction, weight, **options)
        return _reduced(_focal(entropy("none", None), self.gamma) * entropy("none", weight, **options), reduction)


def _focal(losses: Tensor, gamma: float) -> Tensor:
    # 1 - p as -expm1(-loss): exact where p is nearly 1. A power below 1 has no slope at 0, hence the tiny floor.
    return (-torch.expm1(-losses)).clamp_min(torch.finfo(losses.dtype).tiny) ** gamma


def _reduced(losses: Tensor, reduction: str) -> Tensor:
    return losses.sum() if reduction == "sum" else losses
