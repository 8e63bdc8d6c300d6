"""ReduceLROnPlateau that waits for the wrong direction."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from torch import Tensor
from torch.optim.lr_scheduler import ReduceLROnPlateau

from .. import source
from ..events import SchedulerStepped, ValueRead
from ..finding import Finding, Text
from ..sites import Site
from ..traces import loss_at
from .base import Check, on

_RISES = re.compile(
    r"(^|_|\b)(acc|accuracy|accs?|f1|auc|auroc|iou|miou|dice|precision|recall|score|map|kappa|mcc|bleu|correct|top1|psnr)(\b|_|\d|$)"
)
_FALLS = re.compile(
    r"(^|_|\b)(loss|losses|err|error|errors|nll|ce|bce|mse|mae|perplexity|ppl|cost|objective)(\b|_|\d|$)"
)
_LOSS_ITSELF = Text(
    "proof: the value given to step() is a loss",
    "证据：传给 step() 的值就是一个损失",
)
_NAMED = Text(
    'the name in the code, not proof: step({expression}) with mode="{mode}"; values {values}',
    '依据代码中的名称（并非证明）：step({expression})，mode="{mode}"；取值 {values}',
)
_MOVES = Text(
    "values, not proof: over {count} calls the metric moved {direction} while the training loss fell; values {values}",
    "依据数值（并非证明）：{count} 次调用中，训练损失下降的同时该指标{direction_zh}；取值 {values}",
)


@dataclass
class _Seen:
    site: Site
    scheduler: str
    mode: str
    values: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    named: str | None = None
    expression: str = ""
    is_loss: bool = False


class SchedulerWrongMode(Check):
    """`ReduceLROnPlateau` waits for its number to go the wrong way.

    中文：ReduceLROnPlateau 监视准确率时要写 mode="max"。

    Why: `ReduceLROnPlateau` waits for its number to *fall* unless told otherwise. Watching a rising accuracy it takes
    every improvement for a plateau: six epochs from 0.5 to 0.95 bring the learning rate from 0.1 to 0.001.

    Wrong::

        from torch.optim.lr_scheduler import ReduceLROnPlateau

        scheduler = ReduceLROnPlateau(optimizer, patience=1)  # doctor: error[scheduler-wrong-mode]
        for epoch in range(6):
            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                accuracy = (model(x).argmax(1) == y).float().mean().item()
            model.train()
            scheduler.step(accuracy)

    Right::

        from torch.optim.lr_scheduler import ReduceLROnPlateau

        scheduler = ReduceLROnPlateau(optimizer, mode="max", patience=1)
        for epoch in range(6):
            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                accuracy = (model(x).argmax(1) == y).float().mean().item()
            model.train()
            scheduler.step(accuracy)

    Known limits: a proof where the value is a loss that was computed; else the name in the code (`step(accuracy)`),
    or the direction in which the values went while the training loss fell. The evidence says which.
    """

    id = "scheduler-wrong-mode"
    severity = "error"
    subject = "loop"
    message = Text(
        '{scheduler}(mode="{mode}") gets a metric that gets better when it {better}: every improvement counts as '
        "none, and the learning rate is cut while the training goes well.",
        '{scheduler}(mode="{mode}") 收到的指标{better_zh}才是变好：每次进步都被当作没有进步，'
        "训练顺利时学习率反而被降低。",
    )
    evidence = _NAMED
    fix = Text(
        'write {scheduler}(…, mode="{right}")',
        '请写 {scheduler}(…, mode="{right}")',
    )

    def prepare(self) -> None:
        self.seen: dict[int, _Seen] = {}
        # The number that was last read from a loss.
        self.read: float | None = None

    @on(ValueRead)
    def value(self, event: ValueRead) -> None:
        self.read = event.value

    @on(SchedulerStepped)
    def step(self, event: SchedulerStepped) -> None:
        scheduler = event.scheduler
        if not isinstance(scheduler, ReduceLROnPlateau) or not event.arguments:
            return
        seen = self.seen.get(id(scheduler))
        if seen is None:
            seen = _Seen(event.built, type(scheduler).__name__, scheduler.mode)
            seen.expression, seen.named = _named(event.site)
            self.seen[id(scheduler)] = seen
        metric = event.arguments[0]
        seen.is_loss = seen.is_loss or self._is_loss(metric)
        seen.values.append(float(metric))
        loss = self.history.averaging.take()
        if loss is not None:
            seen.losses.append(loss)

    def _is_loss(self, metric: Any) -> bool:
        if not isinstance(metric, Tensor):
            return metric == self.read and metric not in (0.0, 1.0)
        last = self.history.last_loss
        by_graph = metric.grad_fn is not None and loss_at(metric.grad_fn) is not None
        return by_graph or (last is not None and last[0]() is metric)

    def finish(self) -> list[Finding]:
        found = []
        for seen in self.seen.values():
            better, evidence = _better(seen)
            if better is None or (better == "rises") == (seen.mode == "max"):
                continue
            shown = ", ".join(f"{value:.3g}" for value in seen.values[:6])
            found.append(
                self.found(
                    seen.site,
                    evidence=evidence,
                    scheduler=seen.scheduler,
                    mode=seen.mode,
                    right="max" if better == "rises" else "min",
                    better=better,
                    better_zh="上升" if better == "rises" else "下降",
                    expression=seen.expression,
                    values=shown + (", …" if len(seen.values) > 6 else ""),
                    count=len(seen.values),
                    direction="up" if better == "rises" else "down",
                    direction_zh="上升" if better == "rises" else "下降",
                )
            )
        return found


def _better(seen: _Seen) -> tuple[str | None, Text]:
    """The direction in which a metric improves, "rises" or "falls", None if that is unknown, and what says so."""
    if seen.is_loss:
        return "falls", _LOSS_ITSELF
    if seen.named is not None:
        return seen.named, _NAMED
    values = seen.values
    if len(values) < 4 or len(seen.losses) < len(values) or seen.losses[-1] >= seen.losses[0]:
        return None, _MOVES
    ups = sum(b > a for a, b in pairwise(values))
    downs = sum(b < a for a, b in pairwise(values))
    pairs = len(values) - 1
    if ups >= 0.75 * pairs and values[-1] > values[0]:
        return "rises", _MOVES
    if downs >= 0.75 * pairs and values[-1] < values[0]:
        return "falls", _MOVES
    return None, _MOVES


def _named(site: Site) -> tuple[str, str | None]:
    """The expression given to `.step(…)` at a line, and in which direction its name says that it gets better."""
    calls = [[*call.args, *(word.value for word in call.keywords)] for call in source.calls_of(site, "step")]
    told = [arguments[0] for arguments in calls if arguments]
    # Of several at one line it is not known which one runs.
    for expression in told if len(told) == 1 else ():
        text = " ".join(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", word).lower() for word in source.words_in(expression))
        rises, falls = bool(_RISES.search(text)), bool(_FALLS.search(text))
        if rises == falls:
            return ast.unparse(expression), None
        return ast.unparse(expression), ("rises" if rises != _turned(expression) else "falls")
    return "…", None


def _turned(expression: ast.expr) -> bool:
    """Return whether a sign turns the direction: `-acc`, `1 - acc`."""
    if isinstance(expression, ast.UnaryOp):
        return isinstance(expression.op, ast.USub)
    return (
        isinstance(expression, ast.BinOp)
        and isinstance(expression.op, ast.Sub)
        and isinstance(expression.left, ast.Constant)
    )
