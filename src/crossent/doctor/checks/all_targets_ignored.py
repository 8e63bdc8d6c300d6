"""A batch in which nothing counts."""

from __future__ import annotations

from ..events import LossCall
from ..finding import Text
from .base import Check, Findings, on


class AllTargetsIgnored(Check):
    """All targets of a batch are ignored.

    中文：一个 batch 的目标全部被忽略：均值为 NaN。

    Why: the mean of nothing is NaN. The gradient is 0, so the weights survive, but the epoch's loss, its curve and
    every "best loss" do not: in the widely copied early-stopping class a NaN counts as an improvement.

    Wrong::

        for step, (xb, yb) in enumerate(loader):
            yb = torch.full_like(yb, -100) if step == 5 else yb
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb), yb)  # doctor: warning[all-targets-ignored]
            loss.backward()
            optimizer.step()

    Right::

        for step, (xb, yb) in enumerate(loader):
            yb = torch.full_like(yb, -100) if step == 5 else yb
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb), yb, reduction="sum") / (yb != -100).sum().clamp(min=1)
            loss.backward()
            optimizer.step()

    Known limits: a proof: every target of the call equals `ignore_index`. Where the loss is 0 instead it is a note.
    crossent's losses give 0 with `on_empty="zero"`.
    """

    id = "all-targets-ignored"
    severity = "warning"
    subject = "targets"
    message = Text(
        "all targets of a batch are ignore_index={ignore}: {effect}",
        "一个批次的所有目标都等于 ignore_index={ignore}：{effect_zh}",
    )
    evidence = Text(
        "proof: {count} of {count} targets of the call number {number} are {ignore}",
        "证据：第 {number} 次调用的 {count} 个目标全部为 {ignore}",
    )
    fix = Text(
        'skip such batches, or use crossent.CrossEntropyLoss(on_empty="zero"); if labels were meant to count, look at '
        "what ignore_index is set to",
        '跳过这样的批次，或使用 crossent.CrossEntropyLoss(on_empty="zero")；如果这些标签本应参与计算，请检查 '
        "ignore_index 的设置",
    )

    @on(LossCall)
    def check(self, event: LossCall) -> Findings:
        value = event.value
        if value is None or (value == value and value != 0) or not event.of_classes or not event.labels.by_index:
            return
        if event.labels.count or not event.target.numel():
            return
        nan = value != value
        yield self.found(
            event.site,
            severity=None if nan else "note",
            ignore=int(event.ignore_index or 0),
            effect="its mean is NaN, which spoils every average and every comparison with a best value."
            if nan
            else "it teaches nothing.",
            effect_zh="平均值为 NaN，会毁掉所有平均和与最优值的比较。" if nan else "它什么也没教给模型。",
            count=event.target.numel(),
            number=event.number + 1,
        )
