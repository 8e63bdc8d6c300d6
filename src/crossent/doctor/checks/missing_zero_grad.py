"""Gradients of earlier steps that are still there."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field

from torch import Tensor

from ..events import BackwardEnded, BackwardStarted, ObservationPaused, StepEnded
from ..finding import Text
from ..history import IdMap, parameters_of
from .base import Check, Findings, on

# Parameters of each optimizer whose gradients are followed.
_FOLLOWED = 3
# Steps of an optimizer after which its gradients are followed; a loop that has cleared them so often does so always.
_ALWAYS, _THEN_ONE_OF = 16, 8


@dataclass
class _Followed:
    """A parameter's gradient as the last step left it."""

    parameter: weakref.ref[Tensor]
    gradient: int
    version: int

    def gradient_now(self) -> Tensor | None:
        """The gradient, if it is still the same tensor."""
        parameter = self.parameter()
        gradient = parameter.grad if parameter is not None else None
        return gradient if gradient is not None and id(gradient) == self.gradient else None


@dataclass
class _State:
    followed: list[_Followed] = field(default_factory=list)
    # Since the last step: a backward pass has begun; one began when the old gradients were gone.
    backward: bool = False
    clean: bool = False
    steps: int = 0


class MissingZeroGrad(Check):
    """Gradients are not set to zero between two steps.

    中文：两次 step 之间没有清零梯度。

    Why: without `zero_grad` every step goes along the sum of all gradients so far. Adam hides it for a while.

    Wrong::

        for xb, yb in loader:
            F.cross_entropy(model(xb), yb).backward()
            optimizer.step()  # doctor: error[missing-zero-grad]

    Right::

        for xb, yb in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(xb), yb).backward()
            optimizer.step()

    Known limits: a proof: before the backward passes of a step the gradients are still those of the step before.
    `model.zero_grad()`, `p.grad = None` and accumulation over several backward passes are fine.
    """

    id = "missing-zero-grad"
    severity = "error"
    subject = "loop"
    message = Text(
        "gradients are never set to zero: every step uses the sum of the gradients of all steps so far.",
        "梯度从未清零：每一步使用的都是此前所有步梯度的累加。",
    )
    evidence = Text(
        "proof: at step {step} the gradients still held those of step {before}: same tensors, unchanged and not zero "
        "when the backward passes in between began",
        "证据：第 {step} 步的梯度仍含第 {before} 步的梯度：其间每次反向传播开始时都是同一张量、未被改动且不为零",
    )
    fix = Text(
        "write optimizer.zero_grad() before loss.backward()",
        "在 loss.backward() 之前写 optimizer.zero_grad()",
    )

    def prepare(self) -> None:
        self.states = IdMap()

    @on(BackwardStarted)
    def look(self, event: BackwardStarted) -> None:
        for _, state in self.states.items():
            state.backward = True
            if state.followed and not state.clean:
                state.clean = not all(_stale(followed) for followed in state.followed)

    @on(BackwardEnded)
    def added(self, event: BackwardEnded) -> None:
        for _, state in self.states.items():
            for followed in () if state.clean else state.followed:
                # The old gradients are still in it, and the new ones were added: not a change that clears it.
                gradient = followed.gradient_now()
                if gradient is not None:
                    followed.version = gradient._version

    @on(ObservationPaused)
    def pause(self, event: ObservationPaused) -> None:
        for _, state in self.states.items():
            state.followed = []

    @on(StepEnded)
    def step(self, event: StepEnded) -> Findings:
        state: _State | None = self.states.get(event.optimizer)
        if state is None:
            state = _State()
            self.states.set(event.optimizer, state)
        elif state.backward and state.followed and not state.clean:
            yield self.found(event.site, step=state.steps + 1, before=state.steps)
        state.steps += 1
        state.backward = state.clean = False
        seldom = state.steps > _ALWAYS and state.steps % _THEN_ONE_OF
        state.followed = [] if seldom else _follow(event)


def _follow(event: StepEnded) -> list[_Followed]:
    found: list[_Followed] = []
    for parameter in parameters_of(event.optimizer):
        gradient = parameter.grad
        # One that is 0 says nothing: the recurrent weights of an LSTM that reads one step have no other.
        if gradient is not None and not gradient.is_sparse and bool(gradient.detach().any()):
            found.append(_Followed(weakref.ref(parameter), id(gradient), gradient._version))
            if len(found) == _FOLLOWED:
                break
    return found


def _stale(followed: _Followed) -> bool:
    """Return whether a gradient is what the last step left, and not zero."""
    gradient = followed.gradient_now()
    if gradient is None:
        return False
    # `grad.data.zero_()` leaves no trace in the version.
    return gradient._version == followed.version and bool(gradient.detach().any())
