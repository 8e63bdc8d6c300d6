"""Parameters that an optimizer has and no gradient reaches."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer

from ..events import ModuleCalled, StepStarted
from ..finding import Finding, Text
from ..history import IdMap, parameters_of
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
# Steps of an optimizer at which its gradients are looked at.
_STEPS = {0, 1, 2, 5, 20, 100, 1000}


class ParametersWithoutGradient(Check):
    id = "parameters-without-gradient"
    severity = "warning"
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
        # Optimizer → (site of its steps, looks, those without gradient at every look).
        self.looks = IdMap()
        self.modules = IdMap()

    @on(ModuleCalled)
    def call(self, event: ModuleCalled) -> None:
        self.modules.set(event.module, True)

    @on(StepStarted)
    def step(self, event: StepStarted) -> None:
        if event.number not in _STEPS or _closure_first(event.optimizer, event.number):
            return
        without = {id(p) for p in parameters_of(event.optimizer) if p.grad is None and p.requires_grad}
        site, looks, before = self.looks.get(event.optimizer, (event.site, 0, without))
        self.looks.set(event.optimizer, (site, looks + 1, before & without))

    def finish(self) -> list[Finding]:
        found = []
        frozen = self._frozen()
        modules = [module for module, _ in self.modules.items()]
        for optimizer, (site, looks, without) in self.looks.items():
            parameters = parameters_of(optimizer)
            missed = [p for p in parameters if id(p) in without and p.grad is None and p.requires_grad]
            if not missed:
                continue
            values: dict[str, Any] = {"count": len(missed), "total": len(parameters), "looks": looks}
            if all(id(p) in frozen for p in missed):
                # Perhaps frozen on purpose, though the optimizer should not have them then.
                values["names"] = ", ".join(_names(missed, modules)[:4])
                fixed = not any(module.training for module, _ in self.history.frozen_calls.items())
                severity = "note" if fixed else None
                found.append(self.found(site, severity=severity, evidence=_NO_GRAD, **values))
            elif len(missed) == len([p for p in parameters if p.requires_grad]):
                found.append(self.found(site, severity="error", message=_NONE, fix=_NONE_FIX, **values))
            else:
                names = _names(missed, modules)
                shown = ", ".join(names[:4]) + (", …" if len(names) > 4 else "")
                found.append(self.found(site, names=shown, **values))
        return found

    def _frozen(self) -> set[int]:
        """Parameters of modules that run under no_grad inside of the model: frozen on purpose."""
        return {id(p) for module, _ in self.history.frozen_calls.items() for p in module.parameters()}


def _closure_first(optimizer: Optimizer, number: int) -> bool:
    """The first step of an optimizer that computes its gradients itself, inside of step(closure)."""
    return number == 0 and type(optimizer).__name__ == "LBFGS"


def _names(parameters: list[Tensor], modules: list[nn.Module]) -> list[str]:
    found = {id(p): f"{type(m).__name__}.{name}" for m in modules for name, p in m.named_parameters()}
    return sorted(found.get(id(p), f"a parameter of shape {tuple(p.shape)}") for p in parameters)
