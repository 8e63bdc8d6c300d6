"""A learning-rate scheduler that steps by batches and counts in epochs, or the other way round."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import Any

from torch.optim import lr_scheduler

from .. import source
from ..events import BackwardStarted, SchedulerStepped
from ..finding import Finding, Text
from ..history import IdMap, Loader
from ..sites import Site
from .base import Check, on

# How far a rate may fall within the first pass over the data.
_FALL = 100.0
# Passes and batches that there must be for products of both to mean anything.
_PASSES, _BATCHES = 2, 3
# What code calls a number of batches.
_BATCHWISE = re.compile(r"step|iter|batch|len\(|total", re.IGNORECASE)
_EPOCHS = re.compile(r"epoch|轮", re.IGNORECASE)
# The arguments that say how long a schedule is: in steps, or in steps of each epoch.
_PLANS = ("T_max", "total_steps", "steps_per_epoch")

_FALLEN = Text(
    "{kind} steps after every batch: the learning rate falls from {start:.3g} to {end:.3g} within the first pass over "
    "the data, and nothing is learnt any more.",
    "{kind} 每个批次都执行一步：学习率在第一遍数据内就从 {start:.3g} 降到 {end:.3g}，之后几乎不再学习。",
)
_FALLEN_EVIDENCE = Text(
    "proof: {most} scheduler steps in one pass over the loader; the rate of the optimizer before and after",
    "证据：一遍加载器内执行了 {most} 次 scheduler.step；优化器在此前后的学习率",
)
_WAVES = Text(
    "{kind} is planned for {planned} steps, epochs by their name, but steps after every batch: in {steps} steps the "
    "learning rate goes down and up again {times:.1f} times.",
    "{kind} 计划为 {planned} 步（从名称看是 epoch 数），却在每个批次后执行：{steps} 步内学习率来回升降了 {times:.1f} "
    "次。",
)
_WAVES_EVIDENCE = Text(
    "proof and code: {steps} scheduler steps for as many optimizer steps, T_max={planned}, which the code calls epochs",
    "证据与代码：scheduler.step 与优化器同为 {steps} 步，T_max={planned}，而代码中称其为 epoch",
)
_SHORT = Text(
    "{kind} is planned for {planned} steps, the number of batches, but steps once per pass: after {steps} steps, at "
    "the end, the learning rate is still {end:.3g} (it began at {start:.3g}).",
    "{kind} 计划为 {planned} 步（即批次总数），却每遍只执行一步：到结束时只走了 {steps} 步，学习率仍为 {end:.3g}"
    "（初始为 {start:.3g}）。",
)
_SHORT_EVIDENCE = Text(
    "proof: {steps} scheduler steps in {steps} passes of {batches} batches; {planned} = {steps} × {batches}",
    "证据：{steps} 遍、每遍 {batches} 个批次，共 {steps} 次 scheduler.step；{planned} = {steps} × {batches}",
)
_SHORT_FIX = Text(
    "call scheduler.step() after every optimizer.step(), or give the scheduler the number of epochs",
    "在每次 optimizer.step() 之后调用 scheduler.step()，或把 epoch 数传给调度器",
)


@dataclass
class _Seen:
    """A scheduler: its steps, in all and in each pass over a loader, and the rates that they began and ended with."""

    site: Site
    built: Site
    kind: str
    planned: int | None
    start: float
    steps: int = 0
    passes: dict[Loader, int] = field(default_factory=dict)
    after_first: float = 0.0
    end: float = 0.0


class SchedulerCadence(Check):
    """A scheduler steps after every batch and is planned in epochs, or the reverse.

    中文：调度器的步调与计划不符：按 epoch 计划却每个批次 step，或按批次计划却每个 epoch 才 step。

    Why: a scheduler counts calls of `step()`. `CosineAnnealingLR(optimizer, T_max=epochs)` that steps after each batch
    goes down and up again many times; a `StepLR` is at a rate of zero within the first epoch.

    Wrong::

        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.1)
        for epoch in range(3):
            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()
                scheduler.step()  # doctor: note[scheduler-cadence]

    Right::

        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.1)
        for epoch in range(3):
            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()
            scheduler.step()

    Known limits: a proof of the counts, for batches from a DataLoader: a cosine whose half period is shorter than one
    pass (or as long as the number of passes) while it steps after batches; a rate that falls to a hundredth in the
    first pass; a plan of all batches that is stepped once per pass. Schedules of one's own are not judged.
    """

    id = "scheduler-cadence"
    severity = "warning"
    subject = "loop"
    preview = True
    message = Text(
        "{kind} is planned for {planned} steps, but steps after every batch: {steps} steps in {passes} passes, in "
        "which the learning rate goes down and up again {times:.1f} times.",
        "{kind} 计划为 {planned} 步，却在每个批次后执行：{passes} 遍内走了 {steps} 步，学习率来回升降了 {times:.1f} 次"
        "。",
    )
    evidence = Text(
        "proof: up to {most} scheduler steps in one pass over the loader, T_max={planned}",
        "证据：一遍加载器内多达 {most} 次 scheduler.step，而 T_max={planned}",
    )
    fix = Text(
        "call scheduler.step() once per epoch, after the loop over the batches, or plan in batches: "
        "epochs * len(loader)",
        "每个 epoch 在批次循环之后只调用一次 scheduler.step()，或按批次计划：epochs * len(loader)",
    )

    def prepare(self) -> None:
        self.schedulers = IdMap()
        self.seen: list[_Seen] = []
        # Batches per pass of the loaders that were trained on.
        self.batches: set[int] = set()

    @on(BackwardStarted)
    def train(self, event: BackwardStarted) -> None:
        loader = self.history.loader
        if loader is not None and loader.batches:
            self.batches.add(loader.batches)

    @on(SchedulerStepped)
    def step(self, event: SchedulerStepped) -> None:
        scheduler = event.scheduler
        groups = getattr(getattr(scheduler, "optimizer", None), "param_groups", None)
        if not groups or event.arguments:
            return
        rate = float(groups[0]["lr"])
        seen = self.schedulers.get(scheduler)
        if seen is None:
            planned = getattr(scheduler, "T_max", getattr(scheduler, "total_steps", None))
            seen = _Seen(event.site, event.built, type(scheduler).__name__, planned, rate)
            self.schedulers.set(scheduler, seen)
            self.seen.append(seen)
        seen.steps += 1
        seen.end = rate
        loader = self.history.loader
        if loader is not None:
            seen.passes[loader] = seen.passes.get(loader, 0) + 1
            if len(seen.passes) == 1:
                seen.after_first = rate

    def finish(self) -> list[Finding]:
        found = []
        for seen in self.seen:
            most = max(seen.passes.values(), default=0)
            values: dict[str, Any] = {"kind": seen.kind, "planned": seen.planned, "steps": seen.steps, "most": most}
            values.update(start=seen.start, end=seen.end, passes=len(seen.passes))
            if most > 1 and seen.kind == lr_scheduler.CosineAnnealingLR.__name__ and seen.planned:
                if seen.steps > 2 * seen.planned and (most > seen.planned or len(seen.passes) == seen.planned):
                    found.append(self.found(seen.site, times=seen.steps / seen.planned / 2, **values))
            elif self._waves(seen):
                values["times"] = seen.steps / (seen.planned or 1) / 2
                found.append(self.found(seen.site, message=_WAVES, evidence=_WAVES_EVIDENCE, **values))
            elif most > 1 and seen.kind in ("StepLR", "MultiStepLR", "ExponentialLR"):
                if seen.after_first * _FALL <= seen.start:
                    values["end"] = seen.after_first
                    found.append(self.found(seen.site, message=_FALLEN, evidence=_FALLEN_EVIDENCE, **values))
            elif most == 1 and self._too_short(seen):
                values["batches"] = seen.planned and seen.planned // seen.steps
                texts = (_SHORT, _SHORT_EVIDENCE, _SHORT_FIX)
                found.append(self.found(seen.site, message=texts[0], evidence=texts[1], fix=texts[2], **values))
        return found

    def _too_short(self, seen: _Seen) -> bool:
        """Tell whether a plan counts all batches of a run that came to its end, while its steps counted passes."""
        if not seen.planned or seen.steps < _PASSES or self.history.calls.dropped.ended_by is not None:
            return False
        counted = any(batches >= _BATCHES and seen.planned == seen.steps * batches for batches in self.batches)
        return counted and any(_of_batches(plan) for plan in _plans(seen))

    def _waves(self, seen: _Seen) -> bool:
        """Tell whether a cosine without a loader steps as often as the optimizer, and its code plans it in epochs."""
        if seen.passes or seen.kind != lr_scheduler.CosineAnnealingLR.__name__ or not seen.planned:
            return False
        each = 2 * seen.planned < seen.steps >= self.history.steps - 1
        return each and any(_EPOCHS.search(ast.unparse(plan)) and not _of_batches(plan) for plan in _plans(seen))


def _of_batches(plan: ast.expr) -> bool:
    """Tell whether a plan is computed, or called one of batches."""
    return isinstance(plan, ast.BinOp) or _BATCHWISE.search(ast.unparse(plan)) is not None


def _plans(seen: _Seen) -> list[ast.expr]:
    """The plan of a scheduler, in the code that builds it."""
    return [
        plan
        for call in source.calls_of(seen.built, seen.kind)
        for plan in (*call.args[1:2], *(one.value for one in call.keywords if one.arg in _PLANS))
    ]
