"""A model that is trained in evaluation mode."""

from __future__ import annotations

from collections.abc import Iterable

from torch import Tensor, nn

from ..events import StepStarted
from ..finding import Text
from ..history import IdMap, mode_dependent, parameters_of
from .base import Check, Findings, on

_SINCE = Text(
    "proof: {model} was called with training=True up to step {before}, and with training=False in the step {step}; "
    "what depends on it: {parts}",
    "证据：到第 {before} 步为止 {model} 以 training=True 调用，第 {step} 步却是 training=False；受影响的部分：{parts}",
)


class EvalModeDuringTraining(Check):
    """A model is trained in evaluation mode.

    中文：训练时模型仍处于 eval 模式：每个 epoch 开始时调用 model.train()。

    Why: a validation that leaves the model in eval mode switches dropout off and freezes the statistics of batch norm
    from the second epoch on.

    Wrong::

        for epoch in range(3):
            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()  # doctor: error[eval-mode-during-training]
                optimizer.step()
            model.eval()
            with torch.no_grad():
                print((model(x).argmax(1) == y).float().mean())

    Right::

        for epoch in range(3):
            model.train()
            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                print((model(x).argmax(1) == y).float().mean())

    Known limits: a proof: the gradients of a step came through a model with `training=False` that holds layers which
    care; a warning where it was never in training mode. Layers put into eval mode one by one (a frozen batch norm) and
    models without such layers are not reported.
    """

    id = "eval-mode-during-training"
    severity = "error"
    subject = "evaluation"
    message = Text(
        "{model} is trained in evaluation mode: dropout is off, and batch norm keeps using old statistics and learns "
        "no new ones.",
        "{model} 在评估模式下训练：dropout 被关闭，batch norm 一直使用旧的统计量而不再更新。",
    )
    evidence = Text(
        "proof: at step {step} the gradients came through a call with training=False; what depends on it: {parts}",
        "证据：第 {step} 步的梯度来自 training=False 的调用；受影响的部分：{parts}",
    )
    fix = Text(
        "write model.train() at the beginning of every epoch, after the evaluation has set model.eval()",
        "在每个 epoch 开始时（评估调用 model.eval() 之后）写 model.train()",
    )

    def prepare(self) -> None:
        # Module → the last step at which it was trained in training mode.
        self.trained = IdMap()

    @on(StepStarted)
    def step(self, event: StepStarted) -> Findings:
        for call in self.history.calls.trained:
            module = call.module()
            if module is None:
                continue
            if call.training:
                self.trained.set(module, self.history.steps + 1)
                continue
            layers = [part for part in mode_dependent(module) if not part.training and not _frozen(part)]
            parts = [type(part).__name__ for part in layers] or [f"F.{name}" for name, on, _ in call.modes if not on]
            if not parts or not _has_part_of(parameters_of(event.optimizer), module):
                continue
            before = self.trained.get(module)
            yield self.found(
                call.site,
                severity=None if before else "warning",
                evidence=_SINCE if before else None,
                model=type(module).__name__,
                before=before,
                step=self.history.steps + 1,
                parts=named(parts),
            )


def named(kinds: list[str]) -> str:
    """ "2 × Dropout, BatchNorm1d"."""
    return ", ".join(
        kind if kinds.count(kind) == 1 else f"{kinds.count(kind)} × {kind}" for kind in dict.fromkeys(kinds)
    )


def _frozen(part: nn.Module) -> bool:
    """A batch norm whose parameters are not trained either is frozen on purpose."""
    parameters = list(part.parameters())
    return bool(parameters) and not any(parameter.requires_grad for parameter in parameters)


def _has_part_of(parameters: Iterable[Tensor], module: nn.Module) -> bool:
    own = {id(parameter) for parameter in module.parameters()}
    return any(id(parameter) in own for parameter in parameters)
