"""A frozen part of a model whose batch norm learns on."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from ..events import StepStarted
from ..finding import Finding, Text
from ..history import IdMap
from ..sites import Site
from .base import Check, on

# Steps at which the layers of a model are looked at: the first, then one of so many.
_FIRST, _THEN_ONE_OF = 8, 32
# Numbers of a weight that are compared.
_NUMBERS = 8


@dataclass
class _Layer:
    """A batch norm: the version of its counter at each look, while it was frozen and in training mode."""

    versions: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    thawed: bool = False


@dataclass
class _Model:
    name: str
    site: Site
    looks: int = 0
    layers: list[_Layer] = field(default_factory=list)


class FrozenPartMoves(Check):
    """The batch norm of a frozen part goes on learning.

    中文：冻结部分的 BatchNorm 仍在更新滑动统计量：requires_grad=False 并不会冻结它。

    Why: `requires_grad = False` freezes weights. The running mean and variance are no weights: in training mode every
    batch moves them, and the "frozen" features are others at the end than those of the checkpoint, and normalised by
    the batch while the head is trained on them.

    Wrong::

        body, head = model[:4], model[4]
        body.requires_grad_(False)
        optimizer = torch.optim.Adam(head.parameters())
        model.train()
        for xb, yb in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(xb), yb).backward()  # doctor: note[frozen-part-moves]
            optimizer.step()

    Right::

        body, head = model[:4], model[4]
        body.requires_grad_(False)
        optimizer = torch.optim.Adam(head.parameters())
        model.train()
        body.eval()
        for xb, yb in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(xb), yb).backward()
            optimizer.step()

    Known limits: a proof of what happens; some want it, to fit the statistics to new data. A layer that is trained at
    any time of the run (gradual unfreezing, the discriminator of a GAN) is not reported, nor one without weights.
    """

    id = "frozen-part-moves"
    severity = "note"
    subject = "loop"
    preview = True
    message = Text(
        "{layers} frozen batch norm layers of {model} are in training mode: their weights stand still, but their "
        "running mean and variance go on learning from every batch.",
        "{model} 中有 {layers} 个被冻结的 batch norm 层处于训练模式：权重不动，但滑动均值和方差仍随每个批次更新。",
    )
    evidence = Text(
        "proof: requires_grad is False at {looks} of {looks} steps examined, and num_batches_tracked was counted up in "
        "between",
        "证据：检查的 {looks} 步中 requires_grad 全为 False，而其间 num_batches_tracked 在增加",
    )
    fix = Text(
        "put the frozen part in eval mode after each model.train(): backbone.eval()",
        "每次 model.train() 之后让冻结部分回到评估模式：backbone.eval()",
    )

    def prepare(self) -> None:
        self.layers = IdMap()
        self.seen = IdMap()
        self.models: list[_Model] = []

    @on(StepStarted)
    def step(self, event: StepStarted) -> None:
        for call in self.history.calls.trained:
            module = call.module()
            if module is None or not call.model.trained:
                continue
            model = self.seen.get(module)
            if model is None:
                model = _Model(call.model.name, call.site)
                self.seen.set(module, model)
                self.models.append(model)
            model.looks += 1
            if model.looks > 1 and not model.layers:
                continue
            if model.looks <= _FIRST or model.looks % _THEN_ONE_OF == 0:
                self._look(model, module)

    def _look(self, model: _Model, module: nn.Module) -> None:
        for part in module.modules():
            if not isinstance(part, _BatchNorm) or part.num_batches_tracked is None or part.weight is None:
                continue
            layer = self.layers.get(part)
            if layer is None:
                layer = _Layer()
                self.layers.set(part, layer)
                model.layers.append(layer)
            weights = part.weight.detach()[:_NUMBERS].tolist()
            # Those of a momentum encoder follow the trained ones, by no optimizer.
            moved = weights != (layer.weights or weights)
            layer.weights = weights
            layer.thawed = layer.thawed or part.weight.requires_grad or not part.training or moved
            layer.versions.append(part.num_batches_tracked._version)

    def finish(self) -> list[Finding]:
        found = []
        for model in self.models:
            moved = [layer for layer in model.layers if not layer.thawed and len(set(layer.versions)) > 2]
            if moved:
                looks = max(len(layer.versions) for layer in moved)
                found.append(self.found(model.site, model=model.name, layers=len(moved), looks=looks))
        return found
