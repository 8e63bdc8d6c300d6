"""Parameters that get gradients which nobody uses."""

from __future__ import annotations

from torch import Tensor, nn

from ..events import BackwardStarted, ModuleCalled, OptimizerBuilt, StepStarted
from ..finding import Finding, Text
from ..graph import leaves
from ..history import IdMap, parameters_of
from ..sites import NOWHERE, Site
from .base import Check, on

# Backward passes whose leaves are looked at: the first ones, then one of so many. A head can be replaced at any time.
_FIRST, _THEN_ONE_OF = 3, 16


class ParametersNotInOptimizer(Check):
    """Parameters get gradients, but no optimizer has them.

    中文：有的参数得到了梯度，但不在任何优化器里，不会被训练。

    Why: a head that was replaced after the optimizer was built, layers in a plain Python list, an encoder that was
    forgotten: they get gradients and never move.

    Wrong::

        encoder = nn.Sequential(nn.Linear(6, 6), nn.ReLU())
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)  # doctor: error[parameters-not-in-optimizer]
        for xb, yb in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(encoder(xb)), yb).backward()
            optimizer.step()

    Right::

        encoder = nn.Sequential(nn.Linear(6, 6), nn.ReLU())
        optimizer = torch.optim.Adam([*model.parameters(), *encoder.parameters()], lr=0.01)
        for xb, yb in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(encoder(xb)), yb).backward()
            optimizer.step()

    Known limits: a proof: leaves of the loss's graph that no optimizer holds, and that do not change. Where only inputs
    are optimized, as in an attack, the model is meant to stay; a part that is always in eval mode is a note.
    """

    id = "parameters-not-in-optimizer"
    severity = "error"
    subject = "loop"
    message = Text(
        "{count} parameters take part in the loss and get gradients, but no optimizer has them: they stay as they were "
        "initialised ({names}).",
        "{count} 个参数参与了损失并得到梯度，但不在任何优化器中：它们会一直停留在初始值（{names}）。",
    )
    evidence = Text(
        "proof: leaves of the loss's autograd graph that are in none of the {optimizers} optimizers; unchanged at the "
        "end",
        "证据：它们是损失计算图的叶子，却不在 {optimizers} 个优化器的任何一个中；结束时仍未改变",
    )
    fix = Text(
        "build the optimizer after the last layer is in place, over all parameters: Optimizer([*model.parameters(), "
        "*other.parameters()]), or freeze what is not to be trained with requires_grad_(False)",
        "在最后一层就位之后用全部参数构建优化器：Optimizer([*model.parameters(), *other.parameters()])；不需要训练的部"
        "分用 requires_grad_(False) 冻结",
    )

    def prepare(self) -> None:
        # Leaf outside of every optimizer → its first values and the step at which they were read.
        self.leaves = IdMap()
        # Those that were the same after a step, by identity: their names. They may be gone before the script ends.
        self.missed: dict[int, str] = {}
        self.trains_parameters = False
        self.fixed = True
        self.modules = IdMap()
        self.built: Site = NOWHERE
        self.stepped = False
        self.optimizers = 1

    @on(OptimizerBuilt)
    def optimizer(self, event: OptimizerBuilt) -> None:
        self.built = event.site if self.built is NOWHERE else self.built
        self.optimizers = len(self.history.optimizers.items())

    @on(StepStarted)
    def step(self, event: StepStarted) -> None:
        if not self.stepped:
            # Of several optimizers, the one that is used.
            self.built, self.stepped = self.history.optimizers.get(event.optimizer, event.site), True
        if event.number == 0:
            # Where only inputs are optimized, the model is meant to stay: an attack, a style transfer.
            known = (isinstance(parameter, nn.Parameter) for parameter in parameters_of(event.optimizer))
            self.trains_parameters = self.trains_parameters or any(known)

    @on(ModuleCalled)
    def call(self, event: ModuleCalled) -> None:
        self.modules.set(event.module, True)

    @on(BackwardStarted)
    def backward(self, event: BackwardStarted) -> None:
        if event.number >= _FIRST and event.number % _THEN_ONE_OF != _FIRST:
            return
        names: dict[int, tuple[str, bool]] | None = None
        for leaf in leaves(event.roots):
            if not isinstance(leaf, nn.Parameter) or leaf in self.history.optimized:
                self.missed.pop(id(leaf), None)
                continue
            start, step = self.leaves.get(leaf, (None, 0))
            if start is None:
                self.leaves.set(leaf, (_values(leaf), self.history.steps))
            elif start != _values(leaf):
                # Somebody changes it by hand.
                self.missed.pop(id(leaf), None)
            elif step < self.history.steps:
                names = self._names() if names is None else names
                name, training = names.get(id(leaf), (f"a parameter of shape {tuple(leaf.shape)}", True))
                self.missed[id(leaf)] = name
                # A module that was never in training mode is a fixed part, though nobody has said so.
                self.fixed = self.fixed and not training

    def finish(self) -> list[Finding]:
        for leaf, (start, _) in self.leaves.items():
            if leaf in self.history.optimized or not leaf.requires_grad or _values(leaf) != start:
                self.missed.pop(id(leaf), None)
        if not self.missed or not self.trains_parameters:
            return []
        names = sorted(self.missed.values())
        return [
            self.found(
                self.built,
                severity="note" if self.fixed else None,
                count=len(names),
                names=", ".join(names[:4]) + (", …" if len(names) > 4 else ""),
                optimizers=self.optimizers,
            )
        ]

    def _names(self) -> dict[int, tuple[str, bool]]:
        """Parameters of the modules that were called: their names, and whether their module is in training mode."""
        return {
            id(parameter): (f"{type(module).__name__}.{name}", module.training)
            for module, _ in self.modules.items()
            for name, parameter in module.named_parameters()
        }


def _values(leaf: Tensor) -> list[float]:
    """A few values, to see later whether somebody has changed them."""
    values: list[float] = leaf.detach().reshape(-1)[:4].tolist()
    return values
