"""A ReLU between the last layer and the loss."""

from __future__ import annotations

from typing import Any

from ...core.graph import MOVES, parents, source, source_of
from ..events import LossExamined
from ..finding import Text
from .base import Check, Findings, on

_INNER = ("LogSoftmaxBackward", "SigmoidBackward", "SoftmaxBackward", "LogSigmoidBackward")


class ReluBeforeLoss(Check):
    """The scores go through a ReLU before the loss.

    中文：最后一层后面多了 ReLU：logits 不能为负，被截断处没有梯度。

    Why: logits that cannot be negative cannot call a class improbable, and where the ReLU is at 0 no gradient passes.
    It usually comes from a layer list built in a loop.

    Wrong::

        for xb, yb in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb).relu(), yb)  # doctor: warning[relu-before-loss]
            loss.backward()
            optimizer.step()

    Right::

        for xb, yb in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb), yb)
            loss.backward()
            optimizer.step()

    Known limits: a proof: the graph ends in a ReLU or in a clamp at 0. A leaky ReLU is not reported, nor is a ReLU
    inside of the model.
    """

    id = "relu-before-loss"
    severity = "warning"
    subject = "loss"
    message = Text(
        "the scores go through a ReLU before {loss}: no score can be negative, and where the ReLU gives 0 the gradient "
        "of that class is 0 too.",
        "得分在进入 {loss} 之前经过了 ReLU：任何得分都不能为负，而且 ReLU 输出 0 的类别梯度也为 0。",
    )
    evidence = Text(
        "proof: the autograd graph of the loss's input ends in {operation}; {share:.0%} of the inputs are exactly 0",
        "证据：损失输入的计算图以 {operation} 结束；{share:.0%} 的输入恰好为 0",
    )
    fix = Text(
        "remove the ReLU after the last layer: a loss takes scores of either sign",
        "去掉最后一层之后的 ReLU：损失需要可正可负的得分",
    )

    @on(LossExamined)
    def check(self, event: LossExamined) -> Findings:
        if event.result is None or event.number > 8 or not event.input.numel():
            return
        node = _past_dropout(source(event.input))
        if node is not None and node.name().startswith(_INNER) and not event.loss.endswith("logits"):
            node = _past_dropout(source_of(node))
            share = None
        elif event.loss in ("cross_entropy", "binary_cross_entropy_with_logits"):
            share = float((event.input.detach() == 0).float().mean())
        else:
            return
        if node is None or not _is_relu(node):
            return
        if share is None:
            share = float((node._saved_result == 0).float().mean()) if hasattr(node, "_saved_result") else 0.0
        yield self.found(event.site, loss=event.loss, operation=node.name(), share=share)


def _is_relu(node: Any) -> bool:
    name = node.name()
    if name.startswith("ReluBackward"):
        return True
    if name.startswith("ClampBackward"):
        low, high = node._saved_min, node._saved_max
        return low is not None and float(low) == 0 and high is None
    return bool(name.startswith("HardtanhBackward") and node._saved_min_val == 0)


def _past_dropout(node: Any | None) -> Any | None:
    """Behind a dropout, which in the graph is a product with something that has no gradient."""
    while node is not None:
        name = node.name()
        single = len(parents(node)) == 1
        if not (name in MOVES or name.startswith("NativeDropout") or (name.startswith("MulBackward") and single)):
            return node
        above = parents(node)
        node = above[0] if above else None
    return None
