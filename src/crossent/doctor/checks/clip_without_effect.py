"""Gradient clipping that clips nothing, or something else."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor

from ..events import BackwardStarted, GradientsClipped, GradientsUnscaled, ObservationPaused, StepEnded, StepStarted
from ..finding import Finding, Text
from ..history import parameters_of
from ..sites import Site
from .base import Check, on

# A norm above this is measured, not clipped.
_NO_LIMIT = 1e6
# The factor of a scaler that a limit must be below to be one of unscaled gradients.
_UNSCALED = 1e-3
# Clips of a line whose gradients are read; and those without effect that are no accident.
_READ, _ENOUGH = 24, 2

_AFTER_STEP = Text(
    "the gradients are clipped after optimizer.step(), which has used them as they were: nothing is ever clipped.",
    "裁剪梯度写在 optimizer.step() 之后，而 step() 已经用过未裁剪的梯度：实际上从未裁剪。",
)
_AFTER_STEP_EVIDENCE = Text(
    "proof: {idle} of {idle} times the gradients were those that the step before had used, no backward pass in between",
    "证据：{idle} 次中有 {idle} 次，被裁剪的梯度正是上一步已经用过的，其间没有反向传播",
)
_SCALED = Text(
    "the gradients are clipped while they still carry the factor of the gradient scaler ({scale:g}): a limit of "
    "{limit:g} acts as {real:.3g}, and nearly every step is cut down to it.",
    "裁剪时梯度仍带有梯度缩放器的系数（{scale:g}）：{limit:g} 的上限实际相当于 {real:.3g}，几乎每一步都会被压到这个大小"
    "。",
)
_SCALED_EVIDENCE = Text(
    "proof: {idle} times the scaler divided the gradients by {scale:g} after this line had clipped them",
    "证据：有 {idle} 次，缩放器在此行裁剪之后才把梯度除以 {scale:g}",
)
_SCALED_FIX = Text(
    "write scaler.unscale_(optimizer) before the gradients are clipped",
    "在裁剪梯度之前写 scaler.unscale_(optimizer)",
)


@dataclass
class _Line:
    """The clips of a line: with and without effect; since the last step, with which parameters."""

    limit: float
    looks: int = 0
    effective: int = 0
    late: int = 0
    early: int = 0
    scaled: int = 0
    scale: float = 1.0
    pending: dict[str, set[int]] = field(default_factory=dict)


class ClipWithoutEffect(Check):
    """Gradients are clipped when it has no effect: after the step, before the backward pass, or while they are scaled.

    中文：梯度裁剪的位置不对：在 step 之后、在 backward 之前，或在 scaler.unscale_ 之前，裁剪不起作用。

    Why: clipping changes the gradients that are there at that moment. After `optimizer.step()` they have been used,
    before `backward()` there are none, and before `scaler.unscale_` they are some 65,536 times as large as the limit
    is meant for. Wherever 22 of the public reports were looked at, the training ran unclipped for months.

    Wrong::

        for xb, yb in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(xb), yb).backward()
            optimizer.step()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)  # doctor: note[clip-without-effect]

    Right::

        for xb, yb in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(xb), yb).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()

    Known limits: a proof: the order of backward pass, clip, unscale and step. A line that clips in time once is not
    reported, nor is a norm that is only measured (`max_norm=inf`), nor clipping by hand.
    """

    id = "clip-without-effect"
    severity = "error"
    subject = "loop"
    preview = True
    message = Text(
        "the gradients are clipped before the backward pass, when there are none: nothing is ever clipped.",
        "裁剪梯度写在反向传播之前，此时还没有梯度：实际上从未裁剪。",
    )
    evidence = Text(
        "proof: {idle} of {idle} times every gradient was None or zero, and a backward pass and a step followed "
        "without another clip",
        "证据：{idle} 次中有 {idle} 次，裁剪时所有梯度都是 None 或零，随后的反向传播与 step 之间没有再裁剪",
    )
    fix = Text(
        "clip between loss.backward() and optimizer.step()",
        "请在 loss.backward() 与 optimizer.step() 之间裁剪",
    )

    def prepare(self) -> None:
        self.lines: dict[Site, _Line] = {}
        # Parameters whose gradients a step has used, with no backward pass since.
        self.used: dict[int, tuple[int, int]] = {}

    @on(ObservationPaused)
    def pause(self, event: ObservationPaused) -> None:
        self.used.clear()
        for line in self.lines.values():
            line.pending.clear()

    @on(BackwardStarted)
    def backward(self, event: BackwardStarted) -> None:
        self.used.clear()

    @on(GradientsClipped)
    def clip(self, event: GradientsClipped) -> None:
        if not 0 < event.limit < _NO_LIMIT:
            return
        line = self.lines.get(event.site)
        if line is None:
            # What the step before has used is known from the next one on.
            self.lines[event.site] = _Line(event.limit)
            return
        line.looks += 1
        if line.looks > _READ and any(p.device.type != "cpu" for p in event.parameters[:1]):
            return
        line.limit = event.limit
        line.pending.setdefault(self._when(event.parameters), set()).update(map(id, event.parameters))

    def _when(self, parameters: list[Tensor]) -> str:
        """The moment of a clip: "effective", "late" (all gradients are used ones) or "early" (there are none)."""
        late = False
        for parameter in parameters:
            gradient = parameter.grad
            if gradient is None:
                continue
            if self.used.get(id(parameter)) == (id(gradient), gradient._version):
                late = True
            elif gradient.is_sparse or bool(gradient.detach().any()):
                return "effective"
        return "late" if late else "early"

    @on(GradientsUnscaled)
    def unscale(self, event: GradientsUnscaled) -> None:
        scale = float(event.scaler.get_scale())
        own = set(map(id, parameters_of(event.optimizer)))
        for line in self.lines.values():
            if own & line.pending.get("effective", set()) and line.limit < _UNSCALED * scale:
                line.scaled += 1
                line.scale = scale

    @on(StepStarted)
    def step(self, event: StepStarted) -> None:
        if not self.lines:
            return
        own = {id(parameter) for parameter in parameters_of(event.optimizer) if parameter.grad is not None}
        clipped = any(own & line.pending.get("effective", set()) for line in self.lines.values())
        for line in self.lines.values():
            for when, parameters in list(line.pending.items()):
                if not own & parameters:
                    continue
                del line.pending[when]
                if when == "effective":
                    line.effective += 1
                elif not clipped:
                    line.late += when == "late"
                    line.early += when == "early"

    @on(StepEnded)
    def stepped(self, event: StepEnded) -> None:
        if self.lines:
            for parameter in parameters_of(event.optimizer):
                if parameter.grad is not None:
                    self.used[id(parameter)] = (id(parameter.grad), parameter.grad._version)

    def finish(self) -> list[Finding]:
        found = []
        for site, line in self.lines.items():
            if line.scaled >= _ENOUGH and line.scaled >= line.effective - 1:
                found.append(
                    self.found(
                        site,
                        message=_SCALED,
                        evidence=_SCALED_EVIDENCE,
                        fix=_SCALED_FIX,
                        idle=line.scaled,
                        scale=line.scale,
                        limit=line.limit,
                        real=line.limit / line.scale,
                    )
                )
            elif line.effective:
                continue
            elif line.late >= max(_ENOUGH, line.early):
                found.append(self.found(site, message=_AFTER_STEP, evidence=_AFTER_STEP_EVIDENCE, idle=line.late))
            elif line.early >= _ENOUGH:
                found.append(self.found(site, idle=line.early))
        return found
