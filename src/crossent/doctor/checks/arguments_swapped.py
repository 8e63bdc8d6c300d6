"""The target of a loss in the place of its input."""

from __future__ import annotations

from ..events import LossSwapped
from ..finding import Text
from .base import Check, Findings, on

_DIED = Text(
    "{loss} got its arguments in the wrong order: the labels stand where the model's output belongs, and torch stops "
    "there.",
    "{loss} 的参数顺序反了：标签放在了模型输出的位置，torch 因此报错。",
)


class ArgumentsSwapped(Check):
    """A loss gets its target where its input belongs: `loss(target, prediction)`, as scikit-learn's metrics take them.

    中文：损失函数的参数写反了：先模型输出，后标签。

    Why: one-hot labels and scores have the same shape, so nothing complains. The labels are taken for scores, the
    model's output for probabilities, and the loss falls without end while the model learns nothing.

    Wrong::

        for xb, yb in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(F.one_hot(yb, 3).float(), model(xb))  # doctor: error[arguments-swapped]
            loss.backward()
            optimizer.step()

    Right::

        for xb, yb in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb), F.one_hot(yb, 3).float())
            loss.backward()
            optimizer.step()

    Known limits: a proof, as the first argument needs no gradient, holds labels, and the second does need one. Under
    `no_grad` nothing tells the two apart. A student's probabilities as the target under a fixed teacher's logits are
    meant, and not reported.
    """

    id = "arguments-swapped"
    severity = "error"
    subject = "loss"
    message = Text(
        "{loss} got its arguments in the wrong order: it takes the labels for scores and the model's output for the "
        "target, and the loss has its minimum somewhere else.",
        "{loss} 的参数顺序反了：它把标签当成得分，把模型输出当成目标，损失的最小值已不在正确的地方。",
    )
    evidence = Text(
        "proof: the first argument ({dtype} of shape {shape}) needs no gradient and holds labels; the second, of shape "
        "{target}, is what the model computed",
        "证据：第一个参数（{dtype}，形状 {shape}）不需要梯度，内容是标签；第二个参数（形状 {target}）才是模型算出的",
    )
    fix = Text(
        "write {loss}(prediction, target): the model's output first",
        "请写 {loss}(prediction, target)：模型输出在前",
    )

    @on(LossSwapped)
    def check(self, event: LossSwapped) -> Findings:
        call = event.call
        yield self.found(
            event.site,
            message=_DIED if call.error is not None else None,
            loss=call.loss,
            dtype=str(call.input.dtype).removeprefix("torch."),
            shape=tuple(call.input.shape),
            target=tuple(call.target.shape),
        )
