"""Softmax (or sigmoid) before a loss that contains it."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ...core.graph import clamped, source, source_of
from ..events import BackwardStarted, LossExamined
from ..finding import Text
from ..graph import nodes, scalar
from .base import Check, Findings, on
from .softmax_on_wrong_axis import misplaced

_PROVEN = Text(
    "proof: the autograd graph of the loss's input ends in {operation}",
    "证据：损失输入的计算图以 {operation} 结束",
)
_BY_HAND = Text(
    "proof: log_softmax of {operation} in the autograd graph of the loss",
    "证据：损失的计算图中，log_softmax 的输入是 {operation}",
)
_BY_HAND_MESSAGE = Text(
    "log_softmax takes logits, but its input has been through {function} already: logits between 0 and 1 cannot "
    "express a sure prediction (with {classes} classes the loss cannot fall below {floor:.2f}), and the gradient is up "
    "to {classes} times too small.",
    "log_softmax 的输入应为 logits，却已经过 {function}：取值在 0 到 1 之间的 logits 无法表达有把握的预测"
    "（{classes} 类时损失不会低于 {floor:.2f}），梯度最多会小 {classes} 倍。",
)
# Backward passes that are looked at, and nodes of each.
_LOOKS, _NODES = 8, 64
# What a log_softmax comes to in a graph, also one by hand: scores - scores.logsumexp(1).
_LOGARITHMS = ("LogSoftmax", "Logsumexp")
_VALUES = Text(
    "values, not proof: all {rows} rows are in [0, 1] and sum to 1 in {calls} calls",
    "依据数值（并非证明）：{calls} 次调用中 {rows} 行都在 [0, 1] 内且和为 1",
)


class SoftmaxBeforeCrossEntropy(Check):
    """The model ends in a softmax (or sigmoid), and `cross_entropy` applies another one.

    中文：交叉熵之前做了 softmax：模型应直接输出 logits。

    Why: `cross_entropy` takes logits and applies log_softmax itself. Fed with probabilities it sees scores between 0
    and 1: with C = 100 a perfect prediction still costs 3.62, and at the start the gradient is 1/100 of what it should
    be. Measured on 100 separable classes with SGD: accuracy 0.95 instead of 1.0. Adam hides it.

    Wrong::

        for xb, yb in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb).softmax(1), yb)  # doctor: error[softmax-before-cross-entropy]
            loss.backward()
            optimizer.step()

    Right::

        for xb, yb in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb), yb)
            loss.backward()
            optimizer.step()

    Known limits: where there is no graph, or the softmax is written by hand, only values tell (rows between 0 and 1
    that sum to 1, in several calls). Softmax for a metric, inside attention or for a teacher's targets is not reported;
    nor is log_softmax before `cross_entropy`, which changes nothing.
    """

    id = "softmax-before-cross-entropy"
    severity = "error"
    subject = "loss"
    message = Text(
        "cross_entropy applies log_softmax itself, but its input has been through {function} already: logits between 0 "
        "and 1 cannot express a sure prediction (with {classes} classes the loss cannot fall below {floor:.2f}), and "
        "the gradient is up to {classes} times too small.",
        "cross_entropy 自带 log_softmax，而它的输入已经过 {function}：取值在 0 到 1 之间的 logits 无法表达有把握的预测"
        "（{classes} 类时损失不会低于 {floor:.2f}），梯度最多会小 {classes} 倍。",
    )
    fix = Text(
        "pass the logits: remove the {function} before the loss, and apply it only to show probabilities",
        "直接传入 logits：去掉损失之前的 {function}，只在需要显示概率时再用",
    )
    evidence = _PROVEN

    def prepare(self) -> None:
        self.suspicious: dict[Any, int] = {}

    @on(LossExamined)
    def check(self, event: LossExamined) -> Findings:
        if event.loss != "cross_entropy" or event.result is None:
            return
        classes = event.input.shape[event.dim]
        if classes < 2:
            return
        node = _tempered(clamped(source(event.input)))
        name = node.name() if node is not None else ""
        floor = _floor(classes)
        if name.startswith("SoftmaxBackward") and misplaced(event) is not None:
            return
        if name.startswith(("SoftmaxBackward", "SigmoidBackward")):
            function = "softmax" if name.startswith("Soft") else "sigmoid"
            yield self.found(event.site, operation=name, function=function, classes=classes, floor=floor)
        elif name.startswith("LogSoftmax"):
            return
        elif _probabilities(event.input, event.dim):
            calls = self.suspicious[event.site] = self.suspicious.get(event.site, 0) + 1
            rows = event.input.numel() // classes
            if calls >= 2 and rows >= 2:
                yield self.found(
                    event.site,
                    evidence=_VALUES,
                    rows=rows,
                    calls=calls,
                    function="softmax",
                    classes=classes,
                    floor=floor,
                )

    @on(BackwardStarted)
    def backward(self, event: BackwardStarted) -> Findings:
        """Losses that are written by hand: a log_softmax of their own, of a softmax."""
        if event.number >= _LOOKS or any(trace.loss == "cross_entropy" for trace, _ in event.losses):
            return
        node = next((node for node in nodes(event.roots, _NODES) if node.name().startswith(_LOGARITHMS)), None)
        before = _tempered(clamped(source_of(node))) if node is not None else None
        name = before.name() if before is not None else ""
        if before is None or not name.startswith(("SoftmaxBackward", "SigmoidBackward")):
            return
        classes = before._saved_result.shape[-1]
        if classes > 1:
            yield self.found(
                event.losses[0][0].site if event.losses else event.site,
                message=_BY_HAND_MESSAGE,
                evidence=_BY_HAND,
                operation=name,
                function="softmax" if name.startswith("Soft") else "sigmoid",
                classes=classes,
                floor=_floor(classes),
            )


def _tempered(node: Any) -> Any:
    """Behind a division by a temperature of at least 1, which brings probabilities closer together."""
    while node is not None and node.name() == "DivBackward0" and (scalar(node._saved_other) or 0) >= 1:
        node = clamped(source_of(node))
    return node


def _floor(classes: int) -> float:
    from math import e, log

    return log(e + classes - 1) - 1


def _probabilities(input: Tensor, dim: int) -> bool:
    values = input.detach().float()
    if bool((values < 0).any()) or bool((values > 1.0001).any()):
        return False
    # One-hot rows are labels, not what a softmax gives.
    return bool(((values.sum(dim) - 1).abs() < 1e-3).all()) and bool(((values > 0) & (values < 1)).any())
