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
    """Label smoothing and class weights are multiplied with each other.

    中文：标签平滑与类别权重相乘：稀有类的权重太大时，最优解会变成错误的类别。

    Why: torch multiplies the smoothed target with the class weights. With a smoothing of 0.1 and two classes, a weight
    ratio above 19 makes the *wrong* class the optimum for every sample of the frequent class. Measured: 1 % positives,
    "balanced" weights 0.51 and 46.9, a linear model: accuracy 0.937 without smoothing, 0.011 with it.

    Wrong::

        weight = torch.tensor([1.0, 1.0, 99.0])
        criterion = nn.CrossEntropyLoss(weight, label_smoothing=0.1)  # doctor: error[smoothing-with-class-weights]
        for xb, yb in loader:
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            optimizer.step()

    Right::

        criterion = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 1.0, 1.5]), label_smoothing=0.1)
        for xb, yb in loader:
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            optimizer.step()

    Known limits: a proof: weights and smoothing decide it alone; the evidence gives the ratio and its limit. Where no
    class flips it is a warning or a note, by how far the targets drift. crossent's `smoothing_weight="target"` weighs
    the whole smoothed loss of a sample by the weight of its class, which can never do this.
    """

    id = "smoothing-with-class-weights"
    severity = "error"
    subject = "weights"
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
