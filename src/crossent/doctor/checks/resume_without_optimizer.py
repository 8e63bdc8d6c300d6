"""A training that goes on with the weights of a checkpoint, and without its optimizer."""

from __future__ import annotations

import ast
import re
import weakref
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from .. import source
from ..events import FileLoaded, OptimizerStateUsed, StateUsed, StepStarted
from ..finding import Finding, Text
from ..history import IdMap, parameters_of
from ..sites import Site
from .base import Check, on

# What code calls the number that a training goes on from, in a file and in a variable.
_COUNTERS = re.compile(r"(global_?|start_?|last_?|current_?)?(epochs?|steps?|iter(ation)?s?)", re.IGNORECASE)

# Of each group of parameters how many there are, the names of its options, and the rate that it began with.
_Plan = list[tuple[int, frozenset[str], float]]


@dataclass
class _Checkpoint:
    """A file that was loaded: its names, the memory of its weights, and the optimizer's state in it."""

    site: Site
    names: frozenset[str]
    weights: set[int]
    kept: int
    plan: _Plan
    module: weakref.ref[nn.Module] | None = None
    used: Site | None = None
    restored: bool = False
    # The optimizer that went on, by the plan of that in the checkpoint or by another.
    optimizer: str = ""
    alike: bool = False
    step: int = 0


class ResumeWithoutOptimizer(Check):
    """A training is resumed with the weights of a checkpoint, and without the optimizer's state in it.

    中文：从检查点恢复训练时只载入了模型，没有载入优化器状态。

    Why: Adam begins with empty moments at full step size, on weights that were nearly done: the loss jumps up, and a
    schedule begins anew. What was saved to go on is not used.

    Wrong::

        for epoch in range(2):
            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()
            torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, "last.pt")
            checkpoint = torch.load("last.pt")
            model.load_state_dict(checkpoint["model"])  # doctor: note[resume-without-optimizer]
            optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

    Right::

        for epoch in range(2):
            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()
            torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}, "last.pt")
            checkpoint = torch.load("last.pt")
            model.load_state_dict(checkpoint["model"])
            optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
            optimizer.load_state_dict(checkpoint["optimizer"])

    Known limits: a proof that the file held the optimizer's state, that the model got its weights, that a new optimizer
    stepped on them and got none. That it goes on with the same training, and is no fine-tuning, is told by the code: it
    reads the epoch from the file, or writes files with the same names, with an optimizer of as many parameters and the
    same rate.
    """

    id = "resume-without-optimizer"
    severity = "warning"
    subject = "evaluation"
    preview = True
    message = Text(
        "the training goes on with the weights of a checkpoint, but {optimizer} begins anew: the state that the file "
        "holds for {kept} parameters is not loaded into it.",
        "训练从检查点的权重继续，但 {optimizer} 却重新开始：文件中为 {kept} 个参数保存的优化器状态没有载入其中。",
    )
    evidence = Text(
        "proof: the file read at {where} has an optimizer's state; load_state_dict was called on the model, not on "
        "the optimizer that steps, and {steps} steps followed; {code}",
        "证据：{where} 读取的文件含有优化器状态；对模型调用了 load_state_dict，没有对执行 step 的优化器调用，其后又走"
        "了 {steps} 步；{code}",
    )
    fix = Text(
        "load it as well: optimizer.load_state_dict(checkpoint[…]), and the same for the scheduler and the scaler",
        "同时载入：optimizer.load_state_dict(checkpoint[…])，scheduler 和 scaler 也一样",
    )

    def prepare(self) -> None:
        self.files: list[_Checkpoint] = []
        self.saved: set[frozenset[str]] = set()
        self.restored = IdMap()

    @on(FileLoaded)
    def read(self, event: FileLoaded) -> None:
        if not isinstance(event.thing, dict):
            return
        states = [one for one in event.thing.values() if _of_optimizer(one)]
        if len(states) == 1:
            names = frozenset(map(str, event.thing))
            weights = {t.data_ptr() for one in event.thing.values() if not _of_optimizer(one) for t in _tensors(one)}
            plan = _plan(states[0]["param_groups"])
            self.files.append(_Checkpoint(event.site, names, weights - {0}, len(states[0]["state"]), plan))

    @on(StateUsed)
    def use(self, event: StateUsed) -> None:
        if event.module is None:
            if isinstance(event.state, dict):
                self.saved.add(frozenset(map(str, event.state)))
            return
        given = {tensor.data_ptr() for tensor in _tensors(event.state)}
        for file in self.files:
            if file.module is None and given & file.weights:
                file.module, file.used, file.step = weakref.ref(event.module), event.site, self.history.steps

    @on(OptimizerStateUsed)
    def restore(self, event: OptimizerStateUsed) -> None:
        self.restored.set(event.optimizer, True)

    @on(StepStarted)
    def step(self, event: StepStarted) -> None:
        for file in self.files:
            module = file.module() if file.module is not None else None
            if module is None or file.optimizer or file.restored:
                continue
            own = set(map(id, parameters_of(event.optimizer)))
            if not any(id(parameter) in own for parameter in module.parameters()):
                continue
            # One that has stepped before went on all the time: only its weights were set back. Of an optimizer inside
            # of another the outer one may have been restored; one that was built anew afterwards lives alone.
            restored = (own.intersection(map(id, parameters_of(one))) for one, _ in self.restored.items())
            if event.number or any(restored):
                file.restored = True
                continue
            file.optimizer = type(event.optimizer).__name__
            file.alike = _plan(event.optimizer.param_groups) == file.plan

    def finish(self) -> list[Finding]:
        found = []
        for file in self.files:
            if not file.optimizer or file.restored or file.used is None:
                continue
            counter = _counter_from_file(file.site)
            code = f"`{counter}`" if counter else "torch.save(…)" if file.alike and file.names in self.saved else ""
            if code:
                steps = self.history.steps - file.step
                values: dict[str, Any] = {"kept": file.kept, "where": str(file.site), "steps": steps, "code": code}
                found.append(self.found(file.used, optimizer=file.optimizer, **values))
        return found


def _of_optimizer(thing: Any) -> bool:
    """Tell whether something is the state of an optimizer that keeps anything."""
    named = isinstance(thing, dict) and bool(thing.get("state")) and isinstance(thing.get("param_groups"), list)
    return named and bool(thing["param_groups"])


def _plan(groups: list[dict[str, Any]]) -> _Plan:
    names = ({*group} - {"initial_lr"} for group in groups)
    return [
        (len(group["params"]), frozenset(own), float(group.get("initial_lr", group["lr"])))
        for group, own in zip(groups, names, strict=True)
    ]


def _tensors(thing: Any) -> list[Tensor]:
    return [one for one in thing.values() if isinstance(one, Tensor)] if isinstance(thing, dict) else []


def _counter_from_file(site: Site) -> str:
    """The line that takes the epoch or step from what was loaded: `start = checkpoint["epoch"] + 1`."""
    tree = source.tree(site.file)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Assign):
            names = source.words_in(node.targets[0])
            keys = [part.value for part in ast.walk(node.value) if isinstance(part, ast.Constant)]
            texts = [key for key in keys if isinstance(key, str)]
            read = isinstance(node.value, ast.Subscript | ast.BinOp | ast.Call)
            if read and any(map(_COUNTERS.fullmatch, names)) and any(map(_COUNTERS.fullmatch, texts)):
                return ast.unparse(node)
    return ""
