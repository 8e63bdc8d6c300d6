""" "Best" weights that go on changing."""

from __future__ import annotations

import ast
import weakref
from typing import Any, NamedTuple

from torch import Tensor, nn

from .. import source
from ..events import StateTaken, StateUsed
from ..finding import Text
from ..sites import Site
from .base import Check, Findings, on

_SAVED = Text(
    "proof: the saved tensors share their memory with the model, which has changed {changes} times since step {taken}; "
    "saved after step {used}",
    "证据：保存的张量与模型共享内存，自第 {taken} 步以来模型已改变 {changes} 次；保存于第 {used} 步之后",
)


_EARLIER = Text(
    "proof: the loaded tensors share their memory with the model (taken at step {taken}, used after step {used} at "
    "{where}); earlier ones of this line had changed {changes} times while they were kept",
    "证据：载入的张量与模型共享内存（第 {taken} 步取出，在 {where} 于第 {used} 步之后使用）；此行更早取出的权重在保留期"
    "间已改变 {changes} 次",
)


class _Taken(NamedTuple):
    key: int
    tensor: weakref.ref[Tensor]
    site: Site
    step: int
    version: int


class BestWeightsAlias(Check):
    """The weights that are kept as the best are the model's own, and go on changing.

    中文：best = model.state_dict() 只是引用：请用 copy.deepcopy，或保存到磁盘。

    Why: the tensors of a `state_dict()` *are* the weights. `best = model.state_dict()`, also with `.copy()`, `dict(…)`
    or `.detach().cpu()` on a CPU, changes with every step, and the "best" model is the last one. The official tutorial
    once had it.

    Wrong::

        def train():
            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()


        train()
        best = model.state_dict()  # doctor: error[best-weights-alias]
        train()
        model.load_state_dict(best)

    Right::

        import copy


        def train():
            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()


        train()
        best = copy.deepcopy(model.state_dict())
        train()
        model.load_state_dict(best)

    Known limits: a proof: the saved or loaded tensors share their memory with the model, which has changed since.
    Weights that were taken without `state_dict()` are not followed.
    """

    id = "best-weights-alias"
    severity = "error"
    subject = "evaluation"
    message = Text(
        "state_dict() does not copy: the kept weights are the model's own, and go on training with it. What is "
        "restored as the best model is the last one.",
        "state_dict() 不会复制：保留下来的权重就是模型自己的权重，会继续随训练改变。恢复的“最佳模型”其实是最后一个。",
    )
    evidence = Text(
        "proof: the loaded tensors share their memory with the model, which has changed {changes} times since they "
        "were taken (step {taken}, used after step {used} at {where})",
        "证据：载入的张量与模型共享内存，自取出（第 {taken} 步）以来模型已改变 {changes} 次（在 {where} 于第 {used} 步"
        "之后使用）",
    )
    fix = Text(
        "keep a copy: best = copy.deepcopy(model.state_dict())",
        "保留一份副本：best = copy.deepcopy(model.state_dict())",
    )

    def prepare(self) -> None:
        # Tensor → where and when it was taken. Dies with the tensor.
        self.taken: dict[int, _Taken] = {}
        # Memory of a weight → the line that last took it, and the steps at which that line did.
        self.views: dict[int, tuple[Site, set[int]]] = {}
        # Lines whose states were still kept, and had changed, when newer ones were taken: the most changes of each.
        self.stale: dict[Site, int] = {}

    @on(StateTaken)
    def take(self, event: StateTaken) -> None:
        for kept in list(self.taken.values()):
            tensor = kept.tensor()
            if tensor is None:
                del self.taken[kept.key]
            elif tensor._version > kept.version and tensor.is_floating_point():
                self.stale[kept.site] = max(self.stale.get(kept.site, 0), tensor._version - kept.version)
        for tensor in _tensors(event.state):
            self.taken[id(tensor)] = _Taken(
                id(tensor), weakref.ref(tensor), event.site, self.history.steps, tensor._version
            )
            site, steps = self.views.get(tensor.data_ptr(), (event.site, set()))
            steps = steps if site == event.site else set()
            self.views[tensor.data_ptr()] = (event.site, steps | {self.history.steps})

    @on(StateUsed)
    def use(self, event: StateUsed) -> Findings:
        own = _memory(event.module) if event.module is not None else set()
        weights = [tensor for tensor in _tensors(event.state) if tensor.is_floating_point()]
        known = False
        for tensor in weights:
            kept = self.taken.get(id(tensor))
            if kept is None or kept.tensor() is not tensor:
                continue
            known = True
            values: dict[str, Any] = {"taken": kept.step, "used": self.history.steps, "where": str(event.site)}
            changes = tensor._version - kept.version
            # `.data` changes leave no trace in the version; the memory is the model's all the same.
            if not changes and kept.step < self.history.steps and tensor.data_ptr() in own:
                changes = self.history.steps - kept.step
            if changes > 0 and event.module is None:
                yield self.found(kept.site, severity="warning", evidence=_SAVED, changes=changes, **values)
            elif changes > 0:
                yield self.found(kept.site, changes=changes, **values)
            elif event.module is not None and kept.site in self.stale and tensor.data_ptr() in own:
                # This time nothing was trained in between, by chance.
                yield self.found(kept.site, evidence=_EARLIER, changes=self.stale[kept.site], **values)
            break
        if weights and not known:
            yield from self._views(event, weights, own)

    def _views(self, event: StateUsed, weights: list[Tensor], own: set[int]) -> Findings:
        """Weights that are no longer the tensors that were taken, but lie in the model's memory: `v.detach().cpu()`."""
        site, steps = self.views.get(weights[0].data_ptr(), (event.site, set[int]()))
        now = self.history.steps
        # Who keeps weights has them in a variable; a dict that was made on the spot is as new as the model.
        if not (steps and min(steps) < now and _kept_as(site) & _given(event.site)):
            return
        values: dict[str, Any] = {"taken": min(steps), "used": now, "where": str(event.site)}
        if event.module is None and max(steps) < now and weights[0].data_ptr() in self.views:
            yield self.found(site, severity="warning", evidence=_SAVED, changes=now - max(steps), **values)
        elif event.module is not None and all(tensor.data_ptr() in own for tensor in weights):
            yield self.found(site, changes=now - min(steps), **values)


def _memory(module: nn.Module) -> set[int]:
    return {tensor.data_ptr() for tensor in (*module.parameters(), *module.buffers())}


def _kept_as(site: Site) -> set[str]:
    """The names that the statement at a line gives its value to; a `return` gives it to any."""
    line = source.statement(site)
    targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
    return {part.attr if isinstance(part, ast.Attribute) else getattr(part, "id", "") for part in targets if part} - {
        ""
    }


def _given(site: Site) -> set[str]:
    """The names of what the call at a line is given."""
    calls = [*source.calls_of(site, "load_state_dict"), *source.calls_of(site, "save")]
    given = [part for call in calls for argument in call.args for part in ast.walk(argument)]
    return {
        part.attr if isinstance(part, ast.Attribute) else part.id
        for part in given
        if isinstance(part, ast.Attribute | ast.Name)
    }


def _tensors(state: Any, depth: int = 3) -> list[Tensor]:
    """The tensors of a checkpoint: a dict of tensors, perhaps with dicts in it."""
    found: list[Tensor] = []
    if isinstance(state, dict) and depth:
        for value in list(state.values()):
            if isinstance(value, Tensor):
                found.append(value)
            elif isinstance(value, dict):
                found.extend(_tensors(value, depth - 1))
    return found
