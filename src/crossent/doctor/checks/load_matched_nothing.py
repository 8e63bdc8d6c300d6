"""Weights that were loaded and are not there when the training begins."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from ..events import StateMatched, StateUsed, StepStarted, WeightDrawn
from ..finding import Text
from ..history import parameters_of
from ..sites import Site
from .base import Check, Findings, on

# The share of the loaded weights that must have been drawn anew; a new head alone is fine-tuning.
_NEARLY_ALL = 0.9

_DRAWN = Text(
    "the loaded weights are overwritten: after load_state_dict, {drawn} of {total} weights are initialised again, and "
    "the training begins at random.",
    "载入的权重被覆盖：load_state_dict 之后，{total} 个权重中有 {drawn} 个又被重新初始化，训练从随机值开始。",
)
_DRAWN_EVIDENCE = Text(
    "proof: torch.nn.init wrote into the loaded tensors before the first optimizer step",
    "证据：第一次优化步之前，torch.nn.init 写入了已载入的张量",
)
_DRAWN_FIX = Text(
    "load the weights last: model.apply(init_weights), then model.load_state_dict(…)",
    "最后再载入权重：先 model.apply(init_weights)，再 model.load_state_dict(…)",
)
_OWN = Text(
    "load_state_dict gives {model} the {total} weights that it has already: none of a checkpoint is among them.",
    "load_state_dict 给 {model} 的正是它自己已有的 {total} 个权重：其中没有一个来自检查点。",
)
_OWN_EVIDENCE = Text(
    "proof: every tensor that was given is the memory of a weight of {model} itself, before the first optimizer step",
    "证据：第一次优化步之前，传入的每个张量都是 {model} 自身权重的内存",
)
_OWN_FIX = Text(
    "compare the names of the checkpoint with model.state_dict().keys(): a filter `if name in own` has dropped all of "
    "them",
    "比较检查点的键名与 model.state_dict().keys()：`if name in own` 这样的过滤把它们全部丢掉了",
)


@dataclass
class _Loaded:
    """The weights of one load that still live, by their memory, and those that were drawn since."""

    site: Site
    step: int
    weights: dict[int, weakref.ref[Tensor]]
    drawn: set[int] = field(default_factory=set)


class LoadMatchedNothing(Check):
    """A checkpoint is loaded without any effect.

    中文：载入的权重没有生效：strict=False 时没有一个键匹配，或载入后又重新初始化。

    Why: with `strict=False` a checkpoint whose names all differ ("module." in front, another wrapper) loads nothing and
    raises nothing. The "pretrained" model is a random one.

    Wrong::

        state = {f"module.{name}": value.clone() for name, value in model.state_dict().items()}
        model.load_state_dict(state, strict=False)  # doctor: note[load-matched-nothing]
        for xb, yb in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(xb), yb).backward()
            optimizer.step()

    Right::

        state = {f"module.{name}": value.clone() for name, value in model.state_dict().items()}
        model.load_state_dict({name.removeprefix("module."): value for name, value in state.items()})
        for xb, yb in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(xb), yb).backward()
            optimizer.step()

    Known limits: a proof: what `load_state_dict` returned, that it was given the module's own weights, or that
    functions of `torch.nn.init` wrote into nearly all of the loaded weights before the first step. Weights that are
    drawn without these functions are not noticed.
    """

    id = "load-matched-nothing"
    severity = "error"
    subject = "evaluation"
    preview = True
    message = Text(
        "load_state_dict(…, strict=False) loaded nothing into {model}: none of its {total} names is among the {given} "
        "of the checkpoint.",
        "load_state_dict(…, strict=False) 没有向 {model} 载入任何内容：它的 {total} 个名字都不在检查点的 {given} 个名字"
        "中。",
    )
    evidence = Text(
        "proof: all {total} keys were missing, all {given} given keys unexpected",
        "证据：{total} 个键全部缺失，给出的 {given} 个键全部多余",
    )
    fix = Text(
        'rename the keys (name.removeprefix("module.")) and load with strict=True, or print what load_state_dict '
        "returns",
        '改正键名（name.removeprefix("module.")）并使用 strict=True，或打印 load_state_dict 的返回值',
    )

    def prepare(self) -> None:
        self.loads: list[_Loaded] = []

    @on(StateUsed)
    def used(self, event: StateUsed) -> Findings:
        if event.module is None or self.history.steps or not isinstance(event.state, dict):
            return
        own = {weight.data_ptr() for weight in event.module.state_dict().values()}
        given = [one for one in event.state.values() if isinstance(one, Tensor) and one.ndim > 1]
        if given and all(one.data_ptr() in own for one in given):
            names: dict[str, Any] = {"model": type(event.module).__name__, "total": len(given)}
            yield self.found(event.site, message=_OWN, evidence=_OWN_EVIDENCE, fix=_OWN_FIX, **names)

    @on(StateMatched)
    def matched(self, event: StateMatched) -> Findings:
        weights = [weight for weight in event.module.parameters() if weight.ndim > 1]
        if not event.loaded and event.given and weights:
            total = len(event.module.state_dict())
            yield self.found(event.site, model=type(event.module).__name__, total=total, given=event.given)
        elif weights:
            known = {weight.data_ptr(): weakref.ref[Tensor](weight) for weight in weights}
            self.loads = [one for one in self.loads if not known.keys() & one.weights.keys()]
            self.loads.append(_Loaded(event.site, self.history.steps, known))

    @on(WeightDrawn)
    def drawn(self, event: WeightDrawn) -> None:
        if not self.loads:
            return
        place = event.tensor.data_ptr()
        for load in self.loads:
            weight = load.weights[place]() if place in load.weights else None
            if weight is not None and weight.shape == event.tensor.shape:
                load.drawn.add(place)

    @on(StepStarted)
    def step(self, event: StepStarted) -> Findings:
        if not self.loads:
            return
        own = {parameter.data_ptr() for parameter in parameters_of(event.optimizer)}
        for load in [load for load in self.loads if own & load.weights.keys()]:
            self.loads.remove(load)
            if load.step == self.history.steps and len(load.drawn) >= _NEARLY_ALL * len(load.weights):
                counts = {"drawn": len(load.drawn), "total": len(load.weights)}
                yield self.found(
                    load.site, message=_DRAWN, evidence=_DRAWN_EVIDENCE, fix=_DRAWN_FIX, severity=None, **counts
                )
