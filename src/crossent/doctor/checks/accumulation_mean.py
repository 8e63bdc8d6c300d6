"""Means over unequal parts of one step."""

from __future__ import annotations

import weakref
from dataclasses import dataclass

from torch import Tensor

from ..events import BackwardEnded, BackwardStarted, LossCall, LossExamined, ObservationPaused, StepEnded
from ..finding import Finding, Text
from ..sites import Site
from ..traces import LossTrace
from .base import Check, on

# Backward passes that one step may have; more is not accumulation but a script that never steps.
_LONGEST = 1024
# Parameters of each optimizer whose gradients are followed.
_FOLLOWED = 3


@dataclass
class _Seen:
    even: int = 0
    uneven: int = 0
    rows_only: int = 0
    passes: int = 0
    least: float = 0.0
    most: float = 0.0
    ratio: float = 1.0


class AccumulationMean(Check):
    """A step accumulates means over unequal parts.

    中文：梯度累积时各个 micro-batch 的有效样本数（或权重和）不同，均值的均值不等于总均值。

    Why: with `loss / 4` every micro-batch counts the same, however many targets it has: between 100 valid targets and
    1, the lone one counts 100 times as much.

    Wrong::

        for step in range(6):
            optimizer.zero_grad()
            for rows in torch.randperm(320)[:32].split([16, 4, 9, 3]):
                loss = F.cross_entropy(model(x[rows]), y[rows]) / 4  # doctor: warning[accumulation-mean]
                loss.backward()
            optimizer.step()

    Right::

        for step in range(6):
            optimizer.zero_grad()
            for rows in torch.randperm(320)[:32].split([16, 4, 9, 3]):
                loss = F.cross_entropy(model(x[rows]), y[rows], reduction="sum") / 32
                loss.backward()
            optimizer.step()

    Known limits: a proof: what the means of one step were divided by. A batch that is dropped, whose gradients are
    cleared before any step, is no part of the next. `crossent.functional.normalizer` gives the exact denominator, over
    micro-batches and ranks.
    """

    id = "accumulation-mean"
    severity = "warning"
    subject = "loop"
    message = Text(
        "gradients of {passes} backward passes are added up for one step, and each loss is a mean over its own part: a "
        "label in a part with few valid labels (or small weights) counts up to {ratio:.3g} times as much as one in "
        "another.",
        "一个优化步累加了 {passes} 次反向传播的梯度，而每个损失只是各自部分的平均：有效标签少（或权重小）的部分中，一个"
        "标签的影响可达其他部分的 {ratio:.3g} 倍。",
    )
    evidence = Text(
        "proof: the means of one step were divided by {least:.4g} to {most:.4g}; uneven in {uneven} of {steps} steps "
        "examined",
        "证据：同一步内各平均值的除数从 {least:.4g} 到 {most:.4g}；检查的 {steps} 步中有 {uneven} 步不均",
    )
    fix = Text(
        'divide once per step by what counts in all of its parts: reduction="sum" and loss / total, with total the '
        "valid labels (or weights) of all micro-batches (crossent.functional.normalizer)",
        '每一步只用所有部分的总数相除：reduction="sum" 再 loss / total，其中 total 为所有微批次的有效标签数（'
        "或权重和）（crossent.functional.normalizer）",
    )

    def prepare(self) -> None:
        self.window: list[list[tuple[LossTrace, float | None]]] = []
        self.seen: dict[Site, _Seen] = {}
        # Whether a second backward pass has begun before a step.
        self.follows = False
        # Parameter → its gradient (by identity) and that one's version after the last backward pass; and those that the
        # pass has changed.
        self.gradients: dict[int, tuple[int, int]] = {}
        self.filled: list[weakref.ref[Tensor]] = []

    @on(LossCall)
    def count(self, event: LossCall) -> None:
        if (
            event.takes_part
            and event.reduction == "mean"
            and (self.history.every_loss or isinstance(event, LossExamined))
        ):
            event.trace.divisor = divisor(event)
            event.trace.uneven = event.trace.divisor != event.positions

    @on(BackwardStarted)
    def backward(self, event: BackwardStarted) -> None:
        if self.window:
            # Nobody has looked at the gradients before the first second pass: any that is gone may have been there.
            if self._cleared() if self.follows else self._some_are_gone():
                # A batch was dropped: its gradients are gone before any step.
                self.window.clear()
            self.follows = True
        if event.losses and len(self.window) < _LONGEST:
            self.window.append(event.losses)

    @on(BackwardEnded)
    def ended(self, event: BackwardEnded) -> None:
        if not self.follows:
            return
        before, self.gradients = self.gradients, {}
        self.filled = []
        for parameter in self.history.own_parameters(_FOLLOWED):
            gradient = parameter.grad
            if gradient is not None:
                now = self.gradients[id(parameter)] = (id(gradient), gradient._version)
                if before.get(id(parameter)) != now:
                    self.filled.append(weakref.ref(parameter))

    def _cleared(self) -> bool:
        """Tell whether the gradients of the last backward pass have been set to zero or to None."""
        parameters = [parameter for ref in self.filled if (parameter := ref()) is not None]
        return bool(parameters) and not any(self._holds_gradient(parameter) for parameter in parameters)

    def _some_are_gone(self) -> bool:
        return not all(map(self._holds_gradient, self.history.own_parameters(_FOLLOWED)))

    def _holds_gradient(self, parameter: Tensor) -> bool:
        gradient = parameter.grad
        if gradient is None:
            return False
        untouched = self.gradients.get(id(parameter)) == (id(gradient), gradient._version)
        return untouched or bool(gradient.detach().any())

    @on(ObservationPaused)
    def pause(self, event: ObservationPaused) -> None:
        self.window.clear()

    @on(StepEnded)
    def step(self, event: StepEnded) -> None:
        window, self.window = self.window, []
        if len(window) < 2:
            return
        self.history.every_loss = True
        parts: dict[Site, list[tuple[LossTrace, float | None]]] = {}
        for losses in window:
            for trace, factor in losses:
                parts.setdefault(trace.site, []).append((trace, factor))
        for site, several in parts.items():
            if len({trace.backward for trace, _ in several}) > 1:
                self._compare(self.seen.setdefault(site, _Seen()), several)

    def _compare(self, seen: _Seen, parts: list[tuple[LossTrace, float | None]]) -> None:
        divisors = [trace.divisor for trace, _ in parts if trace.divisor]
        factors = [abs(factor) for _, factor in parts if factor]
        if len(divisors) < len(parts) or (factors and len(factors) < len(parts)):
            return
        # How much one label weighs in the sum of all parts.
        shares = [f / d for f, d in zip(factors or [1.0] * len(divisors), divisors, strict=True)]
        ratio = max(shares) / min(shares)
        if ratio < 1.01:
            seen.even += 1
            return
        seen.uneven += 1
        seen.rows_only += not any(trace.uneven for trace, _ in parts)
        if ratio > seen.ratio:
            seen.ratio, seen.passes = ratio, len(parts)
            seen.least, seen.most = min(divisors), max(divisors)

    def finish(self) -> list[Finding]:
        found = []
        for site, seen in self.seen.items():
            if not seen.uneven:
                continue
            # The short last batch of an epoch alone does little harm.
            only_last = seen.rows_only == seen.uneven and seen.uneven < seen.even
            mild = only_last or seen.ratio < 1.1
            found.append(
                self.found(
                    site,
                    severity="note" if mild else None,
                    passes=seen.passes,
                    ratio=seen.ratio,
                    least=seen.least,
                    most=seen.most,
                    uneven=seen.uneven,
                    steps=seen.even + seen.uneven,
                )
            )
        return found


def divisor(event: LossCall) -> float:
    """The divisor of the mean of a loss."""
    if event.normalizer is not None:
        return float(event.normalizer)
    if not event.of_classes or not event.labels.by_index:
        return float(event.positions)
    if event.weight is None or event.error is not None:
        return float(event.labels.count)
    counted = event.labels.counting.long()
    return float(event.weight.detach().to(counted.device)[counted].sum())
