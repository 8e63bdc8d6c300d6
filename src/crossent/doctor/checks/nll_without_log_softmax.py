"""nll_loss on something that is not log-probabilities."""

from __future__ import annotations

from ...core.graph import source
from ..events import LossExamined
from ..finding import Text
from .base import Check, Findings, on
from .softmax_on_wrong_axis import misplaced

# Operations whose result can be a log-probability.
_LOGARITHMS = (
    "LogSoftmax",
    "Log",
    "Sub",
    "Add",
    "Where",
    "MaskedFill",
    "Logaddexp",
    "Max",
    "Min",
    "Clamp",
    "Div",
    "Mul",
)
# Positive by more than rounding, in nats; and how far the probabilities of a row may be from 1, on a logarithmic scale.
_POSITIVE, _OFF = 0.01, 0.05


class NllWithoutLogSoftmax(Check):
    """`nll_loss` gets something that is not log-probabilities.

    中文：NLLLoss 需要 log_softmax 的输出。

    Why: `nll_loss` is minus the input at the target. On raw logits it has no lower bound: 100 steps of SGD on two
    classes reach −24.75 and would go on. On softmax probabilities it lies between −1 and 0, with almost no gradient.

    Wrong::

        for xb, yb in loader:
            optimizer.zero_grad()
            loss = F.nll_loss(model(xb), yb)  # doctor: error[nll-without-log-softmax]
            loss.backward()
            optimizer.step()

    Right::

        for xb, yb in loader:
            optimizer.zero_grad()
            loss = F.nll_loss(F.log_softmax(model(xb), dim=1), yb)
            loss.backward()
            optimizer.step()

    Known limits: a proof where inputs are positive; otherwise the graph does not end in a logarithm and the values are
    no log-probabilities. A log_softmax over another axis is `softmax-on-wrong-axis`.
    """

    id = "nll-without-log-softmax"
    severity = "error"
    subject = "loss"
    message = Text(
        "nll_loss expects log-probabilities and only picks and negates one of them; what it gets here comes from "
        "{operation}, so the loss has no lower bound (or, after a softmax, almost no gradient).",
        "nll_loss 需要对数概率，它只是取出其中一个再取负；而这里传入的是 {operation} 的结果，损失没有下界（若是 "
        "softmax 之后的概率，则几乎没有梯度）。",
    )
    evidence = Text(
        "{kind}: the largest input is {largest:.3g}, and exp(input) of a row sums to {total:.3g} instead of 1",
        "{kind}：最大输入为 {largest:.3g}，一行 exp(input) 之和为 {total:.3g} 而不是 1",
    )
    fix = Text(
        "use nn.CrossEntropyLoss on the raw logits, or pass F.log_softmax(logits, dim={dim}) to nll_loss",
        "对原始 logits 使用 nn.CrossEntropyLoss，或把 F.log_softmax(logits, dim={dim}) 传给 nll_loss",
    )

    @on(LossExamined)
    def check(self, event: LossExamined) -> Findings:
        if event.loss != "nll_loss" or event.result is None or not event.input.numel():
            return
        values = event.input.detach().float()
        largest = float(values.max())
        totals = values.logsumexp(event.dim)
        off = float(totals.abs().max())
        node = source(event.input)
        operation = node.name().rstrip("0123456789").removesuffix("Backward") if node is not None else "?"
        unlike = node is not None and operation not in _LOGARITHMS and off > _OFF
        if (largest > _POSITIVE or unlike) and misplaced(event) is None:
            total = float(totals.max().clamp(max=80).exp())
            kind = "proof" if largest > _POSITIVE else "graph and values"
            yield self.found(event.site, kind=kind, operation=operation, largest=largest, total=total, dim=event.dim)
