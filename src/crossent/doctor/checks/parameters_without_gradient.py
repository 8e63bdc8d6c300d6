"""Parameters that an optimizer has and no gradient reaches."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from ..events import ModuleCalled, StepStarted
from ..finding import Finding, Text
from ..history import IdMap, parameters_of
from ..sites import Site
from .base import Check, on

_NONE = Text(
    "none of the {total} parameters of the optimizer has a gradient when it steps: nothing is trained at all.",
    "优化器执行 step 时，它的 {total} 个参数都没有梯度：什么都没有训练。",
)
_NONE_FIX = Text(
    "look between the model and the loss for detach(), .data, .item(), torch.tensor(…) or no_grad(), and that "
    "zero_grad() stands before backward(), not between backward() and step()",
    "检查模型与损失之间是否有 detach()、.data、.item()、torch.tensor(…) 或 no_grad()，并确认 zero_grad() 写在 "
    "backward() 之前，而不是 backward() 与 step() 之间",
)
_NO_GRAD = Text(
    "proof: .grad is None at {looks} of {looks} steps examined; their module runs under torch.no_grad() inside of the "
    "model",
    "证据：在检查的 {looks} 步中 .grad 每次都是 None；它们所在的模块在模型内部以 torch.no_grad() 运行",
)
# Of more parameters without gradient, only one step of so many is looked at.
_MANY, _EVERY = 64, 8


@dataclass
class _State:
    """An optimizer: its trainable parameters that have had no gradient yet, by identity, with their names."""

    site: Site
    total: int
    without: dict[int, tuple[weakref.ref[Tensor], str]]
    frozen: set[int]
    frozen_for_good: bool
    looks: int = 0


class ParametersWithoutGradient(Check):
    """An optimizer has parameters that no gradient ever reaches.

    中文：优化器里的参数从未得到梯度：图被 detach/no_grad 切断，或这一层没有被用到。

    Why: the optimizer holds them, but no backward pass ever reached them: a `.detach()` or `no_grad()` on the way, or a
    layer that `forward` does not call. Where none of them has a gradient, nothing is trained at all.

    Wrong::

        body, head = model[:4], model[4]
        for xb, yb in loader:
            optimizer.zero_grad()
            F.cross_entropy(head(body(xb).detach()), yb).backward()
            optimizer.step()  # doctor: warning[parameters-without-gradient]

    Right::

        body, head = model[:4], model[4]
        for xb, yb in loader:
            optimizer.zero_grad()
            F.cross_entropy(head(body(xb)), yb).backward()
            optimizer.step()

    Known limits: a proof: `.grad` is None at every step examined. Frozen parameters (`requires_grad=False`) and layers
    used now and then are fine.
    """

    id = "parameters-without-gradient"
    severity = "error"
    subject = "loop"
    message = Text(
        "{count} of {total} parameters of the optimizer never get a gradient: no path leads from the loss to them "
        "({names}).",
        "优化器的 {total} 个参数中有 {count} 个从未得到梯度：损失到它们之间没有通路（{names}）。",
    )
    evidence = Text(
        "proof: .grad is None at {looks} of {looks} steps examined, though requires_grad is set",
        "证据：在检查的 {looks} 步中 .grad 每次都是 None，而 requires_grad 为 True",
    )
    fix = Text(
        "look for a detach(), .data or no_grad() on the way, for a layer that forward() does not call, or for one that "
        "was replaced after the optimizer was built; freeze what is not to be trained with requires_grad_(False)",
        "检查途中是否有 detach()、.data 或 no_grad()，是否有 forward() 没有调用的层，或构建优化器之后被替换的层；不需要"
        "训练的部分用 requires_grad_(False) 冻结",
    )

    def prepare(self) -> None:
        # What is said at the end is kept as plain values: by then optimizers and models may be gone.
        self.states = IdMap()
        self.all: list[_State] = []
        self.modules = IdMap()

    @on(ModuleCalled)
    def call(self, event: ModuleCalled) -> None:
        self.modules.set(event.module, True)

    @on(StepStarted)
    def step(self, event: StepStarted) -> None:
        if event.number == 0 and type(event.optimizer).__name__ == "LBFGS":
            # It computes its first gradients inside of step(closure).
            return
        state: _State | None = self.states.get(event.optimizer)
        if state is None:
            state = self._begin(event)
        elif len(state.without) > _MANY and event.number % _EVERY:
            return
        state.looks += 1
        for key, (ref, _) in list(state.without.items()):
            parameter = ref()
            # What is gone has never had a gradient while it lived.
            if parameter is not None and (parameter.grad is not None or not parameter.requires_grad):
                del state.without[key]

    def _begin(self, event: StepStarted) -> _State:
        parameters = [p for p in parameters_of(event.optimizer) if p.requires_grad]
        bare = [p for p in parameters if p.grad is None]
        names = _names([module for module, _ in self.modules.items()]) if bare else {}
        frozen = [module for module, _ in self.history.frozen_calls.items()]
        state = _State(
            event.site,
            len(parameters),
            {id(p): (weakref.ref(p), names.get(id(p), f"a parameter of shape {tuple(p.shape)}")) for p in bare},
            frozen={id(p) for module in frozen for p in module.parameters()},
            frozen_for_good=not any(module.training for module in frozen),
        )
        self.states.set(event.optimizer, state)
        self.all.append(state)
        return state

    def finish(self) -> list[Finding]:
        return [self._say(state) for state in self.all if state.without]

    def _say(self, state: _State) -> Finding:
        names = sorted(name for _, name in state.without.values())
        shown = ", ".join(names[:4]) + (", …" if len(names) > 4 else "")
        values: dict[str, Any] = {"count": len(names), "total": state.total, "looks": state.looks, "names": shown}
        if state.without.keys() <= state.frozen:
            # Perhaps frozen on purpose, though the optimizer should not have them then.
            severity = "note" if state.frozen_for_good else "warning"
            return self.found(state.site, severity=severity, evidence=_NO_GRAD, **values)
        if len(names) == state.total:
            return self.found(state.site, message=_NONE, fix=_NONE_FIX, **values)
        return self.found(state.site, severity="warning", **values)


def _names(modules: list[nn.Module]) -> dict[int, str]:
    return {id(p): f"{type(m).__name__}.{name}" for m in modules for name, p in m.named_parameters()}
