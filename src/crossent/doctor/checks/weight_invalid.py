"""Weights that are no weights."""

from __future__ import annotations

import ast
from typing import Any

from torch import Tensor

from .. import source
from ..events import LossExamined
from ..finding import Finding, Text
from ..graph import nodes
from ..sites import Site
from .base import Check, Findings, on

_NEGATIVE = Text("negative: the loss of these classes is rewarded", "为负：这些类别错得越多损失越低")
_INFINITE = Text(
    "infinite (1 / 0, a class without samples?): the loss becomes NaN", "无穷（1 / 0，某类没有样本？）：损失会变成 NaN"
)
_NAN = Text("NaN: so is the loss", "NaN：损失也会是 NaN")
_ZERO = Text("all zero: nothing counts", "全为 0：没有任何样本参与计算")

_UNCOUNTED = Text(
    "the weight of class {position} is exactly 0, and {labels} of the labels seen are of this class: they cost nothing "
    "and teach nothing, whatever the model answers.",
    "类别 {position} 的权重恰好为 0，而见到的标签中有 {labels} 个属于该类：无论模型怎么回答，它们都没有损失，也学不到任"
    "何东西。",
)
_OCCURS = Text(
    "proof: weight = {shown}; class {position} occurs {labels} times in {total} labels",
    "证据：weight = {shown}；{total} 个标签中类别 {position} 出现 {labels} 次",
)
_COUNT = Text(
    "give the class a weight above 0 (count the classes of the training labels themselves: "
    "crossent.class_weights(labels)); if its positions are not meant to count, say so with ignore_index={position}",
    "给该类一个大于 0 的权重（直接统计训练标签：crossent.class_weights(labels)）；如果这些位置本就不应计入，请写 "
    "ignore_index={position}",
)


class WeightInvalid(Check):
    """Class weights are negative, infinite, NaN, or 0 for a class that occurs.

    中文：权重为负、无穷大、NaN，或对实际出现的类别为 0：检查是否有样本数为 0 的类别。

    Why: `1 / count` is infinite for a class without samples, and a logarithm can be negative. torch takes both: the
    loss becomes NaN, or grows for ever. A weight of 0 takes every sample of the class out of the training.

    Wrong::

        criterion = nn.CrossEntropyLoss(weight=torch.tensor([0.0, 2.0, 1.0]))  # doctor: warning[weight-invalid]
        for xb, yb in loader:
            optimizer.zero_grad()
            criterion(model(xb), yb).backward()
            optimizer.step()

    Right::

        criterion = nn.CrossEntropyLoss(weight=torch.tensor([1.5, 2.0, 1.0]))
        for xb, yb in loader:
            optimizer.zero_grad()
            criterion(model(xb), yb).backward()
            optimizer.step()

    Known limits: a proof: the values of the weight and the labels. A 0 that is written out for dense labels (padding,
    void) is a note; it says the same as `ignore_index`. `crossent.class_weights(labels)` and
    `crossent.pos_weights(labels)` say which class has no samples.
    """

    id = "weight-invalid"
    severity = "error"
    subject = "weights"
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
                uncounted = _uncounted(self, event) if name == "weight" else None
                if uncounted is not None:
                    yield uncounted
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


def _uncounted(check: Check, event: LossExamined) -> Finding | None:
    """Labels of a class whose weight is 0. Padding and void positions of dense labels may be meant to have that."""
    weight = event.weight
    if weight is None or not event.of_classes or not event.labels.by_index or not event.takes_part or weight.ndim != 1:
        return None
    histogram = event.labels.histogram
    values = weight.detach().tolist()
    ignored = [c for c, count in enumerate(histogram) if count and values[c] == 0]
    if not ignored:
        return None
    position = max(ignored, key=lambda c: histogram[c])
    meant = _dense(event.input) and (len(ignored) > 1 or _zero_is_written(event.built))
    left = sum(value != 0 for value in values)
    return check.found(
        event.built,
        severity="note" if meant else ("error" if left < 2 else "warning"),
        message=_UNCOUNTED,
        evidence=_OCCURS,
        fix=_COUNT,
        position=position,
        shown=_shown(weight.detach()),
        labels=histogram[position],
        total=sum(histogram),
    )


def _dense(scores: Tensor) -> bool:
    """Tell whether the scores are of many positions per row: of more than two axes, or viewed from more."""
    if scores.ndim > 2:
        return True
    sizes = (getattr(node, "_saved_self_sym_sizes", ()) for node in nodes((scores,), limit=12))
    return any(len(before) > 2 for before in sizes)


def _zero_is_written(site: Site) -> bool:
    """Tell whether the file sets an element of something to 0, or lists a 0 beside other numbers."""
    parsed = source.tree(site.file)
    return parsed is not None and any(_writes_zero(node) for node in ast.walk(parsed))


def _writes_zero(node: ast.AST) -> bool:
    if isinstance(node, ast.Assign):
        return isinstance(node.targets[0], ast.Subscript) and _is_zero(node.value)
    return isinstance(node, ast.List) and len(node.elts) > 1 and any(map(_is_zero, node.elts))


def _is_zero(node: Any) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float) and node.value == 0


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
