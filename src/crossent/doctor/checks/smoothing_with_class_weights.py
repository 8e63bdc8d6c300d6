"""label_smoothing and class weights in one loss."""

from __future__ import annotations

from ..events import LossExamined
from ..finding import Text
from .base import Check, Findings, on
from .weighting import class_weights

_FLIPS = Text(
    "with these class weights label_smoothing={smoothing:g} makes a wrong answer the best one: for a sample of class "
    "{light} (weight {low:.3g}) the loss is lowest when the model says class {heavy} (weight {high:.3g}).",
    "在这些类别权重下，label_smoothing={smoothing:g} 会让错误答案成为最优：对类别 {light}（权重 {low:.3g}）的样本，模型"
    "回答类别 {heavy}（权重 {high:.3g}）时损失最低。",
)
# Share of the target that may drift to the heaviest class before it is worth a warning.
_DRIFT = 0.25


class SmoothingWithClassWeights(Check):
    id = "smoothing-with-class-weights"
    severity = "note"
    message = Text(
        "label_smoothing={smoothing:g} together with class weights moves the targets towards heavy classes: a sample "
        "of class {light} (weight {low:.3g}) is taught class {heavy} (weight {high:.3g}) with probability {drift:.2f}.",
        "label_smoothing={smoothing:g} 与类别权重同时使用会把目标推向权重大的类别：类别 {light}（权重 {low:.3g}）的样本"
        "会以 {drift:.2f} 的概率被教成类别 {heavy}（权重 {high:.3g}）。",
    )
    evidence = Text(
        "proof: smoothed targets times weights: the weights differ by a factor of {ratio:.3g}, a wrong class wins from "
        "{limit:.3g}",
        "证据：平滑后的目标乘以权重：权重相差 {ratio:.3g} 倍，超过 {limit:.3g} 倍时错误类别胜出",
    )
    fix = Text(
        'write crossent.CrossEntropyLoss(weight=…, label_smoothing={smoothing:g}, smoothing_weight="target"), or drop '
        "one of the two",
        '请写 crossent.CrossEntropyLoss(weight=…, label_smoothing={smoothing:g}, smoothing_weight="target")，'
        "或去掉其中之一",
    )

    @on(LossExamined)
    def check(self, event: LossExamined) -> Findings:
        smoothing = event.label_smoothing
        if event.number > 4 or smoothing <= 0 or event.smoothing_weight == "target":
            return
        weights = class_weights(event)
        if weights is None:
            return
        positive = weights[weights > 0].double()
        if positive.numel() < 2:
            return
        classes = weights.numel()
        low, high = float(positive.min()), float(positive.max())
        ratio, limit = high / low, (classes * (1 - smoothing) + smoothing) / smoothing
        # What the loss of a sample of the lightest class is lowest at.
        spread = smoothing / classes * float(positive.sum()) + (1 - smoothing) * low
        drift = smoothing / classes * high / spread
        severity = "error" if ratio >= limit else ("warning" if drift >= _DRIFT else "note")
        yield self.found(
            event.built,
            severity=severity,
            message=_FLIPS if ratio >= limit else None,
            smoothing=smoothing,
            light=int((weights == low).nonzero()[0]) if bool((weights == low).any()) else int(weights.argmin()),
            heavy=int(weights.argmax()),
            low=low,
            high=high,
            drift=drift,
            ratio=ratio,
            limit=limit,
        )
