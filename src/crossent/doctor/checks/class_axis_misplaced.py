"""The classes are not on the axis that the loss takes for them."""

from __future__ import annotations

from typing import Any

from ..axes import origin
from ..events import LossExamined
from ..finding import Text
from .base import Check, Findings, on

_MIXED = Text(
    "a view has mixed the outputs of the {layer} with other axes: the rows that the loss sees are not the scores of "
    "one position, and the labels belong to other positions.",
    "view 把{layer}的输出与其他轴混在了一起：损失看到的每一行并不是同一位置的各类得分，标签也对应到了别的位置。",
)
_PERMUTE = Text(
    "move the classes to the end before flattening: logits.movedim(1, -1).reshape(-1, {classes}), or pass (N, C, d1, "
    "…) as it is",
    "展平之前先把类别轴移到最后：logits.movedim(1, -1).reshape(-1, {classes})，或直接传入 (N, C, d1, …)",
)
_SHAPES = Text(
    "proof: input of shape {shape} with target of shape {target}: the classes stand on the last axis",
    "证据：输入形状 {shape}，目标形状 {target}：类别在最后一个轴上",
)


class ClassAxisMisplaced(Check):
    """The classes do not stand on the axis that the loss takes for them.

    中文：类别轴放错了位置：(N, L, C) 要先 transpose，(N, C, H, W) 展平前要先 permute。

    Why: torch wants classes on axis 1. When another axis happens to have the same length, or when (N, C, H, W) is
    flattened with `view(-1, C)`, nothing complains: perfect scores then cost 11.6 instead of 0.

    Wrong::

        net = nn.Conv2d(3, 5, 1)
        optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
        for images in torch.rand(8, 2, 3, 6, 6):
            masks = (images.mean(1) * 4.99).long()
            optimizer.zero_grad()
            loss = F.cross_entropy(net(images).view(-1, 5), masks.flatten())  # doctor: error[class-axis-misplaced]
            loss.backward()
            optimizer.step()

    Right::

        net = nn.Conv2d(3, 5, 1)
        optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
        for images in torch.rand(8, 2, 3, 6, 6):
            masks = (images.mean(1) * 4.99).long()
            optimizer.zero_grad()
            loss = F.cross_entropy(net(images).permute(0, 2, 3, 1).reshape(-1, 5), masks.flatten())
            loss.backward()
            optimizer.step()

    Known limits: a proof: the graph from the layer that made the classes to the loss shows on which axis they stand;
    where an operation on the way is not understood, nothing is said. With crossent's losses `dim=-1` says where the
    classes are.
    """

    id = "class-axis-misplaced"
    severity = "error"
    subject = "loss"
    message = Text(
        "the loss takes axis {dim} of its input for the classes, but the outputs of the {layer} stand on axis {place}: "
        "the softmax runs over the wrong axis.",
        "损失把输入的第 {dim} 轴当作类别轴，但{layer}的输出在第 {place} 轴：softmax 作用在了错误的轴上。",
    )
    evidence = Text(
        "proof: the autograd graph from the {layer} to the loss, input of shape {shape}, target of shape {target}",
        "证据：从{layer}到损失的计算图；输入形状 {shape}，目标形状 {target}",
    )
    fix = Text(
        "move the classes to axis 1: logits.movedim({place}, 1), or with crossent.CrossEntropyLoss(dim={place})",
        "把类别移到第 1 轴：logits.movedim({place}, 1)，或使用 crossent.CrossEntropyLoss(dim={place})",
    )

    @on(LossExamined)
    def check(self, event: LossExamined) -> Findings:
        input, target = event.input, event.target
        # The graph of a line stays the same; later calls are not walked again.
        if not event.of_classes or event.number > 2 or input.ndim < 2:
            return
        shapes: dict[str, Any] = {"shape": tuple(input.shape), "target": tuple(target.shape)}
        if event.error is not None:
            last = input.ndim - 1
            if input.ndim > 2 and event.dim != last and target.shape == input.shape[:-1] and event.labels.by_index:
                yield self.found(
                    event.site,
                    evidence=_SHAPES,
                    dim=event.dim,
                    layer="model",
                    place=last,
                    classes=input.shape[-1],
                    **shapes,
                )
            return
        found = origin(input)
        if found is None or found.labels[event.dim] is True or input.shape[event.dim] != found.size:
            return
        places = [axis for axis, label in enumerate(found.labels) if label is True and input.shape[axis] > 1]
        values: dict[str, Any] = {"layer": found.layer, "dim": event.dim, "classes": found.size, **shapes}
        if places:
            yield self.found(event.site, place=places[0], **values)
        elif None in found.labels:
            yield self.found(event.site, message=_MIXED, fix=_PERMUTE, place=0, **values)
