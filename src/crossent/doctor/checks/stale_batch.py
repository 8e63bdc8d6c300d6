"""Batches that are drawn and not used."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from ..events import BatchDrawn, LossExamined, ModuleCalled, ObservationPaused
from ..finding import Finding, Text
from ..sites import Site
from ..traces import Model, tensors_in
from .base import Check, on

# Draws in a row from which the model got nothing.
_ENOUGH = 6


@dataclass
class _Same:
    """A tensor that comes again, batch after batch: its state, and how often in a row."""

    tensor: weakref.ref[Tensor]
    version: int
    draws: int
    times: int = 0

    def again(self, tensor: Tensor, draws: int, drawn: set[int]) -> None:
        """Count the uses of a tensor that come one after each batch; of a pass over other data there are several."""
        same = self.tensor() is tensor and self.version == tensor._version and tensor.data_ptr() not in drawn
        if same and draws <= self.draws + 1:
            self.times += draws > self.draws
        else:
            self.tensor, self.version, self.times = weakref.ref(tensor), tensor._version, 0
        self.draws = draws


class StaleBatch(Check):
    """The loop draws batches, and the model sees the same tensors at every step.

    中文：循环取出的批次没有用上：每一步送进模型和损失的都是同一组张量。

    Why: a variable of the wrong name (`x` for `xb`) trains on one batch for ever: the loss falls beautifully, and the
    accuracy on anything else is that of guessing.

    Wrong::

        first_x, first_y = x[:32], y[:32]
        for xb, yb in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(first_x), first_y).backward()  # doctor: note[stale-batch]
            optimizer.step()

    Right::

        for xb, yb in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(xb), yb).backward()
            optimizer.step()

    Known limits: a proof: input and labels of the loss are the very same unchanged tensors while the loader gives other
    ones. Where one of both changes (a fixed noise, say), or where a batch is kept to overfit on without drawing more,
    nothing is reported.
    """

    id = "stale-batch"
    severity = "error"
    subject = "loop"
    preview = True
    message = Text(
        "the batches of the loader ({loader}) are drawn and not used: {model} gets the same input and the loss the "
        "same labels at every step.",
        "加载器（{loader}）的批次取出后没有使用：每一步 {model} 的输入和损失的标签都是同一组。",
    )
    evidence = Text(
        "proof: over {times} batches in a row the input of the model and the target of the loss were the same two "
        "tensors, unchanged, and neither was of a batch",
        "证据：连续 {times} 个批次中，模型的输入和损失的目标一直是同样两个未改变的张量，且都不属于取出的批次",
    )
    fix = Text(
        "give the model and the loss the variables of the for loop",
        "把 for 循环的变量交给模型和损失",
    )

    def prepare(self) -> None:
        self.draws = 0
        self.drawn: set[int] = set()
        self.inputs: dict[Model, _Same] = {}
        self.targets: dict[Site, tuple[_Same, str]] = {}
        self.last: tuple[Model, _Same] | None = None
        self.found_at: dict[Site, dict[str, Any]] = {}

    @on(ObservationPaused)
    def pause(self, event: ObservationPaused) -> None:
        self.inputs.clear()
        self.targets.clear()

    @on(BatchDrawn)
    def draw(self, event: BatchDrawn) -> None:
        # The first batch of a pass counts twice, so that a pass of one batch breaks the row.
        self.draws += 1 + event.first
        self.drawn = {tensor.data_ptr() for tensor in tensors_in(event.batch)}
        self.loader = str(event.site)

    @on(ModuleCalled)
    def called(self, event: ModuleCalled) -> None:
        call = event.call
        given = call.input() if call.input is not None else None
        if not (call.training and call.grad and self.draws):
            return
        self.last = None
        if given is not None:
            same = self.inputs.setdefault(call.model, _Same(weakref.ref(given), given._version, self.draws))
            same.again(given, self.draws, self.drawn)
            self.last = (call.model, same)

    @on(LossExamined)
    def loss(self, event: LossExamined) -> None:
        if self.last is None or not event.takes_part:
            return
        model, given = self.last
        target = event.target
        same, _ = self.targets.setdefault(
            event.site, (_Same(weakref.ref(target), target._version, self.draws), self.loader)
        )
        same.again(target, self.draws, self.drawn)
        times = min(given.times, same.times)
        if times >= _ENOUGH:
            self.found_at[event.site] = {"model": model.name, "times": times, "loader": self.loader}

    def finish(self) -> list[Finding]:
        return [self.found(site, **values) for site, values in self.found_at.items()]
