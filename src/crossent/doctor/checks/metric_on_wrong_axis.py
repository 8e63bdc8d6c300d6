"""Decisions that are taken over the wrong axis, from the wrong half of a result, or at the wrong threshold."""

from __future__ import annotations

import ast
import re
from typing import Any, NamedTuple

from torch import Tensor

from .. import source
from ..events import DecisionTaken, LossCall
from ..finding import Finding, Text
from ..sites import Site
from ..traces import Model
from .base import Check, on

# What code calls chosen classes.
_CLASSES = re.compile(
    r"(y_?)?(preds?|predicted|predictions?|pred_labels?|pred_class(es)?|labels?_pred|hat)", re.IGNORECASE
)
_COMPARISONS = ("gt", "ge", "lt", "le", "__gt__", "__ge__", "__lt__", "__le__")


class _Said(NamedTuple):
    message: Text
    fix: Text
    evidence: Text


_PROOF = Text(
    "proof: {call} was called {calls} times on the output of {model} itself, {shape}, from which {loss} is computed "
    "over {classes} classes on axis 1",
    "证据：直接对 {model} 的输出（{shape}）调用了 {calls} 次 {call}，而 {loss} 正是由它在第 1 轴的 {classes} 个类别上计"
    "算的",
)
_OF_ALL = _Said(
    Text(
        "argmax without dim gives one number for the whole batch of {rows} rows: the place in the flattened scores, up "
        "to {most}, which is no class.",
        "不带 dim 的 argmax 对整批 {rows} 行只给出一个数：展平后的位置（最大到 {most}），而不是类别。",
    ),
    Text("write scores.argmax(1)", "请写 scores.argmax(1)"),
    _PROOF,
)
_OF_ROWS = _Said(
    Text(
        "the class is chosen over the batch, not over the classes: {call} over axis 0 gives for each of {classes} "
        "classes the row of the batch in which it is largest.",
        "在批次上而不是在类别上选取最大值：在第 0 轴上的 {call} 给出的是 {classes} 个类别各自分数最高的那一行。",
    ),
    Text("write scores.argmax(1)", "请写 scores.argmax(1)"),
    _PROOF,
)
_OF_LOGITS = _Said(
    Text(
        "logits are compared with 0.5: a row counts as positive from a probability of 0.62 on.",
        "用 0.5 作为 logits 的阈值：概率要到 0.62 才算正类。",
    ),
    Text("write scores > 0, or scores.sigmoid() > 0.5", "请写 scores > 0，或 scores.sigmoid() > 0.5"),
    Text(
        "proof: {call} was called {calls} times on the output of {model} itself, {shape}, which {loss} takes for "
        "logits",
        "证据：直接对 {model} 的输出（{shape}）调用了 {calls} 次 {call}，而 {loss} 把它当作 logits",
    ),
)
_OF_VALUES = _Said(
    Text(
        "the largest scores are compared with labels: max(dim) gives (values, indices), and the line keeps the values.",
        "拿最大的分数与标签比较：max(dim) 返回 (values, indices)，这里留下的是 values。",
    ),
    Text(
        "write _, predicted = scores.max(1), or scores.argmax(1)",
        "请写 _, predicted = scores.max(1)，或 scores.argmax(1)",
    ),
    Text(
        "code: `{code}`, called {calls} times on the output of {model}, {shape}",
        "依据代码：`{code}`，对 {model} 的输出（{shape}）调用了 {calls} 次",
    ),
)


