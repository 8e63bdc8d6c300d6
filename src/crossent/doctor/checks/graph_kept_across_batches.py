"""Losses that are kept together with their graphs."""

from __future__ import annotations

import ast
import weakref
from collections import deque

from torch import Tensor

from .. import scopes, source
from ..events import BackwardStarted, ObservationPaused, StepEnded
from ..finding import Text
from ..graph import losses_in
from ..sites import Site
from ..traces import LossTrace
from .base import Check, Findings, on

# Graphs of earlier steps that must be alive at once; one or two are variables that wait to be overwritten.
_ALIVE = 3


class GraphKeptAcrossBatches(Check):
    """Losses are kept together with their graphs.

    中文：累加 loss 时没有 .item() 或 .detach()，每个 batch 的计算图都被留在内存里。

    Why: `total += loss` keeps the graph of every batch alive until the end of the epoch: memory grows until there is
    none.

    Wrong::

        total = 0
        for xb, yb in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb), yb)
            loss.backward()
            optimizer.step()
            total += loss  # doctor: warning[graph-kept-across-batches]

    Right::

        total = 0
        for xb, yb in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb), yb)
            loss.backward()
            optimizer.step()
            total += loss.detach()

    Known limits: a proof: graphs of losses that were trained on long ago are still alive. Graphs that a later backward
    pass still needs (policy gradients, meta-learning) are not reported.
    """

    id = "graph-kept-across-batches"
    severity = "warning"
    subject = "loop"
    message = Text(
        "losses are kept with their graphs{holder}: every batch stays in memory, which grows until it runs out.",
        "损失连同计算图一起被保留{holder_zh}：每个批次都留在内存中，内存会一直增长直到耗尽。",
    )
    evidence = Text(
        "proof: at step {step} the graphs of {alive} earlier losses that had been trained on were still alive",
        "证据：第 {step} 步时，{alive} 个已训练过的旧损失的计算图仍然存活",
    )
    fix = Text(
        "keep the number: total += loss.item() (or loss.detach(), which does not wait for a GPU)",
        "只保留数值：total += loss.item()（或 loss.detach()，不会等待 GPU）",
    )

    def prepare(self) -> None:
        self.trained: deque[weakref.ref[LossTrace]] = deque(maxlen=64)
        self.done = False

    @on(BackwardStarted)
    def train(self, event: BackwardStarted) -> None:
        if not self.done:
            self.trained.extend(weakref.ref(trace) for trace, _ in event.losses)

    @on(ObservationPaused)
    def pause(self, event: ObservationPaused) -> None:
        self.trained.clear()

    @on(StepEnded)
    def step(self, event: StepEnded) -> Findings:
        if self.done:
            return
        now = self.history.steps
        while self.trained and self.trained[0]() is None:
            self.trained.popleft()
        if len(self.trained) <= _ALIVE:
            return
        alive = [trace for ref in self.trained if (trace := ref()) is not None and trace.step < now]
        if len({trace.step for trace in alive}) < _ALIVE:
            return
        self.done = True
        holder, line = _holder(alive)
        site = line or alive[0].site
        yield self.found(
            site,
            step=now + 1,
            alive=len(alive),
            holder=f" (in `{holder}`)" if holder else "",
            holder_zh=f"（在 `{holder}` 中）" if holder else "",
        )


def _holder(alive: list[LossTrace]) -> tuple[str, Site | None]:
    """The variable that holds several of the losses, and the line that adds to it."""
    for frame, name, value in scopes.variables(2):
        for tensor in scopes.tensors_of(value):
            if tensor.grad_fn is None or not _reaches(tensor, alive):
                continue
            site = Site(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
            line = _adding_line(site, name)
            several = isinstance(value, (list, dict)) or len(losses_in((tensor,))) > 1
            if several:
                return name, line
    return "", None


def _reaches(tensor: Tensor, alive: list[LossTrace]) -> bool:
    return any(trace in alive for trace, _ in losses_in((tensor,)))


def _adding_line(site: Site, name: str) -> Site | None:
    """The line `name += …`, `name = name + …` or `name.append(…)` of the function around a place."""
    scope = source.scope(site)
    for node in ast.walk(scope) if scope is not None else ():
        if not isinstance(node, ast.stmt | ast.Call):
            continue
        added: ast.expr | None = None
        if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
            added = node.target
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp | ast.Call) and len(node.targets) == 1:
            target = ast.unparse(node.targets[0])
            if any(ast.unparse(part) == target for part in ast.walk(node.value) if isinstance(part, ast.expr)):
                added = node.targets[0]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append":
            added = node.func.value
        while isinstance(added, ast.Subscript):
            added = added.value
        if added is not None and name in ast.unparse(added).split(".")[-1:]:
            return site._replace(line=node.lineno)
    return None
