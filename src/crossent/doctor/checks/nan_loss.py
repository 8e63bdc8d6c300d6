"""A loss that is not a number."""

from __future__ import annotations

from math import isfinite
from typing import Any

from torch import Tensor

from ..events import BackwardStarted, LossCall, LossExamined, StepStarted
from ..finding import Finding, Text
from ..sites import Site
from ..traces import OWN
from .base import Check, Findings, on

_LOGITS = Text(
    "its input holds {bad} NaN or infinite values of {count}", "其输入的 {count} 个值中有 {bad} 个是 NaN 或无穷"
)
_TARGET = Text("its target holds NaN or infinite values", "其目标中有 NaN 或无穷")
_WEIGHT = Text("the class weights of its targets sum to 0", "目标对应的类别权重之和为 0")
_OTHER = Text("its input and target are finite", "其输入和目标都是有限值")
_SCALED = Text(
    "a GradScaler has enlarged the loss, and {optimizer}.step() used the enlarged gradients as they are",
    "GradScaler 放大了损失，而 {optimizer}.step() 直接使用了放大后的梯度",
)
_UNSCALE = Text(
    "step through the scaler: scaler.step(optimizer) and scaler.update() in the place of optimizer.step(); it divides "
    "the gradients by the scale first, and leaves out a step that overflows",
    "通过 scaler 更新：用 scaler.step(optimizer) 和 scaler.update() 代替 optimizer.step()，梯度会先除以缩放因子，溢出的"
    "步会被跳过",
)
_LOWER = Text(
    "lower the learning rate, clip gradients with nn.utils.clip_grad_norm_, and check the data for NaN; from this step "
    "on every weight is lost",
    "降低学习率，用 nn.utils.clip_grad_norm_ 裁剪梯度，并检查数据中的 NaN；从这一步起所有权重都已损坏",
)


class NanLoss(Check):
    """The loss became NaN or infinite.

    中文：损失变成 NaN 或无穷大，此后权重全部作废。

    Why: from the first NaN on every weight is NaN, and the script runs on. The finding names the first such step and
    what was not finite before it: the input, the target, the weights, or only the loss; or that a GradScaler's enlarged
    gradients were used as they are.

    Wrong::

        for step, (xb, yb) in enumerate(loader):
            if step == 5:
                xb[0, 0] = float("nan")  # a measurement is missing
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb), yb)  # doctor: error[nan-loss]
            loss.backward()
            optimizer.step()

    Right::

        for step, (xb, yb) in enumerate(loader):
            if step == 5:
                xb[0, 0] = float("nan")  # a measurement is missing
            xb = xb.nan_to_num(0.0)
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb), yb)
            loss.backward()
            optimizer.step()

    Known limits: a proof: the value of the loss. The first calls of a line and all that are not finite are looked at;
    losses per position only in the first calls.
    """

    id = "nan-loss"
    severity = "error"
    subject = "loss"
    message = Text(
        "the loss became {value} at step {step}: {cause}.",
        "损失在第 {step} 步变为 {value}：{cause}。",
    )
    evidence = Text("proof: the value of the loss", "证据：损失的值")
    fix = _LOWER

    def prepare(self) -> None:
        # The optimizer that stepped on gradients which a scaler had enlarged, if any did.
        self.unscaled: str | None = None

    @on(StepStarted)
    def step(self, event: StepStarted) -> None:
        scaler = self.history.scaler() if self.history.scaler is not None else None
        if scaler is None or event.optimizer in self.history.scaled or self.unscaled is not None:
            return
        stages = getattr(scaler, "_per_optimizer_states", {})
        stage = stages[id(event.optimizer)].get("stage") if id(event.optimizer) in stages else None
        if getattr(stage, "name", "READY") == "READY":
            self.unscaled = type(event.optimizer).__name__

    @on(LossCall)
    def loss(self, event: LossCall) -> Findings:
        value = event.value
        if value is None and isinstance(event, LossExamined) and event.result is not None and event.reduction == "none":
            value = float(event.result.detach().sum())
        if value is None or isfinite(value):
            return
        if event.of_classes and event.labels.by_index and not event.labels.count:
            # The mean of nothing: what `all-targets-ignored` is about.
            return
        cause, values = _cause(event)
        yield self._say(event.site, value, cause, **values)

    @on(BackwardStarted)
    def backward(self, event: BackwardStarted) -> Findings:
        if any(trace.loss != OWN for trace, _ in event.losses) or len(event.roots) != 1:
            return
        root = event.roots[0]
        if root.numel() == 1 and root.device.type == "cpu" and not isfinite(value := float(root.detach())):
            yield self._say(event.site, value, Text("it is a loss of your own", "这是自定义损失"))

    def _say(self, site: Site, value: float, cause: Text, **values: Any) -> Finding:
        fix = None
        if self.unscaled is not None:
            cause, fix = _SCALED, _UNSCALE
        message = Text(self.message.en.replace("{cause}", cause.en), self.message.zh.replace("{cause}", cause.zh))
        told = {**values, "optimizer": self.unscaled, "value": value, "step": self.history.steps + 1}
        return self.found(site, message=message, fix=fix, **told)


def _cause(event: LossCall) -> tuple[Text, dict[str, int]]:
    bad = _not_finite(event.input)
    # Classes masked by −inf are meant.
    if bool(event.input.detach().isnan().any()) or bad == event.input.numel():
        return _LOGITS, {"bad": bad, "count": event.input.numel()}
    if event.target.is_floating_point() and _not_finite(event.target):
        return _TARGET, {}
    weight = event.weight
    by_class = weight is not None and event.of_classes and event.labels.by_index and weight.ndim == 1
    if by_class and weight is not None and not float(weight.detach()[event.labels.counting.long()].sum()):
        return _WEIGHT, {}
    return (_LOGITS, {"bad": bad, "count": event.input.numel()}) if bad else (_OTHER, {})


def _not_finite(tensor: Tensor) -> int:
    return int((~tensor.detach().isfinite()).sum())
