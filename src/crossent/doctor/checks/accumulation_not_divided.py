"""Gradients of several batches that are added up as they are."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from ..events import BackwardEnded, BackwardStarted, ObservationPaused, StepEnded, StepStarted
from ..finding import Finding, Text
from ..history import parameters_of
from ..sites import Site
from .base import Check, on

# Steps that must all be alike, and backward passes of one that are no accumulation any more.
_ENOUGH, _LONGEST = 2, 1024


@dataclass
class _Seen:
    """The steps of a line: those that added up undivided means, how many means, and steps of another kind."""

    optimizer: str = ""
    steps: int = 0
    passes: int = 0
    others: int = 0


class AccumulationNotDivided(Check):
    """The gradients of several batches are added up, and no loss is divided by their number.

    中文：梯度累积时损失没有除以累积次数：梯度是平均值的若干倍。

    Why: four means that are added up are four times the mean of the large batch: the learning rate acts as four times
    itself, and so do clipping and weight decay against it. Adam hides most of it, SGD nothing.

    Wrong::

        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for number, (xb, yb) in enumerate(loader):
            F.cross_entropy(model(xb), yb).backward()  # doctor: note[accumulation-not-divided]
            if number % 2:
                optimizer.step()
                optimizer.zero_grad()

    Right::

        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for number, (xb, yb) in enumerate(loader):
            (F.cross_entropy(model(xb), yb) / 2).backward()
            if number % 2:
                optimizer.step()
                optimizer.zero_grad()

    Known limits: a proof: the factor of each mean in what backward was called on is 1, for several calls of the model
    and one step. Gradients that are divided or clipped before the step, and losses of several lines (several tasks),
    are not reported.
    """

    id = "accumulation-not-divided"
    severity = "note"
    subject = "loop"
    preview = True
    message = Text(
        "{passes} backward passes are added up for one step of {optimizer}, and none of the means is divided by "
        "{passes}: the gradient is {passes} times that of one large batch.",
        "{optimizer} 的一步累加了 {passes} 次反向传播，而每个平均损失都没有除以 {passes}：梯度是同样大批次的 {passes} "
        "倍。",
    )
    evidence = Text(
        "proof: in {steps} of {steps} steps examined the losses were means with factor 1, of {passes} different calls "
        "of one model, and nothing changed the gradients before the step",
        "证据：检查的 {steps} 步全都如此：损失是系数为 1 的平均值，来自同一模型的 {passes} 次不同调用，且 step 之前梯度"
        "未被改动",
    )
    fix = Text(
        "divide each loss: (loss / {passes}).backward(); at the same speed of learning the learning rate is then "
        "{passes} times as large",
        "每个损失除以次数：(loss / {passes}).backward()；若要保持原来的学习速度，学习率相应乘以 {passes}",
    )

    def prepare(self) -> None:
        # Of this step: (line, call of the model) of each backward pass, None for one of another kind.
        self.window: list[tuple[Site, int, int] | None] = []
        self.gradients: dict[int, tuple[int, int]] = {}
        self.touched = False
        # Backward passes of a closure, inside of step(), are steps of a search of their own.
        self.stepping = False
        self.seen: dict[Site, _Seen] = {}

    @on(ObservationPaused)
    def pause(self, event: ObservationPaused) -> None:
        self.window = []
        self.gradients = {}

    @on(BackwardStarted)
    def backward(self, event: BackwardStarted) -> None:
        if len(self.window) < _LONGEST:
            self.window.append(self._mean(event))

    def _mean(self, event: BackwardStarted) -> tuple[Site, int, int] | None:
        calls = self.history.calls.trained
        if len(event.losses) != 1 or len(calls) != 1 or self.stepping:
            return None
        ((trace, factor),) = event.losses
        if trace.reduction != "mean" or factor != 1.0:
            return None
        return trace.site, calls[0].number, id(calls[0].model)

    @on(BackwardEnded)
    def ended(self, event: BackwardEnded) -> None:
        if len(self.window) > 1:
            self.gradients = self._gradients()

    @on(StepStarted)
    def start(self, event: StepStarted) -> None:
        self.stepping = True
        self.touched = bool(self.gradients) and self.gradients != self._gradients()

    def _gradients(self) -> dict[int, tuple[int, int]]:
        """The first gradient of every optimizer, and how often it was changed."""
        found = {}
        for optimizer, _ in self.history.optimizers.items():
            for parameter in islice(parameters_of(optimizer), 1):
                if parameter.grad is not None:
                    found[id(parameter)] = (id(parameter.grad), parameter.grad._version)
        return found

    @on(StepEnded)
    def step(self, event: StepEnded) -> None:
        window, self.window, self.gradients, self.stepping = self.window, [], {}, False
        if len(window) == 1 and (window[0] is None or window[0][0] not in self.seen):
            return
        sites = {one[0] for one in window if one is not None}
        for site in sites:
            seen = self.seen.setdefault(site, _Seen(type(event.optimizer).__name__))
            calls = {one[1] for one in window if one is not None}
            models = {one[2] for one in window if one is not None}
            plain = None not in window and len(sites) == len(models) == 1 and not self.touched
            if plain and len(calls) == len(window) > 1:
                seen.steps += 1
                seen.passes = max(seen.passes, len(window))
            else:
                seen.others += 1

    def finish(self) -> list[Finding]:
        # The last step of an epoch may have fewer batches than the others.
        return [
            self.found(site, optimizer=seen.optimizer, steps=seen.steps, passes=seen.passes)
            for site, seen in self.seen.items()
            if seen.steps >= _ENOUGH and seen.others <= seen.steps // 4
        ]
