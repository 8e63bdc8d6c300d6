"""Softmax over one class."""

from __future__ import annotations

from typing import Any

from ..events import LossExamined
from ..finding import Text
from .base import Check, Findings, on

_BATCH = Text(
    "cross_entropy got a 1-D input with a float target that is no distribution (it sums to {total:.3g}): the rows of "
    "the batch are taken for the classes of one sample.",
    "cross_entropy 收到一维输入和不是概率分布的浮点目标（其和为 {total:.3g}）：整个批次被当成了一个样本的各个类别。",
)


class SingleColumnCrossEntropy(Check):
    """`cross_entropy` gets one output column.

    中文：只有一列输出却用了 CrossEntropyLoss：损失恒为 0；请用 BCEWithLogitsLoss，或输出两列。

    Why: the softmax of one score is 1: the loss is 0, the gradient is 0, nothing trains. With the column squeezed away,
    (N,) scores and (N,) float targets become a softmax over the *batch*.

    Wrong::

        model = nn.Linear(6, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for xb, yb in loader:
            optimizer.zero_grad()
            labels = (yb > 0).float()
            loss = F.cross_entropy(model(xb), labels.unsqueeze(1))  # doctor: error[single-column-cross-entropy]
            loss.backward()
            optimizer.step()

    Right::

        model = nn.Linear(6, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for xb, yb in loader:
            optimizer.zero_grad()
            labels = (yb > 0).float()
            loss = F.binary_cross_entropy_with_logits(model(xb).squeeze(1), labels)
            loss.backward()
            optimizer.step()

    Known limits: a proof: the shapes.
    """

    id = "single-column-cross-entropy"
    severity = "error"
    subject = "loss"
    message = Text(
        "cross_entropy over one output column: the softmax of a single value is always 1, so the loss and its gradient "
        "are 0 and nothing is learned.",
        "cross_entropy 只有一列输出：单个数的 softmax 恒为 1，损失和梯度都是 0，什么也学不到。",
    )
    evidence = Text(
        "proof: input of shape {shape}, target of shape {target}", "证据：输入形状 {shape}，目标形状 {target}"
    )
    fix = Text(
        "for two classes from one output write F.binary_cross_entropy_with_logits(logits.squeeze(1), y.float()), or "
        "give the last layer 2 outputs",
        "一个输出做二分类请写 F.binary_cross_entropy_with_logits(logits.squeeze(1), y.float())，或让最后一层输出 2 个"
        "值",
    )

    @on(LossExamined)
    def check(self, event: LossExamined) -> Findings:
        if not event.of_classes or event.number > 2:
            return
        shapes: dict[str, Any] = {"shape": tuple(event.input.shape), "target": tuple(event.target.shape)}
        if event.input.ndim > 1 and event.input.shape[event.dim] == 1:
            yield self.found(event.site, **shapes)
        elif event.input.ndim == 1 and not event.labels.by_index and event.target.numel() > 1:
            total = float(event.target.detach().sum())
            if abs(total - 1) > 0.01:
                yield self.found(event.site, message=_BATCH, total=total, **shapes)
