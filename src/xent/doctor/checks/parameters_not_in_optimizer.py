"""Parameters that get gradients which nobody uses."""

from __future__ import annotations

import weakref
from dataclasses import dataclass

from torch import Tensor, nn

from ..events import BackwardStarted, ModuleCalled, OptimizerBuilt, StepStarted
from ..finding import Finding, Text
from ..graph import leaves
from ..history import IdMap, parameters_of
from ..sites import NOWHERE, Site
from .base import Check, on

# Backward passes whose leaves are looked at.
_PASSES = {0, 1, 2, 5, 20, 100, 1000}


@dataclass
class _Leaf:
    passes: int
    start: list[float]


class ParametersNotInOptimizer(Check):
    id = "parameters-not-in-optimizer"
    severity = "error"
    message = Text(
        "{count} parameters take part in the loss and get gradients, but no optimizer has them: they stay as they were initialised "
        "({names}).",
        "{count} 个参数参与了损失并得到梯度，但不在任何优化器中：它们会一直停留在初始值（{names}）。",
    )
    evidence = Text(
        "proof: leaves of the loss's autograd graph that are in none of the {optimizers} optimizers; unchanged at the end",
        "证据：它们是损失计算图的叶子，却不在 {optimizers} 个优化器的任何一个中；结束时仍未改变",
    )
    fix = Text(
        "build the optimizer after the last layer is in place, over all parameters: Optimizer([*model.parameters(), "
        "*other.parameters()]), or freeze what is not to be trained with requires_grad_(False)",
        "在最后一层就位之后用全部参数构建优化器：Optimizer([*model.parameters(), *other.parameters()])；"
        "不需要训练的部分用 requires_grad_(False) 冻结",
    )

    def prepare(self) -> None:
        self.leaves = IdMap()
        self.names = IdMap()
        self.modules: list[weakref.ref[nn.Module]] = []
        self.steps = 0
        self.built: Site = NOWHERE

    @on(OptimizerBuilt)
    def optimizer(self, event: OptimizerBuilt) -> None:
        self.built = event.site if self.built is NOWHERE else self.built

    @on(StepStarted)
    def step(self, event: StepStarted) -> None:
        self.steps += 1
        if self.built is NOWHERE:
            self.built = event.site

    @on(ModuleCalled)
    def call(self, event: ModuleCalled) -> None:
        if event.call.number < 64 and not any(ref() is event.module for ref in self.modules):
            self.modules.append(weakref.ref(event.module))

    @on(BackwardStarted)
    def backward(self, event: BackwardStarted) -> None:
        if event.number not in _PASSES:
            return
        for leaf in leaves(event.roots):
            if not isinstance(leaf, nn.Parameter) or leaf in self.history.optimized:
                continue
            known: _Leaf | None = self.leaves.get(leaf)
            if known is None:
                self.leaves.set(leaf, _Leaf(1, _start(leaf)))
            else:
                known.passes += 1

    def finish(self) -> list[Finding]:
        optimizers = self.history.optimizers.items()
        trained = [p for optimizer, _ in optimizers for p in parameters_of(optimizer)]
        if not self.steps or not any(isinstance(parameter, nn.Parameter) for parameter in trained):
            # Nothing is trained, or only inputs are: an attack, a style transfer.
            return []
        missed = [
            leaf
            for leaf, known in self.leaves.items()
            if leaf not in self.history.optimized and leaf.requires_grad and _start(leaf) == known.start
        ]
        if not missed:
            return []
        modules = [module for ref in self.modules if (module := ref()) is not None]
        names = _names(missed, modules)
        # A model that was never in training mode is a fixed part, though nobody has said so.
        owners = [m for m in modules if any(p is leaf for p in m.parameters() for leaf in missed)]
        fixed = bool(owners) and not any(module.training for module in owners)
        return [
            self.found(
                self.built,
                severity="note" if fixed else None,
                count=len(missed),
                names=", ".join(names[:4]) + (", …" if len(names) > 4 else ""),
                optimizers=len(optimizers),
            )
        ]


def _start(leaf: Tensor) -> list[float]:
    """A few values, to see later whether somebody has changed them."""
    values: list[float] = leaf.detach().reshape(-1)[:4].tolist()
    return values


def _names(parameters: list[Tensor], modules: list[nn.Module]) -> list[str]:
    found = {id(p): f"{type(m).__name__}.{name}" for m in modules for name, p in m.named_parameters()}
    return sorted(found.get(id(p), f"a parameter of shape {tuple(p.shape)}") for p in parameters)
