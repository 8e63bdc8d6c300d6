"""Several labels per row given to a loss that shares out one."""

from __future__ import annotations

from ..events import LossExamined
from ..finding import Text
from .base import Check, Findings, on


class MultiHotIntoCrossEntropy(Check):
    """`cross_entropy` gets rows of 0 and 1 with several labels, or with none.

    中文：多标签 (multi-hot) 目标不能用 cross_entropy，请用 BCEWithLogitsLoss。

    Why: float targets are class probabilities, and a row has to sum to 1. A row with two labels can never cost less
    than 1.386, and a row without a label costs nothing and trains nothing.

    Wrong::

        for xb, yb in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb), (xb[:, :3] > 0).float())  # doctor: error[multi-hot-into-cross-entropy]
            loss.backward()
            optimizer.step()

    Right::

        for xb, yb in loader:
            optimizer.zero_grad()
            loss = F.binary_cross_entropy_with_logits(model(xb), (xb[:, :3] > 0).float())
            loss.backward()
            optimizer.step()

    Known limits: a proof: targets of 0 and 1 only, and rows with several 1. Rows that were divided by their sum are a
    distribution, and not reported.
    """

    id = "multi-hot-into-cross-entropy"
    severity = "error"
    subject = "loss"
    message = Text(
        "cross_entropy takes a float target for probabilities that sum to 1, but gets rows of 0 and 1 with several "
        "labels (or none): the classes of a row compete, two labels can never both be predicted, and rows without a "
        "label are not learned from.",
        "cross_entropy 把浮点目标当作和为 1 的概率，而这里是含多个标签（或没有标签）的 0/1 行：同一行的类别相互竞争，两"
        "个标签不可能同时预测正确，没有标签的行学不到任何东西。",
    )
    evidence = Text(
        "proof: all targets are 0 or 1; of {rows} rows {several} have several labels and {none} have none",
        "证据：目标全为 0 或 1；{rows} 行中 {several} 行有多个标签，{none} 行没有标签",
    )
    fix = Text(
        "for several labels per sample use nn.BCEWithLogitsLoss",
        "一个样本有多个标签时请使用 nn.BCEWithLogitsLoss",
    )

    @on(LossExamined)
    def check(self, event: LossExamined) -> Findings:
        target, input = event.target.detach(), event.input
        if event.loss != "cross_entropy" or event.labels.by_index or event.result is None or input.ndim < 2:
            return
        if target.shape != input.shape or input.shape[event.dim] < 2:
            return
        if not bool(((target == 0) | (target == 1)).all()):
            return
        sums = target.sum(event.dim)
        several, none = int((sums > 1).sum()), int((sums == 0).sum())
        if several:
            yield self.found(event.site, rows=sums.numel(), several=several, none=none)
