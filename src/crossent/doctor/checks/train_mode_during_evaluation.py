"""A model that is evaluated in training mode."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..events import ModelEvaluated
from ..finding import Finding, Text
from ..sites import Site
from ..traces import Call
from .base import Check, on
from .eval_mode_during_training import named


@dataclass
class _Seen:
    made: list[Call] = field(default_factory=list)
    parts: str = ""
    model: str = ""
    repeated: bool = False


class TrainModeDuringEvaluation(Check):
    """A model is evaluated in training mode.

    中文：评估时没有调用 model.eval()：dropout 仍在工作，BatchNorm 的统计量被验证数据改写。

    Why: the accuracy is that of a model with random holes, and batch norm learns from the validation data.

    Wrong::

        for epoch in range(3):
            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()
            with torch.no_grad():
                print((model(x).argmax(1) == y).float().mean())  # doctor: warning[train-mode-during-evaluation]

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

    Known limits: a proof: calls with `training=True` whose outputs were only looked at, between the steps of a
    training. Not reported: the same input again and again (Monte Carlo dropout), labels that become targets, a step
    that was cut short, and what is not a class (a generator's picture).
    """

    id = "train-mode-during-evaluation"
    severity = "warning"
    subject = "evaluation"
    message = Text(
        "{model} is evaluated in training mode: dropout makes its answers random, and batch norm normalises with the "
        "batch at hand and takes the evaluation data into its running statistics.",
        "{model} 在训练模式下评估：dropout 使输出带有随机性，batch norm 使用当前批次的统计量，并把评估数据混入滑动统"
        "计。",
    )
    evidence = Text(
        "proof: {calls} calls with training=True whose outputs were only looked at (a loss or a decision, no backward "
        "pass); what depends on it: {parts}",
        "证据：{calls} 次 training=True 的调用，其输出只用于查看（计算损失或判定类别，没有反向传播）；受影响的部分："
        "{parts}",
    )
    fix = Text(
        "write model.eval() before the evaluation, and model.train() after it",
        "在评估之前写 model.eval()，之后写 model.train()",
    )

    def prepare(self) -> None:
        self.seen: dict[Site, _Seen] = {}

    @on(ModelEvaluated)
    def evaluated(self, event: ModelEvaluated) -> None:
        call = event.call
        if not call.training or not call.model.trained:
            return
        parts = self.history.sensitive(call)
        if not parts:
            return
        seen = self.seen.setdefault(call.site, _Seen())
        seen.repeated = seen.repeated or call.wants_randomness
        seen.made.append(call)
        seen.parts, seen.model = named(parts), call.model.name

    def finish(self) -> list[Finding]:
        return [
            self.found(site, calls=calls, parts=seen.parts, model=seen.model)
            for site, seen in self.seen.items()
            if not seen.repeated and site not in self.history.calls.labelling
            if (calls := sum(not self.history.calls.dropped.cut_short(call) for call in seen.made))
        ]
