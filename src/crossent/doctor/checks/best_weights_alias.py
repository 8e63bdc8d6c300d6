""" "Best" weights that go on changing."""

from __future__ import annotations

import weakref
from typing import Any, NamedTuple

from torch import Tensor, nn

from ..events import CopiedOntoItself, ModuleCalled, StateTaken, StateUsed
from ..finding import Finding, Text
from ..sites import Site
from .base import Check, Findings, on
from .held_models import HeldModels
from .keeping import apart, given, keeping, kept_as

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


_OWN = Text(
    "what is kept is no copy: `.data`, `.detach()`, `.cpu()` and dict(…) of a model's parameters are its own tensors, "
    "and go on training with it. What is restored as the best model is the last one.",
    "保留下来的不是副本：模型参数的 `.data`、`.detach()`、`.cpu()` 与 dict(…) 就是模型自己的张量，会继续随训练改变。"
    "恢复的“最佳模型”其实是最后一个。",
)
_OWN_FIX = Text(
    "keep a copy: [p.detach().clone() for p in model.parameters()], or copy.deepcopy(model.state_dict())",
    "保留一份副本：[p.detach().clone() for p in model.parameters()]，或 copy.deepcopy(model.state_dict())",
)
_SAME = Text(
    "proof: the tensors that are put back at {where} are the model's own memory, so that this changes nothing (after "
    "step {used})",
    "证据：在 {where} 放回的张量就是模型自己的内存，因此什么也不会改变（第 {used} 步之后）",
)
_SAME_SAVED = Text(
    "proof: the tensors that are saved at {where} are the memory of what is trained (after step {used})",
    "证据：在 {where} 保存的张量就是正在训练的内存（第 {used} 步之后）",
)
_SEVERAL = Text(
    "proof: {count} states that this line took lie in the same memory and were all still kept at step {used}, with "
    "training between them",
    "证据：此行取出的 {count} 份状态位于同一块内存，在第 {used} 步时仍全部保留，而其间模型一直在训练",
)
_MODEL = Text(
    "`{name}` is no copy of the model but the model itself, and goes on training with it. What is used as the best "
    "model is the last one.",
    "`{name}` 不是模型的副本，而是模型本身，会继续随训练改变。当作“最佳模型”使用的其实是最后一个。",
)
_MODEL_SEEN = Text(
    "proof: the parameters of `{name}` are those that the optimizer trains, and were changed while it had this name "
    "(noticed at step {used})",
    "证据：`{name}` 的参数就是优化器正在训练的参数，并且在它使用这个名字期间被改变（在第 {used} 步发现）",
)
_MODEL_FIX = Text("keep a copy: {name} = copy.deepcopy(model)", "保留一份副本：{name} = copy.deepcopy(model)")

# States of one line that are kept at once: that of the last time may still have its name.
_SEVERAL_KEPT = 3
# Calls that use kept weights.
_USES = ("load_state_dict", "save")
# Parameters of each optimizer: all of them.
_ALL = 1 << 30


