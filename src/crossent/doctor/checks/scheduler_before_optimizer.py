"""A scheduler that steps first."""

from __future__ import annotations

from ..events import SchedulerStepped
from ..finding import Text
from ..history import IdMap
from .base import Check, Findings, on


class SchedulerBeforeOptimizer(Check):
    """A scheduler steps before its optimizer has.

    中文：scheduler.step() 在 optimizer.step() 之前，第一个学习率被跳过。

    Why: the first learning rate is skipped and the schedule is off by one. torch warns once, in a line that scrolls
    away.

    Wrong::

        import warnings

        warnings.simplefilter("ignore")
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 8)
        for xb, yb in loader:
            scheduler.step()  # doctor: warning[scheduler-before-optimizer]
            optimizer.zero_grad()
            F.cross_entropy(model(xb), yb).backward()
            optimizer.step()

    Right::

        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 8)
        for xb, yb in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(xb), yb).backward()
            optimizer.step()
            scheduler.step()

    Known limits: a proof: the order of the calls. A resumed optimizer has made its steps before, and a scaler may have
    left out the first one: neither is reported.
    """

    id = "scheduler-before-optimizer"
    severity = "warning"
    subject = "loop"
    message = Text(
        "scheduler.step() runs before the first optimizer.step(): the first value of the schedule is skipped, and "
        "every later one comes one step too early.",
        "scheduler.step() 在第一次 optimizer.step() 之前运行：学习率计划的第一个值被跳过，之后的每个值都提前一步。",
    )
    evidence = Text(
        "proof: {scheduler}.step() when its optimizer had made 0 steps; learning rate {lr:g}",
        "证据：调用 {scheduler}.step() 时其优化器还没有执行过一步；学习率 {lr:g}",
    )
    fix = Text(
        "call scheduler.step() after optimizer.step(): at the end of the batch or of the epoch",
        "在 optimizer.step() 之后调用 scheduler.step()：放在批次或 epoch 的末尾",
    )

    def prepare(self) -> None:
        self.done = IdMap()

    @on(SchedulerStepped)
    def step(self, event: SchedulerStepped) -> Findings:
        scheduler = event.scheduler
        optimizer = getattr(scheduler, "optimizer", None)
        if optimizer is None or scheduler in self.done or not getattr(optimizer, "param_groups", None):
            return
        self.done.set(scheduler, True)
        # A resumed optimizer has made its steps in another run; a scaler may have skipped the first one.
        if optimizer in self.history.steps_of or optimizer.state or optimizer in self.history.scaled:
            return
        yield self.found(event.site, scheduler=type(scheduler).__name__, lr=float(optimizer.param_groups[0]["lr"]))
