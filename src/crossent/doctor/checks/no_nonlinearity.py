"""Linear layers with nothing in between."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from ...core.graph import MOVES, parents
from .. import graph
from ..events import BackwardStarted
from ..finding import Finding, Text
from ..sites import Site
from .base import Check, on

# Backward passes whose graphs are walked, and operations between two layers.
_WALKS, _BETWEEN = 4, 12
_LINEAR_TOO = MOVES | {"NativeDropoutBackward0", "NativeDropoutBackward1"}


class NoNonlinearity(Check):
    """Two linear layers follow each other without a nonlinearity.

    中文：两个线性层之间没有非线性激活：合起来仍只是一个线性层。

    Why: a linear map of a linear map is a linear map. However many layers stand in a row, the model can learn no more
    than one of them could.

    Wrong::

        model = nn.Sequential(nn.Linear(6, 16), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 3))
        optimizer = torch.optim.Adam(model.parameters())
        for xb, yb in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(xb), yb).backward()  # doctor: note[no-nonlinearity]
            optimizer.step()

    Right::

        model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 3))
        optimizer = torch.optim.Adam(model.parameters())
        for xb, yb in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(xb), yb).backward()
            optimizer.step()

    Known limits: a proof on the graph of the loss: views and dropout alone stand between the layers. A narrow middle
    (LoRA, a bottleneck) is a choice, and not reported; nor is the output projection of torch's attention.
    """

    id = "no-nonlinearity"
    severity = "note"
    subject = "loop"
    preview = True
    message = Text(
        "{first} ({wide} outputs) feeds {second} with no nonlinearity in between: the two are one linear layer with "
        "more parameters.",
        "{first}（{wide} 个输出）直接接 {second}，中间没有非线性：两层合起来只是一个参数更多的线性层。",
    )
    evidence = Text(
        "proof: the graph of the loss goes from {second} to {first} through {between}",
        "证据：损失的计算图从 {second} 到 {first} 之间只有 {between}",
    )
    fix = Text(
        "put an activation between them (x = self.first(x).relu()), or leave one of them out",
        "在两层之间加入激活函数（x = self.first(x).relu()），或去掉其中一层",
    )

    def prepare(self) -> None:
        self.walks = 0
        self.seen: dict[tuple[Site, int, int], dict[str, Any]] = {}

    @on(BackwardStarted)
    def backward(self, event: BackwardStarted) -> None:
        self.walks += 1
        if self.walks > _WALKS:
            return
        names: dict[int, tuple[str, nn.Module, Site]] = {}
        for call in self.history.calls.trained:
            module = call.module()
            for path, part in module.named_modules() if module is not None else ():
                weight = getattr(part, "weight", None)
                if isinstance(weight, nn.Parameter):
                    names.setdefault(id(weight), (path or type(part).__name__, part, call.site))
        if not names:
            return
        for node in graph.nodes(event.roots):
            self._look(node, names)

    def _look(self, node: Any, names: dict[int, tuple[str, nn.Module, Site]]) -> None:
        weight = _linear(node)
        below = _behind(node) if weight is not None else None
        if weight is None or below is None or id(weight) not in names:
            return
        before, between = below
        first = _linear(before)
        if first is None or id(first) not in names or first.shape[0] != weight.shape[1]:
            return
        (path, part, _), (above, _, site) = names[id(first)], names[id(weight)]
        middle = first.shape[0]
        narrow = middle < min(first.shape[1], weight.shape[0])
        if first is weight or narrow or not isinstance(part, nn.Linear) or type(part) is not nn.Linear:
            return
        values = {"first": path, "second": above, "wide": middle, "between": ", ".join(between) or "nothing"}
        self.seen.setdefault((site, id(first), id(weight)), values)

    def finish(self) -> list[Finding]:
        # The first pair of each call: a chain of layers is one mistake.
        found = {site: values for (site, _, _), values in reversed(self.seen.items())}
        return [self.found(site, **values) for site, values in found.items()]


def _linear(node: Any) -> nn.Parameter | None:
    """The weight (outputs, inputs) of the linear layer that a node computes."""
    weight = None if node.name().startswith("Conv") else graph.parameter_matrix(node)
    return weight if weight is not None and weight.ndim == 2 else None


def _behind(node: Any) -> tuple[Any, list[str]] | None:
    """The node that computed the input of a linear layer, and the operations in between, which are linear too."""
    edges = node.next_functions
    inputs = edges[1] if node.name().startswith("Addmm") else edges[0]
    found, between = inputs[0], []
    for _ in range(_BETWEEN):
        if found is None or not (found.name() in _LINEAR_TOO or _adds_bias(found) or _drops_out(found)):
            break
        name = found.name().rstrip("0123456789").removesuffix("Backward")
        if name in ("CopySlices", "Cat", "Stack"):
            return None
        if name not in ("View", "UnsafeView", "T", "ReshapeAlias", "Add"):
            between.append("dropout" if name in ("Mul", "NativeDropout") else name.lower())
        above = parents(found)
        found = above[0] if above else None
    return None if found is None else (found, list(dict.fromkeys(between)))


def _adds_bias(node: Any) -> bool:
    """Tell whether a node adds a parameter: how torch computes some linear layers."""
    edges = [parent for parent, _ in node.next_functions]
    return node.name() == "AddBackward0" and edges[1] is not None and edges[1].name().endswith("AccumulateGrad")


def _drops_out(node: Any) -> bool:
    """Tell whether a node multiplies by zeros and one other number above 1, as dropout does on a CPU."""
    if node.name() != "MulBackward0" or node.next_functions[1][0] is not None:
        return False
    noise = node._saved_other
    if not isinstance(noise, torch.Tensor):
        return False
    values = noise.detach().unique()[:3].tolist()
    return len(values) == 2 and values[0] == 0 and values[1] > 1
