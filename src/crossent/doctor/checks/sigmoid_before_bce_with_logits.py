"""sigmoid (or softmax) before a loss that contains a sigmoid."""

from __future__ import annotations

from typing import Any

from ...core.graph import clamped, source
from ..events import LossExamined
from ..finding import Text
from ..graph import parameter_matrix
from .base import Check, Findings, on
from .softmax_on_wrong_axis import misplaced

_VALUES = Text(
    "values, not proof: all {count} inputs of {calls} calls are between 0 and 1",
    "依据数值（并非证明）：{calls} 次调用的 {count} 个输入都在 0 和 1 之间",
)
# Fewer values between 0 and 1 could be chance.
_ENOUGH_VALUES, _ENOUGH_CALLS = 128, 4


class SigmoidBeforeBceWithLogits(Check):
    """The model ends in a sigmoid, and `binary_cross_entropy_with_logits` applies another one.

    中文：BCEWithLogits 之前做了 sigmoid：去掉 sigmoid，或改用 BCELoss。

    Why: the loss applies the sigmoid a second time: it never sees a score below 0.5, cannot fall below about 0.5 on a
    balanced batch, and a threshold of 0.5 on the doubled sigmoid calls everything positive.

    Wrong::

        criterion = nn.BCEWithLogitsLoss()
        for xb, yb in loader:
            optimizer.zero_grad()
            labels = F.one_hot(yb, 3).float()
            loss = criterion(model(xb).sigmoid(), labels)  # doctor: error[sigmoid-before-bce-with-logits]
            loss.backward()
            optimizer.step()

    Right::

        criterion = nn.BCEWithLogitsLoss()
        for xb, yb in loader:
            optimizer.zero_grad()
            labels = F.one_hot(yb, 3).float()
            loss = criterion(model(xb), labels)
            loss.backward()
            optimizer.step()

    Known limits: a proof where the graph of the loss's input ends in a sigmoid (or softmax); otherwise values between 0
    and 1 in several calls, which is a warning. `F.binary_cross_entropy` on a sigmoid is right.
    """

    id = "sigmoid-before-bce-with-logits"
    severity = "error"
    subject = "loss"
    message = Text(
        "binary_cross_entropy_with_logits applies the sigmoid itself, but its input has been through {function} "
        "already: the loss sees no probability below 0.5 (a sure and right 0 still costs 0.69), and gradients vanish.",
        "binary_cross_entropy_with_logits 自带 sigmoid，而它的输入已经过 {function}：损失看到的概率不会低于 0.5（完全正"
        "确的 0 仍要付出 0.69），梯度会消失。",
    )
    evidence = Text(
        "proof: the autograd graph of the loss's input ends in {operation}",
        "证据：损失输入的计算图以 {operation} 结束",
    )
    fix = Text(
        "pass the logits: remove the {function} before BCEWithLogitsLoss (or keep it, and use BCELoss)",
        "直接传入 logits：去掉 BCEWithLogitsLoss 之前的 {function}（或者保留它并改用 BCELoss）",
    )

    def prepare(self) -> None:
        self.inside: dict[Any, tuple[int, int]] = {}

    @on(LossExamined)
    def check(self, event: LossExamined) -> Findings:
        if event.loss != "binary_cross_entropy_with_logits" or event.result is None:
            return
        node = clamped(source(event.input))
        name = node.name() if node is not None else ""
        if name.startswith("SoftmaxBackward") and misplaced(event) is not None:
            return
        if name.startswith(("SigmoidBackward", "SoftmaxBackward")):
            function = "sigmoid" if name.startswith("Sigmoid") else "softmax"
            yield self.found(event.site, operation=name, function=function)
            return
        if node is not None and parameter_matrix(node) is not None:
            # What a linear layer gives are logits, wherever they lie.
            return
        calls, count = self.inside.get(event.site, (0, 0))
        if calls < 0 or not event.input.numel():
            return
        low, high = (float(end) for end in event.input.detach().aminmax())
        if not (low >= 0 and high <= 1) or low == high:
            # Once outside is enough to know that these are logits.
            self.inside[event.site] = (-1, 0)
            return
        calls, count = calls + 1, count + event.input.numel()
        self.inside[event.site] = (calls, count)
        if calls >= _ENOUGH_CALLS and count >= _ENOUGH_VALUES:
            yield self.found(
                event.site, severity="warning", evidence=_VALUES, function="sigmoid", count=count, calls=calls
            )