class MetricOnWrongAxis(Check):
    """The accuracy is computed from something that is not the predicted class.

    中文：准确率用错了量：argmax 没有 dim 或取在批次轴上、拿最大值当类别、或对 logits 用 0.5 作阈值。

    Why: `argmax()` gives one place in the flattened scores, `argmax(0)` a row for each class, `max(1)[0]` a score. The
    comparison with the labels is broadcast and gives some number: near zero, or near chance, whatever the model knows.

    Wrong::

        for xb, yb in loader:
            optimizer.zero_grad()
            scores = model(xb)
            F.cross_entropy(scores, yb).backward()
            optimizer.step()
            print((scores.argmax() == yb).float().mean())  # doctor: note[metric-on-wrong-axis]

    Right::

        for xb, yb in loader:
            optimizer.zero_grad()
            scores = model(xb)
            F.cross_entropy(scores, yb).backward()
            optimizer.step()
            print((scores.argmax(1) == yb).float().mean())

    Known limits: a proof where the decision is taken from the very tensor that the model returned and the loss got.
    Values that are taken for indices are read from the code. Square scores, where both axes may be meant (image to text
    and text to image), are not judged.
    """

    id = "metric-on-wrong-axis"
    severity = "error"
    subject = "evaluation"
    preview = True
    message = _OF_ALL.message
    evidence = _PROOF
    fix = _OF_ALL.fix

    def prepare(self) -> None:
        # Model → the loss that gets its output as it is, and the axis of the classes.
        self.heads: dict[Model, tuple[str, int]] = {}
        self.seen: dict[tuple[Site, int], tuple[_Said, dict[str, Any]]] = {}

    @on(LossCall)
    def loss(self, event: LossCall) -> None:
        call = self.history.calls.last
        output = call.output() if call is not None and call.output is not None else None
        if call is not None and output is not None and output.data_ptr() == event.input.data_ptr():
            self.heads[call.model] = (event.loss, event.dim)

    @on(DecisionTaken)
    def decide(self, event: DecisionTaken) -> None:
        call, given = event.call, event.arguments[0]
        output = call.output() if call.output is not None else None
        if output is None or not isinstance(given, Tensor) or given.numel() != output.numel():
            return
        if given.data_ptr() != output.data_ptr() or call.model not in self.heads:
            return
        loss, axis = self.heads[call.model]
        # Another view has other axes, but the same logits.
        said, code = _judged(event, given, loss, axis if given.shape == output.shape else -1)
        if said is None:
            return
        key = (event.site, id(said))
        if key not in self.seen:
            shape = tuple(given.shape)
            values = {
                "call": event.name.strip("_"),
                "model": call.model.name,
                "shape": shape,
                "loss": loss,
                "code": code,
            }
            rows, classes = (shape[0], shape[-1]) if shape else (1, 1)
            self.seen[key] = (said, {**values, "rows": rows, "classes": classes, "most": given.numel() - 1, "calls": 0})
        self.seen[key][1]["calls"] += 1

    def finish(self) -> list[Finding]:
        return [
            self.found(site, message=said.message, evidence=said.evidence, fix=said.fix, **values)
            for (site, _), (said, values) in self.seen.items()
        ]


def _judged(event: DecisionTaken, given: Tensor, loss: str, axis: int) -> tuple[_Said | None, str]:
    """The mistake of a decision, and the code that shows it where values do not."""
    other = event.arguments[1] if len(event.arguments) > 1 else None
    if loss == "binary_cross_entropy_with_logits":
        half = event.name in _COMPARISONS and isinstance(other, float) and other == 0.5
        # A model that ends in a sigmoid has another mistake: 0.5 is right for what it gives.
        logits = bool(((given.detach() < 0) | (given.detach() > 1)).any())
        return (_OF_LOGITS if logits and (half or event.name == "round") else None), ""
    of_classes = loss in ("cross_entropy", "nll_loss") and given.ndim == 2 and axis == 1 and min(given.shape) > 1
    if not of_classes or event.name not in ("argmax", "max"):
        return None, ""
    dim = event.named.get("dim", event.named.get("axis", other))
    if event.name == "argmax" and dim is None:
        return _OF_ALL, ""
    if dim in (0, -2) and given.shape[0] != given.shape[1]:
        return _OF_ROWS, ""
    code = _values_compared(event.site) if event.name == "max" else ""
    return (_OF_VALUES if code else None), code


def _values_compared(site: Site) -> str:
    """The code that compares the values of a maximum: `predicted, _ = scores.max(1)`, later `predicted == y`."""
    line = source.statement(site)
    if line is None:
        return ""
    for node in ast.walk(line):
        if any(_is_values(side) for side in _compared(node)):
            return ast.unparse(node)
    target = line.targets[0] if isinstance(line, ast.Assign) else None
    if not isinstance(target, ast.Tuple) or len(target.elts) != 2:
        return ""
    kept, dropped = (getattr(one, "id", "") for one in target.elts)
    scope = source.scope(site)
    if dropped.strip("_") or not _CLASSES.fullmatch(kept) or scope is None:
        return ""
    compared = any(getattr(side, "id", "") == kept for node in ast.walk(scope) for side in _compared(node))
    return ast.unparse(line) if compared else ""


def _compared(node: ast.AST) -> list[ast.expr]:
    """Both sides of `a == b` or `a.eq(b)`."""
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq):
        return [node.left, node.comparators[0]]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "eq" and node.args:
        return [node.func.value, node.args[0]]
    return []


def _is_values(node: ast.expr) -> bool:
    """Tell whether an expression is `….max(1)[0]` or `….max(1).values`."""
    if isinstance(node, ast.Attribute) and node.attr == "values":
        inner: ast.expr = node.value
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value == 0:
        inner = node.value
    else:
        return False
    return isinstance(inner, ast.Call) and getattr(inner.func, "attr", getattr(inner.func, "id", "")) == "max"
