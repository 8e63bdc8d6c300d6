"""Weights that are no weights."""

from __future__ import annotations

from torch import Tensor

from ..events import LossExamined
from ..finding import Text
from .base import Check, Findings, on

_NEGATIVE = Text("negative: the loss of these classes is rewarded", "为负：这些类别错得越多损失越低")
_INFINITE = Text(
    "infinite (1 / 0, a class without samples?): the loss becomes NaN", "无穷（1 / 0，某类没有样本？）：损失会变成 NaN"
)
_NAN = Text("NaN: so is the loss", "NaN：损失也会是 NaN")
_ZERO = Text("all zero: nothing counts", "全为 0：没有任何样本参与计算")


class WeightInvalid(Check):
    id = "weight-invalid"
    severity = "error"
    message = Text("{name} holds values that are {what}", "{name} 中的值{what}")
    evidence = Text(
        "proof: {name} = {shown}, {count} bad, the first at {position}",
        "证据：{name} = {shown}，{count} 个无效，第一个在位置 {position}",
    )
    fix = Text(
        "use finite weights of at least 0: crossent.class_weights(labels, num_classes=…) gives classes without samples "
        "a weight of 0",
        "使用有限且非负的权重：crossent.class_weights(labels, num_classes=…) 会给没有样本的类别权重 0",
    )

    @on(LossExamined)
    def check(self, event: LossExamined) -> Findings:
        for name, weight in (("weight", event.weight), ("pos_weight", event.pos_weight)):
            if weight is None or not weight.numel() or event.number > 8:
                continue
            problem = _problem(weight.detach(), all_zero=event.of_classes or name == "pos_weight")
            if problem is None:
                continue
            what, bad = problem
            message = Text(
                self.message.en.replace("{what}", what.en) + ".", self.message.zh.replace("{what}", what.zh) + "。"
            )
            yield self.found(
                event.built,
                message=message,
                name=name,
                shown=_shown(weight.detach()),
                count=int(bad.sum()),
                position=int(bad.reshape(-1).nonzero()[0]),
            )


def _problem(weight: Tensor, all_zero: bool) -> tuple[Text, Tensor] | None:
    for text, bad in ((_NAN, weight.isnan()), (_INFINITE, weight.isinf()), (_NEGATIVE, weight < 0)):
        if bool(bad.any()):
            return text, bad
    if all_zero and not bool(weight.any()):
        return _ZERO, weight == 0
    return None


def _shown(weight: Tensor) -> str:
    values = [f"{value:.3g}" for value in weight.reshape(-1)[:6].tolist()]
    return f"[{', '.join(values)}{', …' if weight.numel() > 6 else ''}]"
