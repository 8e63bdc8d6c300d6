"""Binary weights that meet another axis than the classes."""

from __future__ import annotations

from typing import Any

from ..axes import origin
from ..events import LossExamined
from ..finding import Text
from .base import Check, Findings, on

_MISMATCH = Text(
    "proof: {name} of shape {weight} does not fit input of shape {shape}: torch aligns it with the last axis ({error})",
    "证据：{name} 形状 {weight} 与输入形状 {shape} 不符：torch 把它对齐到最后一个轴（{error}）",
)
_BROADCAST = Text(
    "{name} of shape {weight} and an input of shape {shape} are spread to a table of {result}: every sample is "
    "weighted with the weight of every other.",
    "{name} 形状 {weight} 与输入形状 {shape} 被广播成 {result} 的表：每个样本都乘上了其他所有样本的权重。",
)


class PosWeightOnWrongAxis(Check):
    """`pos_weight` (or `weight`) of a binary loss meets another axis than the classes.

    中文：pos_weight 作用在最后一维，不是类别维：请写成 view(C, 1, 1)。

    Why: `pos_weight` and `weight` of BCE broadcast against the *last* axis. On (N, C, H, W) a `pos_weight` of length C
    raises, unless W equals C: then it weighs image columns.

    Wrong::

        net = nn.Conv2d(1, 4, 1)
        weight = torch.tensor([1.0, 2.0, 4.0, 8.0])
        criterion = nn.BCEWithLogitsLoss(pos_weight=weight)  # doctor: error[pos-weight-on-wrong-axis]
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        for image in torch.rand(8, 2, 1, 4, 4):
            optimizer.zero_grad()
            loss = criterion(net(image), (image > torch.tensor([0.2, 0.4, 0.6, 0.8]).view(4, 1, 1)).float())
            loss.backward()
            optimizer.step()

    Right::

        net = nn.Conv2d(1, 4, 1)
        weight = torch.tensor([1.0, 2.0, 4.0, 8.0])
        criterion = nn.BCEWithLogitsLoss(pos_weight=weight.view(4, 1, 1))
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        for image in torch.rand(8, 2, 1, 4, 4):
            optimizer.zero_grad()
            loss = criterion(net(image), (image > torch.tensor([0.2, 0.4, 0.6, 0.8]).view(4, 1, 1)).float())
            loss.backward()
            optimizer.step()

    Known limits: a proof: the shapes, and which axis the classes stand on. In crossent's BCE `dim=1` binds weights of
    length C to the class axis.
    """

    id = "pos-weight-on-wrong-axis"
    severity = "error"
    subject = "weights"
    message = Text(
        "{name} has one value per class, but torch aligns it with the last axis of the input (size {last}), which is "
        "not the class axis: it weights positions instead of classes.",
        "{name} 每类一个值，但 torch 把它对齐到输入的最后一个轴（大小 {last}），而那不是类别轴：它加权的是位置而不是类"
        "别。",
    )
    evidence = Text(
        "{kind}: {name} of shape {weight}, input of shape {shape}, classes on axis 1",
        "{kind_zh}：{name} 形状 {weight}，输入形状 {shape}，类别在第 1 轴",
    )
    fix = Text(
        "write {name}.view(-1, {ones}) so that it stands on the class axis, or use "
        "crossent.BCEWithLogitsLoss({name}=…, dim=1)",
        "请写 {name}.view(-1, {ones}) 使其位于类别轴，或使用 crossent.BCEWithLogitsLoss({name}=…, dim=1)",
    )

    @on(LossExamined)
    def check(self, event: LossExamined) -> Findings:
        if event.of_classes or event.number > 2:
            return
        input, shape = event.input, tuple(event.input.shape)
        for name, weight in (("pos_weight", event.pos_weight), ("weight", event.weight)):
            if weight is None or weight.numel() < 2 or weight.ndim > input.ndim:
                continue
            values: dict[str, Any] = {
                "name": name,
                "weight": tuple(weight.shape),
                "shape": shape,
                "last": shape[-1] if shape else 1,
                "ones": ", ".join("1" * max(input.ndim - 2, 1)),
            }
            if event.error is not None:
                if weight.ndim == 1 and shape and weight.shape[0] not in (1, shape[-1]):
                    error = str(event.error).splitlines()[0][:120]
                    yield self.found(event.built, evidence=_MISMATCH, error=error, **values)
                continue
            if weight.ndim != 1:
                continue
            length = weight.shape[0]
            if input.ndim == 2 and shape[1] == 1 and length == shape[0]:
                yield self.found(
                    event.built, message=_BROADCAST, result=(length, length), kind="proof", kind_zh="证据", **values
                )
            elif input.ndim >= 3 and length == shape[-1] == shape[1]:
                found = origin(input)
                proven = found is not None and found.labels[1] is True and found.labels[-1] is not True
                if proven or (found is None and input.ndim >= 4):
                    kind, kind_zh = ("proof", "证据") if proven else ("shapes", "依据形状")
                    yield self.found(event.built, kind=kind, kind_zh=kind_zh, **values)
