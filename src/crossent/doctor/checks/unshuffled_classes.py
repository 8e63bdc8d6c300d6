"""Training data that comes sorted by class."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any, NamedTuple

from torch import Tensor

from ..events import BackwardStarted, BatchDrawn, LossCall, LossExamined, ObservationPaused
from ..finding import Finding, Text
from ..sites import NOWHERE, Site
from ..traces import LossTrace
from .base import Check, on

_ALWAYS_ONE = Text(
    "every batch of the training holds the one class {low:g}, though the model has {classes} outputs: the data seems "
    "to be sorted.",
    "训练的每个批次都只含类别 {low:g}，而模型有 {classes} 个输出：数据似乎按类别排好了序。",
)
# Batches that follow each other in order before it is called sorted.
_ORDERED = 2
# Batches of one single class after which all further ones are looked at too: the class may be about to change.
_MONOTONOUS = 8


class _Batch(NamedTuple):
    """The labels of one batch: the smallest and largest, how many, of how many classes, and where they came from."""

    low: float
    high: float
    rows: int
    classes: int
    place: Site
    # The memory that the labels are a slice of, and where it begins.
    memory: int
    offset: int


@dataclass
class _Order:
    last: _Batch | None = None
    ordered: int = 0
    unordered: int = 0
    rising: int = 0
    low: float = float("inf")
    high: float = float("-inf")
    batches: int = 0
    rows: int = 0
    classes: int = 0
    place: Site = NOWHERE


class UnshuffledClasses(Check):
    """The training data comes sorted by class.

    中文：训练数据按类别排序且没有打乱：DataLoader 请加 shuffle=True。

    Why: image folders are sorted by class, and `shuffle` is False by default: the model learns the class of the hour,
    and every epoch ends with a model of the last class.

    Wrong::

        order = y.argsort()
        data = TensorDataset(x[order], y[order])
        for epoch in range(3):
            for xb, yb in DataLoader(data, batch_size=16):  # doctor: warning[unshuffled-classes]
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()

    Right::

        order = y.argsort()
        data = TensorDataset(x[order], y[order])
        for epoch in range(3):
            for xb, yb in DataLoader(data, batch_size=16, shuffle=True):
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()

    Known limits: values: from batch to batch the labels only ever rise. Data that is in random order already needs no
    shuffling, and is not reported; batches that are copies (not slices) need three per epoch. Real and fake batches
    that take turns in one line are not sorted.
    """

    id = "unshuffled-classes"
    severity = "warning"
    subject = "targets"
    message = Text(
        "the training data comes sorted by class: a batch sees one class or two, and the model forgets each class "
        "while it learns the next.",
        "训练数据按类别排序：每个批次只含一两个类别，模型在学习下一类时会忘记前一类。",
    )
    evidence = Text(
        "values: in {ordered} of {pairs} pairs of consecutive batches ({batches} batches, {rows} labels) no label of "
        "the second was below one of the first; the labels go from {low:g} to {high:g}",
        "依据数值：在 {pairs} 对相邻批次中有 {ordered} 对（{batches} 个批次，{rows} 个标签），后一批的标签都不小于前一"
        "批；标签范围 {low:g} 到 {high:g}",
    )
    fix = Text(
        "write DataLoader(…, shuffle=True), or take the rows in the order of torch.randperm(len(data))",
        "请写 DataLoader(…, shuffle=True)，或按 torch.randperm(len(data)) 的顺序取样本",
    )

    def prepare(self) -> None:
        self.orders: dict[Site, _Order] = {}
        # The labels of losses that may still be trained on.
        self.pending: weakref.WeakKeyDictionary[LossTrace, _Batch] = weakref.WeakKeyDictionary()

    @on(ObservationPaused)
    def pause(self, event: ObservationPaused) -> None:
        for order in self.orders.values():
            order.last = None

    @on(BatchDrawn)
    def epoch(self, event: BatchDrawn) -> None:
        if event.first:
            # From the end of one pass to the beginning of the next, the labels fall.
            for order in self.orders.values():
                order.last = None

    @on(LossCall)
    def look(self, event: LossCall) -> None:
        if not event.takes_part or not (isinstance(event, LossExamined) or self._one_class_so_far(event)):
            return
        rows = event.labels.row_classes
        if rows is None or not rows.numel():
            return
        low, high = (float(end) for end in rows.aminmax())
        place = self.history.loader.site if self.history.loader is not None else event.site
        classes = event.input.shape[event.dim] if event.of_classes else 1
        self.pending[event.trace] = _Batch(low, high, rows.numel(), classes, place, *_memory(event.target))

    def _one_class_so_far(self, event: LossCall) -> bool:
        """Tell whether a line has seen one class only, on a device whose labels can be read without waiting."""
        order = self.orders.get(event.site)
        sorted_so_far = order is not None and not order.unordered and order.rising < _ORDERED
        return sorted_so_far and event.target.device.type == "cpu"

    @on(BackwardStarted)
    def train(self, event: BackwardStarted) -> None:
        for trace, _ in event.losses:
            seen = self.pending.pop(trace, None)
            if seen is not None:
                order = self.orders.setdefault(trace.site, _Order())
                _follow(order, seen)
                if order.low == order.high and order.batches >= _MONOTONOUS and order.classes > 1:
                    self.history.every_loss = True

    def finish(self) -> list[Finding]:
        found = []
        for order in self.orders.values():
            pairs = order.ordered + order.unordered
            values: dict[str, Any] = {
                "ordered": order.ordered,
                "pairs": pairs,
                "batches": order.batches,
                "rows": order.rows,
                "low": order.low,
                "high": order.high,
                "classes": order.classes,
            }
            if order.low < order.high:
                # Where batches are copies, the return to the first one is a pair out of order per pass.
                mostly = order.ordered >= 2 * order.unordered + _ORDERED
                if mostly and order.rising and order.rows >= 4 * order.batches:
                    found.append(self.found(order.place, **values))
            elif order.batches >= 8 and order.rows >= 32 and order.classes > 1 and pairs:
                found.append(self.found(order.place, severity="note", message=_ALWAYS_ONE, **values))
        return found


def _follow(order: _Order, batch: _Batch) -> None:
    """Compare a batch with the one before it."""
    last = order.last
    # The same data from the beginning: the labels fall from the end of one pass to the beginning of the next.
    again = last is not None and batch.memory == last.memory and batch.offset < last.offset
    if last is not None and not again:
        if batch.low >= last.high:
            order.ordered += 1
            order.rising += batch.high > last.low
        else:
            order.unordered += 1
    order.last = batch
    order.low, order.high = min(order.low, batch.low), max(order.high, batch.high)
    order.batches += 1
    order.rows += batch.rows
    order.classes = batch.classes
    order.place = batch.place


def _memory(labels: Tensor) -> tuple[int, int]:
    return labels.untyped_storage().data_ptr(), int(labels.storage_offset())
