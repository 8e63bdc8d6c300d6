"""One layer that stands for many."""

from __future__ import annotations

import ast
import sys
from collections import Counter

from torch import nn

from .. import source
from ..events import ModuleCalled
from ..finding import Text
from ..sites import Site
from ..traces import Model
from .base import Check, Findings, on


class SharedLayer(Check):
    """A list of layers holds one and the same layer several times.

    中文：nn.ModuleList([layer] * n) 里是同一个层重复 n 次，权重是共享的。

    Why: `[layer] * 6` is a list of six references to one layer. The model has a sixth of the parameters that it seems
    to have, and each of them gets the sum of six gradients.

    Wrong::

        blocks = nn.ModuleList([nn.Sequential(nn.Linear(6, 6), nn.ReLU())] * 4)
        model = nn.Sequential(*blocks, nn.Linear(6, 3))
        optimizer = torch.optim.Adam(model.parameters())
        for xb, yb in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(xb), yb).backward()  # doctor: note[shared-layer]
            optimizer.step()

    Right::

        blocks = nn.ModuleList([nn.Sequential(nn.Linear(6, 6), nn.ReLU()) for _ in range(4)])
        model = nn.Sequential(*blocks, nn.Linear(6, 3))
        optimizer = torch.optim.Adam(model.parameters())
        for xb, yb in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(xb), yb).backward()
            optimizer.step()

    Known limits: a proof: the same object with parameters, several times in one ModuleList or Sequential. A layer that
    the model also holds under a name of its own is shared on purpose, and not reported.
    """

    id = "shared-layer"
    severity = "warning"
    subject = "loop"
    preview = True
    message = Text(
        "{kind} `{name}` of {model} holds the same {layer} {times} times: {times} layers in name, one set of weights "
        "({parameters} parameters) in fact.",
        "{model} 的 {kind} `{name}` 中同一个 {layer} 出现了 {times} 次：名义上有 {times} 层，实际只有一组权重"
        "（{parameters} 个参数）。",
    )
    evidence = Text(
        "proof: {times} of its {length} entries are one and the same object, which has no other name in the model",
        "证据：{length} 个元素中有 {times} 个是同一个对象，且该对象在模型中没有其他名字",
    )
    fix = Text(
        "build each anew: nn.ModuleList([… for _ in range({times})]), or copy.deepcopy(layer)",
        "逐个新建：nn.ModuleList([… for _ in range({times})])，或 copy.deepcopy(layer)",
    )

    def prepare(self) -> None:
        self.known: set[Model] = set()

    @on(ModuleCalled)
    def called(self, event: ModuleCalled) -> Findings:
        if event.call.model in self.known or not event.call.training:
            return
        self.known.add(event.call.model)
        holders: Counter[tuple[int, int]] = Counter()
        for module in event.module.modules():
            holders.update({(id(child), id(module)) for child in module._modules.values() if child is not None})
        parents = Counter(child for child, _ in holders)
        for name, module in event.module.named_modules():
            if not isinstance(module, nn.ModuleList | nn.Sequential):
                continue
            times = Counter(map(id, module))
            for layer in {id(layer): layer for layer in module}.values():
                count = sum(parameter.numel() for parameter in layer.parameters())
                if times[id(layer)] > 1 and count and parents[id(layer)] == 1:
                    yield self.found(
                        _built(event.module, name) or event.site,
                        kind=type(module).__name__,
                        name=name or type(module).__name__,
                        model=event.call.model.name,
                        layer=type(layer).__name__,
                        times=times[id(layer)],
                        length=len(module),
                        parameters=count,
                    )


def _built(module: nn.Module, name: str) -> Site | None:
    """The line of a user's class that gives one of its attributes its value."""
    owner, _, attribute = name.rpartition(".")
    kind = type(module.get_submodule(owner))
    defined = sys.modules.get(kind.__module__)
    file = getattr(defined, "__file__", None)
    tree = source.tree(file) if file else None
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.ClassDef) and node.name == kind.__name__:
            for line in ast.walk(node):
                targets = line.targets if isinstance(line, ast.Assign) else []
                if any(isinstance(one, ast.Attribute) and one.attr == attribute for one in targets):
                    return Site(str(file), targets[0].lineno, "__init__")
    return None
