"""Labels outside of [0, C)."""

from __future__ import annotations

import re

from ..events import LossExamined, ScriptFailed
from ..finding import Text
from .base import Check, Findings, on

_FROM_ERROR = Text("proof: the script died of {error}", "证据：脚本因 {error} 终止")
_BASE_ONE = Text(
    "labels seem to count from 1: write y - 1 where the labels are read",
    "标签似乎从 1 开始：在读取标签处写 y - 1",
)
_VOID = Text(
    "if {value} marks what does not count, write ignore_index={value}",
    "如果 {value} 表示不参与计算的位置，请写 ignore_index={value}",
)
_NEGATIVE = Text(
    "if {value} marks what does not count, write ignore_index={value}; else map the labels to 0 … {last}",
    "如果 {value} 表示不参与计算的位置，请写 ignore_index={value}；否则把标签映射到 0 … {last}",
)
_DEAD = (
    r"Target (-?\d+) is out of bounds",
    r"Class values must be (smaller than num_classes|non-negative)",
    r"device-side assert",
)


class TargetOutOfRange(Check):
    """A label lies outside of the model's classes.

    中文：标签超出 [0, C)：是否从 1 开始编号？255 是否为忽略值？

    Why: on a CPU the script dies of `IndexError: Target 3 is out of bounds.`, on a GPU of a device-side assert that
    takes the process with it. The finding says which labels there are, and what that looks like: labels that start at
    1, or 255 for void.

    Wrong::

        for xb, yb in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb), yb + 1)  # doctor: error[target-out-of-range]
            loss.backward()
            optimizer.step()

    Right::

        for xb, yb in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb), yb)
            loss.backward()
            optimizer.step()

    Known limits: a proof: the labels, or the error that the script died of.
    """

    id = "target-out-of-range"
    severity = "error"
    subject = "targets"
    message = Text(
        "a label lies outside of the model's {classes} classes (0 … {last}): torch stops here, or on a GPU breaks the "
        "whole process.",
        "标签超出了模型的 {classes} 个类别（0 … {last}）：torch 会在此报错，在 GPU 上则会毁掉整个进程。",
    )
    evidence = Text(
        "proof: labels from {low} to {high}, {count} of {total} out of range, the first is {value} at position "
        "{position}",
        "证据：标签范围 {low} 到 {high}，{total} 个中有 {count} 个越界，第一个是位置 {position} 的 {value}",
    )
    fix = Text(
        "give the last layer {needed} outputs, or map the labels to 0 … {last}",
        "让最后一层有 {needed} 个输出，或把标签映射到 0 … {last}",
    )

    def prepare(self) -> None:
        self.seen = False

    @on(LossExamined)
    def check(self, event: LossExamined) -> Findings:
        if not event.of_classes or not event.labels.by_index or event.target.dtype.is_complex:
            return
        # On the CPU torch itself looks at every label: only a call that failed can have a wrong one.
        if event.error is None and event.input.device.type == "cpu":
            return
        classes = event.input.shape[event.dim]
        target = event.target.detach().reshape(-1)
        if event.target.shape != _positions(event) or not target.numel():
            return
        wrong = ((target < 0) | (target >= classes)) & (target != event.ignore_index)
        bad = target[wrong]
        if not bad.numel():
            return
        self.seen = True
        low, high = int(target.min()), int(target.max())
        value = int(bad[0])
        fix = self.fix
        if low == 1 and high == classes:
            fix = _BASE_ONE
        elif value == 255:
            fix = _VOID
        elif value < 0:
            fix = _NEGATIVE
        yield self.found(
            event.site,
            fix=fix,
            low=low,
            high=high,
            count=bad.numel(),
            total=target.numel(),
            value=value,
            position=int(wrong.nonzero()[0]),
            classes=classes,
            last=classes - 1,
            needed=high + 1,
        )

    @on(ScriptFailed)
    def died(self, event: ScriptFailed) -> Findings:
        text = str(event.error)
        if self.seen or not any(re.search(pattern, text) for pattern in _DEAD):
            return
        yield self.found(
            event.site, evidence=_FROM_ERROR, error=text.splitlines()[0], classes="C", last="C-1", needed="C"
        )


def _positions(event: LossExamined) -> tuple[int, ...]:
    shape = list(event.input.shape)
    del shape[event.dim]
    return tuple(shape)
