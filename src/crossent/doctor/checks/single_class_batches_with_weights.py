"""Class weights that cancel out of the mean."""

from __future__ import annotations

from dataclasses import dataclass

from ..events import LossExamined
from ..finding import Finding, Text
from ..sites import Site
from .base import Check, on
from .weighting import class_weights

_ENOUGH = 4


@dataclass
class _Seen:
    single: int = 0
    batches: int = 0
    classes: int = 0
    rows: int = 0


class SingleClassBatchesWithWeights(Check):
    """Every batch holds a single class, and class weights cancel out of the mean.

    中文：每个 batch 只有一个类别，加权平均把权重约掉了。

    Why: the weighted mean divides by the sum of the weights: in a batch of one class, or of one sample, the weight
    cancels and nothing is weighted at all.

    Wrong::

        net = nn.Linear(6, 3)
        optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
        criterion = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 4.0]))
        for xb, yb in DataLoader(TensorDataset(x, y), batch_size=1, shuffle=True):
            optimizer.zero_grad()
            loss = criterion(net(xb), yb)  # doctor: warning[single-class-batches-with-weights]
            loss.backward()
            optimizer.step()

    Right::

        net = nn.Linear(6, 3)
        optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
        criterion = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 4.0]), reduction="sum")
        for xb, yb in DataLoader(TensorDataset(x, y), batch_size=1, shuffle=True):
            optimizer.zero_grad()
            loss = criterion(net(xb), yb)
            loss.backward()
            optimizer.step()

    Known limits: a proof: the labels of the batches. Single batches of one class among mixed ones are not reported.
    crossent's `normalizer=` divides by a number of your choice.
    """

    id = "single-class-batches-with-weights"
    severity = "warning"
    subject = "weights"
    message = Text(
        'class weights have no effect: reduction="mean" divides by the weights of the batch, and where a batch (or '
        "micro-batch) holds one class only, its weight cancels.",
        '类别权重不起作用：reduction="mean" 会除以该批次的权重之和，当一个批次（或微批次）只含一个类别时，权重被约掉。',
    )
    evidence = Text(
        "proof: {single} of {batches} batches examined hold a single class ({rows:.3g} labels on average), of "
        "{classes} classes",
        "证据：检查的 {batches} 个批次中有 {single} 个只含一个类别（平均 {rows:.3g} 个标签），共 {classes} 个类别",
    )
    fix = Text(
        "mix the classes (shuffle=True, larger batches), or divide by a number that does not depend on the batch: "
        'reduction="sum" and loss / len(labels)',
        '打乱类别（shuffle=True、更大的批次），或除以与批次内容无关的数：reduction="sum" 再 loss / len(labels)',
    )

    def prepare(self) -> None:
        self.seen: dict[Site, _Seen] = {}

    @on(LossExamined)
    def look(self, event: LossExamined) -> None:
        if not event.takes_part or event.reduction != "mean" or event.normalizer is not None:
            return
        if not event.labels.by_index or class_weights(event) is None:
            return
        ends = event.labels.extremes
        if ends is None:
            return
        seen = self.seen.setdefault(event.site, _Seen())
        seen.single += ends[0] == ends[1]
        seen.batches += 1
        seen.rows += event.labels.count
        seen.classes = event.input.shape[event.dim]

    def finish(self) -> list[Finding]:
        return [
            self.found(
                site, single=seen.single, batches=seen.batches, rows=seen.rows / seen.batches, classes=seen.classes
            )
            for site, seen in self.seen.items()
            if seen.batches >= _ENOUGH and seen.single >= seen.batches / 2
        ]
