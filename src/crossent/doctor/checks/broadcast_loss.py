"""Predictions and targets of different shapes that a loss compares each with each."""

from __future__ import annotations

from typing import Any

import torch

from ...core.graph import parents
from ..events import BackwardStarted, LossBroadcast
from ..finding import Finding, Text
from ..sites import Site
from ..traces import OWN
from .base import Check, on

# Operations between a difference and the number that a loss written by hand comes to.
_AFTER = ("Mean", "Sum", "Pow", "Abs", "Mul", "Div", "Sqrt", "Log", "Exp", "Cosh")
# Operations that make a column or a row on purpose, as for the distances of all pairs.
_ON_PURPOSE = ("Unsqueeze", "View", "UnsafeView", "ReshapeAlias", "Expand", "Index", "Slice", "T", "Transpose")
_WALK = 12


class BroadcastLoss(Check):
    """A regression loss compares (N, 1) with (N,): each prediction with each target.

    中文：回归损失的预测是 (N, 1) 而目标是 (N,)：广播后每个预测都与所有目标比较。

    Why: (N, 1) and (N,) are broadcast to (N, N). The best that a model can do then is to predict the mean of all
    targets, for every row, and that is what it learns.

    Wrong::

        model = nn.Linear(6, 1)
        optimizer = torch.optim.Adam(model.parameters())
        for xb, _ in loader:
            optimizer.zero_grad()
            F.mse_loss(model(xb), xb.sum(1)).backward()  # doctor: note[broadcast-loss]
            optimizer.step()

    Right::

        model = nn.Linear(6, 1)
        optimizer = torch.optim.Adam(model.parameters())
        for xb, _ in loader:
            optimizer.zero_grad()
            F.mse_loss(model(xb).squeeze(1), xb.sum(1)).backward()
            optimizer.step()

    Known limits: a proof from shapes, for the losses of torch and for `((prediction - y) ** 2).mean()` by hand. A
    target that is only stretched to the shape of the prediction, or distances of all pairs that are written as such
    (`a[:, None] - b`), are not reported.
    """

    id = "broadcast-loss"
    severity = "error"
    subject = "loss"
    preview = True
    message = Text(
        "{loss} compares each prediction with each target: {input} and {target} become {result}, {times} times as many "
        "differences as there are predictions.",
        "{loss} 让每个预测与每个目标比较：{input} 与 {target} 广播为 {result}，差值的数量是预测数的 {times} 倍。",
    )
    evidence = Text(
        "proof: the shapes, in {calls} calls",
        "证据：各张量的形状，共 {calls} 次调用",
    )
    fix = Text(
        "give both the same shape: prediction.squeeze(1), or y.unsqueeze(1)",
        "让两者形状一致：prediction.squeeze(1) 或 y.unsqueeze(1)",
    )

    def prepare(self) -> None:
        self.seen: dict[Site, dict[str, Any]] = {}
        self.looks: dict[Site, int] = {}

    @on(LossBroadcast)
    def compare(self, event: LossBroadcast) -> None:
        input, target = tuple(event.input.shape), tuple(event.target.shape)
        try:
            result = tuple(torch.broadcast_shapes(input, target))
        except RuntimeError:
            return
        self._count(event.site, event.loss, input, target, result)

    @on(BackwardStarted)
    def by_hand(self, event: BackwardStarted) -> None:
        for trace, _ in event.losses:
            looks = self.looks[trace.site] = self.looks.get(trace.site, 0) + 1
            if trace.loss == OWN and looks <= _WALK:
                found = _difference(event.roots[0].grad_fn)
                if found is not None:
                    self._count(trace.site, "((prediction - y) ** 2).mean()", *found)

    def _count(
        self, site: Site, loss: str, input: tuple[int, ...], target: tuple[int, ...], result: tuple[int, ...]
    ) -> None:
        given, wanted, made = (torch.Size(shape).numel() for shape in (input, target, result))
        if made > max(given, wanted):
            values = {"loss": loss, "input": input, "target": target, "result": result, "times": made // given}
            seen = self.seen.setdefault(site, {**values, "calls": 0})
            seen["calls"] += 1

    def finish(self) -> list[Finding]:
        return [self.found(site, **values) for site, values in self.seen.items()]


def _difference(node: Any) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]] | None:
    """The shapes of prediction, target and difference, where a root is the mean of the differences of all pairs."""
    for _ in range(_WALK):
        if node is None:
            return None
        name = _name(node)
        if name in ("Sub", "Rsub"):
            break
        above = parents(node)
        if not name.startswith(_AFTER) or len({id(one) for one in above}) != 1:
            return None
        node = above[0]
    else:
        return None
    sides = [(parent, number) for parent, number in node.next_functions if parent is not None]
    result = _shape(node, 0)
    if len(sides) != 1 or len(result) != 2:
        return None
    parent, number = sides[0]
    given, rows = _shape(parent, number), result[0]
    if rows < 2 or result != (rows, rows) or _name(parent) in _ON_PURPOSE:
        return None
    if given == (rows, 1):
        return given, (rows,), result
    return (given, (rows, 1), result) if given == (rows,) and _name(parent) == "Squeeze" else None


def _name(node: Any) -> str:
    name: str = node.name().rstrip("0123456789").removesuffix("Backward")
    return name


def _shape(node: Any, number: int) -> tuple[int, ...]:
    made = getattr(node, "_input_metadata", ())
    return tuple(made[number].shape) if number < len(made) else ()
