"""An average of a model's weights whose batch norm has learnt nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from ..events import ModelEvaluated, ModuleCalled, StepStarted
from ..finding import Finding, Text
from ..history import IdMap
from ..sites import Site
from .base import Check, on

# Evaluations of a model that are looked at, and numbers of a weight that are compared.
_LOOKS, _NUMBERS = 32, 16
_TRAINED_LOOKS = 4


@dataclass
class _Look:
    """A copy at one evaluation: numbers of its weights, and of the running means of its batch norm."""

    weights: list[float]
    means: list[float]
    step: int


@dataclass
class _Trained:
    """A model that is trained: how many parameters it has, and its first batch norm."""

    parameters: int
    layer: Any


@dataclass
class _Copy:
    name: str
    layers: int
    parameters: int
    looks: list[_Look]
    site: Site | None = None
    evaluated: int = 0


class AverageWithoutBuffers(Check):
    """The averaged copy of a model is evaluated with the batch norm statistics of its first day.

    中文：权重滑动平均（EMA）只更新了参数，没有更新 BatchNorm 的缓冲区。

    Why: `parameters()` are the weights. The running mean and variance are buffers: an average over `parameters()`
    leaves them as they were when the copy was made, 0 and 1, and in eval mode the copy normalises with these.

    Wrong::

        import copy

        average = copy.deepcopy(model).eval()
        for epoch in range(2):
            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()
                for mean, now in zip(average.parameters(), model.parameters()):
                    mean.data.lerp_(now.data, 0.1)
            with torch.no_grad():
                print((average(x).argmax(1) == y).float().mean())  # doctor: note[average-without-buffers]

    Right::

        import copy

        average = copy.deepcopy(model).eval()
        for epoch in range(2):
            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()
                for mean, now in zip(average.parameters(), model.parameters()):
                    mean.data.lerp_(now.data, 0.1)
                for mean, now in zip(average.buffers(), model.buffers()):
                    mean.copy_(now)
            with torch.no_grad():
                print((average(x).argmax(1) == y).float().mean())

    Known limits: a proof: a model that no optimizer has, with as many parameters as one that is trained, is evaluated;
    its weights have moved and its running means have not, while those of the trained one have. A copy that is evaluated
    once is judged only where its running means are still all 0.
    """

    id = "average-without-buffers"
    severity = "error"
    subject = "evaluation"
    preview = True
    message = Text(
        "{model} is an average of a trained model whose weights follow and whose batch norm does not: its {layers} "
        "layers normalise with the running mean and variance of the beginning.",
        "{model} 是训练中模型的滑动平均，权重在跟随，而 batch norm 没有：它的 {layers} 个层仍用最初的滑动均值和方差归一"
        "化。",
    )
    evidence = Text(
        "proof: in {evaluated} evaluations its weights had changed and its running means had not ({means}), while "
        "those of the trained model had",
        "证据：在 {evaluated} 次评估中它的权重已改变，而滑动均值没有（{means}），训练中的模型则改变了",
    )
    fix = Text(
        "copy the buffers with each update (for a, b in zip(average.buffers(), model.buffers()): a.copy_(b)), or use "
        "torch.optim.swa_utils.AveragedModel(model, use_buffers=True), or update_bn(loader, average)",
        "每次更新时也复制缓冲区（for a, b in zip(average.buffers(), model.buffers()): a.copy_(b)），或使用 "
        "torch.optim.swa_utils.AveragedModel(model, use_buffers=True)，或 update_bn(loader, average)",
    )

    def prepare(self) -> None:
        self.copies = IdMap()
        self.known: list[_Copy] = []
        self.open: dict[int, _Copy] = {}
        self.trained = IdMap()
        # Numbers of parameters of the trained models whose batch norm has moved.
        self.moving: dict[int, set[int]] = {}

    @on(StepStarted)
    def step(self, event: StepStarted) -> None:
        for call in self.history.calls.trained:
            module = call.module()
            if module is None or not call.training:
                continue
            known: _Trained | None = self.trained.get(module)
            if known is None:
                known = _Trained(_count(module), next(iter(_layers(module)), None))
                self.trained.set(module, known)
            versions = self.moving.setdefault(known.parameters, set())
            if known.layer is not None and len(versions) < _TRAINED_LOOKS:
                versions.add(known.layer.num_batches_tracked._version)

    @on(ModuleCalled)
    def called(self, event: ModuleCalled) -> None:
        call = event.call
        if call.training or call.model.trained or not self.history.steps:
            return
        layers = _layers(event.module)
        if not layers:
            return
        copy: _Copy | None = self.copies.get(event.module)
        if copy is None:
            copy = _Copy(call.model.name, len(layers), _count(event.module), [])
            self.copies.set(event.module, copy)
            self.known.append(copy)
        if len(copy.looks) < _LOOKS:
            means = [number for layer in layers for number in _some(layer.running_mean)]
            weights = [number for layer in layers for number in _some(layer.weight)]
            weights += _some(next(event.module.parameters()))
            copy.looks.append(_Look(weights, means, self.history.steps))
            self.open[call.number] = copy

    @on(ModelEvaluated)
    def evaluated(self, event: ModelEvaluated) -> None:
        copy = self.open.pop(event.call.number, None)
        if copy is not None:
            copy.evaluated += 1
            copy.site = copy.site or event.call.site

    def finish(self) -> list[Finding]:
        found = []
        for copy in self.known:
            first, last = copy.looks[0], copy.looks[-1]
            twin = len(self.moving.get(copy.parameters, ())) > 1
            if copy.site is None or not twin or first.means != last.means:
                continue
            untouched = not any(last.means)
            # Scales of batch norm begin at 1.
            moved = first.weights != last.weights or (untouched and set(last.weights[: copy.layers]) != {1.0})
            if moved:
                means: Any = "all 0" if untouched else f"{last.means[0]:.4g}, …"
                values = {"layers": copy.layers, "evaluated": copy.evaluated, "means": means}
                found.append(self.found(copy.site, model=copy.name, **values))
        return found


def _layers(module: nn.Module) -> list[Any]:
    """The batch norm layers of a module that have weights and keep statistics."""
    return [
        part
        for part in module.modules()
        if isinstance(part, _BatchNorm) and part.num_batches_tracked is not None and part.weight is not None
    ]


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _some(tensor: Any) -> list[float]:
    numbers: list[float] = tensor.detach().reshape(-1)[:_NUMBERS].tolist()
    return numbers
