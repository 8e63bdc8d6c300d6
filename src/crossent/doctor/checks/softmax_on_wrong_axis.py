"""A softmax that does not run over the classes."""

from __future__ import annotations

from ..axes import Softmax, softmax_before, softmax_in
from ..events import BackwardStarted, LossCall, LossExamined
from ..finding import Finding, Text
from ..sites import Site
from ..traces import OWN
from .base import Check, Findings, on

# Calls of a line, and backward passes, whose graphs are looked at: the graph of a line stays the same.
_LOOKS = 3

_ONE = Text(
    "the {function} runs over axis {axis} of a tensor of shape {shape}, which has length 1: its result is the same "
    "number whatever the model says, the gradient is 0 and nothing is learned.",
    "{function} 作用在形状 {shape} 的第 {axis} 轴上，而该轴长度为 1：无论模型输出什么，结果都是同一个数，梯度为 0，"
    "什么也学不到。",
)
_ONE_FIX = Text(
    "for two classes from one output use torch.sigmoid, or F.binary_cross_entropy_with_logits on the raw output; for "
    "classes on another axis name that axis: dim=-1",
    "一个输出做二分类请用 torch.sigmoid，或对原始输出使用 F.binary_cross_entropy_with_logits；若类别在别的轴上，请写明"
    "该轴：dim=-1",
)
_DROP = Text(
    "remove the {function}: cross_entropy takes the logits and normalises over the classes itself",
    "去掉 {function}：cross_entropy 接收 logits，会自己在类别轴上归一化",
)


class SoftmaxOnWrongAxis(Check):
    """A softmax runs over the rows of the batch, or over an axis of length 1, instead of over the classes.

    中文：softmax 作用在了批次轴（或长度为 1 的轴）上：请写明类别轴 dim。

    Why: over axis 0 the rows of a batch share one probability: what the model says of a sample depends on which others
    came with it, and a batch of one is always sure. Over an axis of length 1 the result is 1 (its logarithm 0) whatever
    the model says, and there is no gradient. `nn.Softmax()` without `dim` takes axis 0 of a tensor with three.

    Wrong::

        for xb, yb in loader:
            optimizer.zero_grad()
            loss = F.nll_loss(F.log_softmax(model(xb), dim=0), yb)  # doctor: error[softmax-on-wrong-axis]
            loss.backward()
            optimizer.step()

    Right::

        for xb, yb in loader:
            optimizer.zero_grad()
            loss = F.nll_loss(F.log_softmax(model(xb), dim=1), yb)
            loss.backward()
            optimizer.step()

    Known limits: only a softmax whose result is the input of a loss, or what a hand-written one is the mean of, is
    looked at; one inside of a model, for attention or routing, may run over any axis. So may one over candidates (one
    score per row), over the regions of an image, or over both axes of a similarity matrix.
    """

    id = "softmax-on-wrong-axis"
    severity = "error"
    subject = "loss"
    message = Text(
        "the {function} runs over axis {axis} of a tensor of shape {shape} ({what}), not over the classes: the rows "
        "compete with each other, and what the model says of one depends on the others of its batch.",
        "{function} 作用在形状 {shape} 的第 {axis} 轴（{what_zh}）而不是类别轴上：各行相互竞争，模型对某一行的回答"
        "取决于同一批次的其他行。",
    )
    evidence = Text(
        "proof: {operation} with dim={axis} in the autograd graph of the loss",
        "证据：损失的计算图中有 dim={axis} 的 {operation}",
    )
    fix = Text(
        "name the axis of the classes: {function}(…, dim={right})",
        "写明类别所在的轴：{function}(…, dim={right})",
    )

    @on(LossExamined)
    def loss(self, event: LossExamined) -> Findings:
        if event.number < _LOOKS and event.result is not None and (softmax := misplaced(event)) is not None:
            yield self._say(event.site, softmax, _DROP if event.loss == "cross_entropy" else None)

    @on(BackwardStarted)
    def backward(self, event: BackwardStarted) -> Findings:
        """Losses that are written by hand, or not of classes."""
        known = any(trace.loss != OWN for trace, _ in event.losses)
        if event.number >= _LOOKS or known or len(event.roots) != 1:
            return
        softmax = softmax_in(event.roots[0])
        if softmax is not None and (softmax.size == 1 or softmax.over_rows):
            yield self._say(event.site, softmax, None)

    def _say(self, site: Site, softmax: Softmax, fix: Text | None) -> Finding:
        one = softmax.size == 1
        batch = softmax.axis == 0
        return self.found(
            site,
            message=_ONE if one else None,
            fix=_ONE_FIX if one else fix,
            function="log_softmax" if softmax.name == "LogSoftmax" else "softmax",
            operation=f"{softmax.name}Backward",
            axis=softmax.axis,
            shape=softmax.shape,
            what="the batch" if batch else "not that of the classes",
            what_zh="批次" if batch else "不是类别",
            right=-1 if batch else "…",
        )


def misplaced(event: LossCall) -> Softmax | None:
    """The softmax before a loss that runs over another axis than the classes, or over a single value."""
    softmax = softmax_before(event.input)
    if softmax is None:
        return None
    if softmax.size == 1:
        # One column is what `single-column-cross-entropy` is about.
        return None if event.of_classes and event.input.shape[event.dim] == 1 else softmax
    if not event.of_classes:
        return softmax if softmax.over_rows else None
    return softmax if softmax.labels is not None and softmax.labels[event.dim] is False else None
