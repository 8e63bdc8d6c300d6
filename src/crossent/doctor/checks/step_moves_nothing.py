"""Optimizer steps that change no parameter."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from ..events import StepEnded, StepStarted
from ..finding import Finding, Text
from ..history import IdMap
from ..sites import Site
from .base import Check, on

# Parameters and numbers of each that are compared until they move; and steps at which, where that waits for a GPU.
_PARAMETERS, _NUMBERS, _LOOKS_ELSEWHERE = 3, 64, 32
_ENOUGH, _ENOUGH_WITHOUT_RATE = 8, 32


_NO_RATE = Text(
    "the learning rate of {kind} is 0 at every step: the model stays as it is.",
    "{kind} 的学习率在每一步都是 0：模型一直不变。",
)
_NO_RATE_EVIDENCE = Text(
    "proof: at {still} of {still} steps, the last one seen among them, every group with gradients had a learning rate "
    "of 0",
    "证据：在 {still} 步中的 {still} 步（包括最后观察到的一步），所有有梯度的参数组学习率都是 0",
)
_NO_RATE_FIX = Text(
    "look at what sets it: a factor of a scheduler that is an integer division (step // warmup for step / warmup), a "
    "warmup that is longer than the training, or counts epochs where it should count steps",
    "检查学习率的来源：调度器的系数是否用了整除（应为 step / warmup 而非 step // warmup），预热是否比训练还长，或者按 "
    "epoch 计数而不是按步计数",
)


@dataclass
class _State:
    site: Site
    kind: str
    rate: float = 0.0
    dtype: str = ""
    gradient: float = 0.0
    size: float = 0.0
    still: int = 0
    idle: int = 0
    moved: int = 0
    looks: int = 0
    before: list[tuple[Tensor, Tensor]] | None = None


class StepMovesNothing(Check):
    """The gradients are there, and no step changes a parameter.

    中文：梯度存在，但 optimizer.step() 没有改变任何参数。

    Why: a step that is smaller than the resolution of a 16-bit weight rounds to nothing; a broken backend, or a wrapper
    that puts the old weights back, does the same. The loss stays where it was, and every line of the loop looks right.

    Wrong::

        model = model.bfloat16()
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-7)
        for xb, yb in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(xb.bfloat16()).float(), yb).backward()
            optimizer.step()  # doctor: note[step-moves-nothing]

    Right::

        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for xb, yb in loader:
            optimizer.zero_grad()
            with torch.autocast("cpu", dtype=torch.bfloat16):
                scores = model(xb)
            F.cross_entropy(scores.float(), yb).backward()
            optimizer.step()

    Known limits: a proof, of some numbers of some weights: they have a gradient and a learning rate above 0, and are
    the same bit for bit after each step that is observed. A learning rate of 0 at the begin of a warmup is not
    reported; one that is 0 from the first step to the last is.
    """

    id = "step-moves-nothing"
    severity = "error"
    subject = "loop"
    preview = True
    message = Text(
        "{kind}.step() changes no parameter, though there are gradients: the model stays as it is.",
        "存在梯度，但 {kind}.step() 没有改变任何参数：模型一直不变。",
    )
    evidence = Text(
        "proof: at {still} of {still} steps all examined numbers of the weights ({dtype}, up to {size:.3g}) were the "
        "same after the step as before, with a learning rate of {rate:.3g} and gradients of up to {gradient:.3g}",
        "证据：在 {still} 步中的 {still} 步，检查的权重数值（{dtype}，最大 {size:.3g}）在 step 前后完全相同，学习率为 "
        "{rate:.3g}，梯度最大 {gradient:.3g}",
    )
    fix = Text(
        "keep the weights in float32 (torch.autocast for the 16-bit part), raise the learning rate, or try another "
        "optimizer or device: one of them does not update",
        "权重保持 float32（16 位计算交给 torch.autocast）、调大学习率，或换一个优化器或设备：其中之一没有更新参数",
    )

    def prepare(self) -> None:
        self.states = IdMap()
        self.seen: list[_State] = []

    @on(StepStarted)
    def start(self, event: StepStarted) -> None:
        state = self.states.get(event.optimizer)
        if state is None:
            state = _State(event.site, type(event.optimizer).__name__)
            self.states.set(event.optimizer, state)
            self.seen.append(state)
        state.before = None
        if state.moved:
            return
        followed: list[tuple[Tensor, Tensor]] = []
        for group in event.optimizer.param_groups:
            for parameter in group["params"]:
                if len(followed) < _PARAMETERS and parameter.ndim > 1 and _has_gradient(parameter):
                    state.rate = max(state.rate, float(group["lr"])) if "lr" in group else 1.0
                    followed.append((parameter, _some(parameter).clone()))
        on_cpu = bool(followed) and followed[0][0].device.type == "cpu"
        if followed and (on_cpu or state.looks < _LOOKS_ELSEWHERE):
            state.before = followed

    @on(StepEnded)
    def end(self, event: StepEnded) -> None:
        state: _State | None = self.states.get(event.optimizer)
        if state is None or not state.before:
            return
        if not state.rate:
            state.idle += 1
            return
        before, state.before = state.before, None
        gradients = [float(_some(p.grad).abs().max()) for p, _ in before if p.grad is not None]
        if not gradients or not 0 < max(gradients) < float("inf"):
            return
        state.looks += 1
        if all(bool((_some(parameter) == old).all()) for parameter, old in before):
            state.still += 1
            state.dtype, state.gradient = str(before[0][0].dtype), max(gradients)
            state.size = max(float(old.abs().max()) for _, old in before)
        else:
            state.moved += 1

    def finish(self) -> list[Finding]:
        without = [
            self.found(
                state.site,
                message=_NO_RATE,
                evidence=_NO_RATE_EVIDENCE,
                fix=_NO_RATE_FIX,
                kind=state.kind,
                still=state.idle,
            )
            for state in self.seen
            if state.idle >= _ENOUGH_WITHOUT_RATE and not state.rate
        ]
        return without + [
            self.found(
                state.site,
                kind=state.kind,
                still=state.still,
                dtype=state.dtype,
                size=state.size,
                rate=state.rate,
                gradient=state.gradient,
            )
            for state in self.seen
            if state.still >= _ENOUGH and not state.moved
        ]


def _has_gradient(parameter: Tensor) -> bool:
    return parameter.grad is not None and not parameter.grad.is_sparse and parameter.is_floating_point()


def _some(tensor: Tensor) -> Tensor:
    flat = tensor.detach().reshape(-1)
    return flat[:: max(flat.numel() // _NUMBERS, 1)]
