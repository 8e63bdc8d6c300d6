"""The divergence of distributions, of probabilities where logarithms are meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from ...core.graph import activation
from ..events import DivergenceCall
from ..finding import Finding, Text
from ..sites import Site
from .base import Check, on

# Calls of a line that are examined, and those that must agree.
_LOOKS, _ENOUGH = 16, 1
# How far rounding may lift the logarithm of a probability above 0.
_ROUNDING = 1e-2

_SCORES = Text(
    "kl_div takes log-probabilities for its input, and got numbers up to {high:.3g}: scores of which no softmax was "
    "taken. The loss has no lower end, and falls as long as the scores grow.",
    "kl_div 的输入应为对数概率，得到的数却大到 {high:.3g}：这是没有经过 log_softmax 的分数。损失没有下界，分数越大它越"
    "小。",
)
_TARGET = Text(
    "kl_div takes probabilities for its target, and got logarithms (from {low:.3g} to {high:.3g}): p·(log p − q) is no "
    "divergence of a negative p.",
    "kl_div 的目标应为概率，这里给的却是对数（{low:.3g} 到 {high:.3g}）：p 为负时 p·(log p − q) 不再是散度。",
)
_TARGET_EVIDENCE = Text(
    "values: the target goes from {low:.3g} to {high:.3g}, and log_target is False, in {calls} calls",
    "依据数值：目标取值 {low:.3g} 到 {high:.3g}，而 log_target 为 False，共 {calls} 次调用",
)
_TARGET_FIX = Text(
    "write log_target=True, or give the target as probabilities: .softmax(1)",
    "请写 log_target=True，或让目标为概率：.softmax(1)",
)
_PROOF = Text(
    "proof: the graph of the input ends in {name}; values from {low:.3g} to {high:.3g}, in {calls} calls",
    "证据：输入的计算图以 {name} 结尾；取值 {low:.3g} 到 {high:.3g}，共 {calls} 次调用",
)


@dataclass
class _Seen:
    name: str | None = None
    low: float = 0.0
    high: float = 0.0
    calls: int = 0
    fine: int = 0


class KlOfProbabilities(Check):
    """`kl_div` gets probabilities where it takes logarithms.

    中文：KLDivLoss 的输入应为对数概率，这里却传入了概率。

    Why: `F.kl_div(input, target)` is target · (log target − input): the input is meant to be log-probabilities. Fed
    with probabilities the loss is negative, and falls on to −1 while nothing like a divergence gets smaller.

    Wrong::

        for xb, yb in loader:
            optimizer.zero_grad()
            p = F.one_hot(yb, 3).float()
            F.kl_div(model(xb).softmax(1), p, reduction="batchmean").backward()  # doctor: note[kl-of-probabilities]
            optimizer.step()

    Right::

        for xb, yb in loader:
            optimizer.zero_grad()
            p = F.one_hot(yb, 3).float()
            F.kl_div(model(xb).log_softmax(1), p, reduction="batchmean").backward()
            optimizer.step()

    Known limits: a proof where the graph of the input ends in a softmax or sigmoid; else values: logarithms of
    probabilities are not above 0, and probabilities not below. Scores without any softmax, and a target of logarithms
    without `log_target=True`, are reported too.
    """

    id = "kl-of-probabilities"
    severity = "error"
    subject = "loss"
    preview = True
    message = Text(
        "kl_div takes log-probabilities for its input, and got probabilities: the loss is no divergence, and goes "
        "below 0.",
        "kl_div 的输入应为对数概率，得到的却是概率：这个损失不是散度，会降到 0 以下。",
    )
    evidence = Text(
        "values: the input goes from {low:.3g} to {high:.3g}, in {calls} calls; a log-probability is never above 0",
        "依据数值：输入取值 {low:.3g} 到 {high:.3g}，共 {calls} 次调用；对数概率不会大于 0",
    )
    fix = Text(
        'write F.kl_div(F.log_softmax(scores, dim), p, reduction="batchmean")',
        '请写 F.kl_div(F.log_softmax(scores, dim), p, reduction="batchmean")',
    )

    def prepare(self) -> None:
        self.inputs: dict[Site, _Seen] = {}
        self.targets: dict[Site, _Seen] = {}

    @on(DivergenceCall)
    def call(self, event: DivergenceCall) -> None:
        seen = self.inputs.setdefault(event.site, _Seen())
        if seen.calls + seen.fine >= _LOOKS or not event.input.numel() or not event.target.numel():
            return
        seen.name = activation(event.input)
        low, high = _ends(event.input)
        _count(seen, seen.name is not None or 0 <= low < high or high > _ROUNDING, low, high)
        low, high = _ends(event.target)
        _count(self.targets.setdefault(event.site, _Seen()), not event.log_target and low < high <= 0, low, high)

    def finish(self) -> list[Finding]:
        found = []
        values: dict[str, Any]
        for site, seen in self.inputs.items():
            if seen.calls >= _ENOUGH and not seen.fine:
                message = _SCORES if seen.low < 0 else None
                evidence = _PROOF if seen.name else None
                values = {"name": seen.name, "low": seen.low, "high": seen.high, "calls": seen.calls}
                found.append(self.found(site, message=message, evidence=evidence, **values))
        for site, seen in self.targets.items():
            if seen.calls > _ENOUGH and not seen.fine:
                values = {"low": seen.low, "high": seen.high, "calls": seen.calls}
                found.append(self.found(site, message=_TARGET, fix=_TARGET_FIX, evidence=_TARGET_EVIDENCE, **values))
        return found


def _ends(tensor: Tensor) -> tuple[float, float]:
    low, high = tensor.detach().aminmax()
    return float(low), float(high)


def _count(seen: _Seen, wrong: bool, low: float, high: float) -> None:
    seen.fine += not wrong
    seen.calls += wrong
    if wrong:
        seen.low, seen.high = min(low, seen.low if seen.calls > 1 else low), max(high, seen.high)