class _Taken(NamedTuple):
    key: int
    tensor: weakref.ref[Tensor]
    site: Site
    step: int
    version: int
    backwards: int


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

    Known limits: a proof: the saved or loaded tensors share their memory with the model, which has changed since. For
    weights that were taken without `state_dict()`, as by `[p.data for p in model.parameters()]`, the text of the script
    says where, once they are loaded or copied back; set back by `p.data = kept` they are not seen. `best_model = model`
    is judged at evaluations, by a name with "best" in it.
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
        self.models = HeldModels(lambda model: self.history.model_of(model).trained)

    @on(StateTaken)
    def take(self, event: StateTaken) -> Findings:
        state, now = _tensors(event.state), self.history.steps
        first = next((tensor for tensor in state if tensor.is_floating_point()), None)
        alike = {now}
        for kept in list(self.taken.values()):
            tensor = kept.tensor()
            if tensor is None:
                del self.taken[kept.key]
            elif tensor._version > kept.version and tensor.is_floating_point():
                self.stale[kept.site] = max(self.stale.get(kept.site, 0), tensor._version - kept.version)
                if first is not None and kept.site == event.site and tensor.data_ptr() == first.data_ptr():
                    alike.add(kept.step)
        for tensor in state:
            self.taken[id(tensor)] = _Taken(
                id(tensor), weakref.ref(tensor), event.site, now, tensor._version, self.history.backwards
            )
            site, steps = self.views.get(tensor.data_ptr(), (event.site, set()))
            steps = steps if site == event.site else set()
            self.views[tensor.data_ptr()] = (event.site, steps | {now})
        if len(alike) >= _SEVERAL_KEPT:
            yield self.found(event.site, evidence=_SEVERAL, count=len(alike), used=now)

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
            # What the script itself writes into the state, without training, is meant.
            changes = tensor._version - kept.version if self.history.backwards > kept.backwards else 0
            # `.data` changes leave no trace in the version; the memory is the model's all the same.
            if not changes and kept.step < self.history.steps and tensor.data_ptr() in own:
                changes = self.history.steps - kept.step
            if changes > 0 and event.module is None:
                yield self.found(kept.site, severity="warning", evidence=_SAVED, changes=changes, **values)
            elif changes > 0:
                yield self.found(kept.site, changes=changes, **values)
            elif kept.site in self.stale and tensor.data_ptr() in own and apart(kept.site, event.site):
                # This time nothing was trained in between, by chance.
                yield self.found(kept.site, evidence=_EARLIER, changes=self.stale[kept.site], **values)
            break
        if weights and not known:
            found = list(self._views(event, weights, own))
            yield from found or self._same(event, weights, own)

    def _views(self, event: StateUsed, weights: list[Tensor], own: set[int]) -> Findings:
        """Weights that are no longer the tensors that were taken, but lie in the model's memory: `v.detach().cpu()`."""
        site, steps = self.views.get(weights[0].data_ptr(), (event.site, set[int]()))
        now = self.history.steps
        # Who keeps weights has them in a variable; a dict that was made on the spot is as new as the model.
        if not (steps and min(steps) < now and kept_as(site) & given(event.site, *_USES)):
            return
        values: dict[str, Any] = {"taken": min(steps), "used": now, "where": str(event.site)}
        if event.module is None and max(steps) < now and weights[0].data_ptr() in self.views:
            yield self.found(site, severity="warning", evidence=_SAVED, changes=now - max(steps), **values)
        elif event.module is not None and all(tensor.data_ptr() in own for tensor in weights):
            yield self.found(site, changes=now - min(steps), **values)

    def _same(self, event: StateUsed, weights: list[Tensor], own: set[int]) -> Findings:
        """Weights that were taken without `state_dict()`, and are what they are loaded into, or what is trained."""
        saved = event.module is None
        if saved:
            own = {tensor.data_ptr() for tensor in self.history.own_parameters(_ALL)}
        if not self.history.steps or not all(tensor.data_ptr() in own for tensor in weights):
            return
        names = given(event.site, *_USES)
        kept = keeping({name for name in names if "best" in name.lower()} if saved else names, event.site)
        if kept is not None:
            yield self._own(kept, event.site, saved=saved)

    @on(CopiedOntoItself)
    def copied(self, event: CopiedOntoItself) -> Findings:
        kept = keeping(given(event.site, "copy_"), event.site) if self.history.steps else None
        if kept is not None:
            yield self._own(kept, event.site)

    def _own(self, kept: Site, used: Site, *, saved: bool = False) -> Finding:
        return self.found(
            kept,
            severity="warning" if saved else None,
            message=_OWN,
            evidence=_SAME_SAVED if saved else _SAME,
            fix=_OWN_FIX,
            where=str(used),
            used=self.history.steps,
        )

    @on(ModuleCalled)
    def called(self, event: ModuleCalled) -> Findings:
        if not event.call.grad and self.history.steps:
            for name, line in self.models.look():
                values: dict[str, Any] = {"name": name, "used": self.history.steps}
                yield self.found(line, message=_MODEL, evidence=_MODEL_SEEN, fix=_MODEL_FIX, **values)


def _memory(module: nn.Module) -> set[int]:
    return {tensor.data_ptr() for tensor in (*module.parameters(), *module.buffers())}


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
