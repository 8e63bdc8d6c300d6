"""Binary targets that are no probabilities."""

from __future__ import annotations

from torch import Tensor

from ..events import LossCall, LossExamined
from ..finding import Text
from .base import Check, Findings, on

_SCALE = Text("divide the masks by {high:g}: target / {high:g}", "把掩码除以 {high:g}：target / {high:g}")
_MARK = Text(
    "if {low:g} marks what does not count, write crossent.BCEWithLogitsLoss(ignore_index={low:g}); else map it to 0 "
    "or 1",
    "如果 {low:g} 表示不参与计算，请写 crossent.BCEWithLogitsLoss(ignore_index={low:g})；否则把它映射到 0 或 1",
)


class BceTargetOutsideUnitInterval(Check):
    """Binary targets lie outside of 0 … 1.

    中文：BCE 的目标不在 [0, 1] 内：掩码要除以 255，缺失值要用掩码去掉。

    Why: `binary_cross_entropy_with_logits` takes any target. With masks of 0 and 255, or with −1 for "unknown", the
    loss has no lower bound (−6375 for one confident pixel), and the logits run away.

    Wrong::

        criterion = nn.BCEWithLogitsLoss()
        for xb, yb in loader:
            optimizer.zero_grad()
            masks = 255.0 * F.one_hot(yb, 3)
            loss = criterion(model(xb), masks)  # doctor: error[bce-target-outside-unit-interval]
            loss.backward()
            optimizer.step()

    Right::

        criterion = nn.BCEWithLogitsLoss()
        for xb, yb in loader:
            optimizer.zero_grad()
            masks = 0.05 + 0.9 * F.one_hot(yb, 3)
            loss = criterion(model(xb), masks)
            loss.backward()
            optimizer.step()

    Known limits: a proof: the targets. Positions that a weight of 0, or a mask over an unreduced loss, takes out do not
    count. crossent's BCE takes `ignore_index=-1` for missing labels.
    """

    id = "bce-target-outside-unit-interval"
    severity = "error"
    subject = "targets"
    message = Text(
        "binary targets must lie between 0 and 1, but they go from {low:g} to {high:g}: the loss has no lower bound "
        "and drives the scores without end.",
        "二分类目标必须在 0 到 1 之间，而这里的范围是 {low:g} 到 {high:g}：损失没有下界，会把得分无限推大。",
    )
    evidence = Text(
        "proof: {count} of {total} targets are outside; values seen: {values}",
        "证据：{total} 个目标中有 {count} 个越界；出现的值：{values}",
    )
    fix = Text("map the targets to 0 … 1", "把目标映射到 0 … 1")

    @on(LossCall)
    def check(self, event: LossCall) -> Findings:
        if event.of_classes or not (isinstance(event, LossExamined) or event.error is not None):
            return
        ends = event.labels.extremes
        if ends is None or (ends[0] >= 0 and ends[1] <= 1):
            return
        target = event.target.detach()
        outside = (target < 0) | (target > 1)
        if event.ignore_index is not None:
            outside &= target != event.ignore_index
        if event.weight is not None and _fits(event.weight, target):
            # What has weight 0 does not count, whatever its target is.
            outside &= (event.weight != 0).expand_as(target)
        count = int(outside.sum())
        if not count:
            return
        low, high = ends
        fix = _MARK if low < 0 else (_SCALE if high in (255, 100) else self.fix)
        values = ", ".join(f"{value:g}" for value in event.labels.distinct[:6])
        # The losses of single positions can still be masked.
        severity = "note" if event.reduction == "none" and event.error is None else "error"
        yield self.found(
            event.site, severity=severity, fix=fix, low=low, high=high, count=count, total=target.numel(), values=values
        )


def _fits(weight: Tensor, target: Tensor) -> bool:
    try:
        weight.expand_as(target)
    except RuntimeError:
        return False
    return True
