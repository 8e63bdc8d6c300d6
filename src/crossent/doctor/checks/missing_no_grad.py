"""Evaluation that records graphs."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..events import ModelEvaluated
from ..finding import Finding, Text
from ..sites import Site
from ..traces import Call
from .base import Check, on


@dataclass
class _Seen:
    made: list[Call] = field(default_factory=list)
    # Calls between two steps, at most: a loop over the data rather than a look at a few rows.
    longest: int = 0
    run: int = 0
    step: int = -1
    meant: bool = False
    model: str = ""


class MissingNoGrad(Check):
    """A model is evaluated with gradients on.

    中文：评估时没有 torch.no_grad()：白白建图，占用显存。

    Why: every validation batch builds a graph that nobody uses: memory and time, and with `total += loss` the graphs of
    the whole validation set. The results are right.

    Wrong::

        for epoch in range(3):
            model.train()
            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()
            model.eval()
            right = sum((model(a).argmax(1) == b).sum().item() for a, b in loader)  # doctor: warning[missing-no-grad]

    Right::

        for epoch in range(3):
            model.train()
            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                right = sum((model(a).argmax(1) == b).sum().item() for a, b in loader)

    Known limits: a proof: the outputs of several calls had a graph, and no backward pass went through any of them. One
    call now and then is a note; a step that was cut short is not one.
    """

    id = "missing-no-grad"
    severity = "warning"
    subject = "evaluation"
    message = Text(
        "{model} is evaluated with gradients on: every call keeps the graph and all activations in memory, and takes "
        "longer; the results are right.",
        "{model} 在评估时仍记录梯度：每次调用都会在内存中保留计算图和全部激活，也更慢；结果本身是对的。",
    )
    evidence = Text(
        "proof: the outputs of {calls} calls had a graph, and no backward pass went through any of them",
        "证据：{calls} 次调用的输出带有计算图，却没有任何反向传播经过它们",
    )
    fix = Text(
        "evaluate under `with torch.no_grad():` (or @torch.inference_mode())",
        "在 `with torch.no_grad():`（或 @torch.inference_mode()）中评估",
    )

    def prepare(self) -> None:
        self.seen: dict[tuple[Site, int], _Seen] = {}

    @on(ModelEvaluated)
    def evaluated(self, event: ModelEvaluated) -> None:
        call = event.call
        if not call.grad or not call.model.trained:
            return
        seen = self.seen.setdefault((call.site, id(call.model)), _Seen(model=call.model.name))
        seen.made.append(call)
        seen.run = seen.run + 1 if seen.step == call.step else 1
        seen.longest = max(seen.longest, seen.run)
        seen.step = call.step
        seen.meant = seen.meant or not call.training

    def finish(self) -> list[Finding]:
        # One call now and then, for a look at a few rows, does no harm.
        return [
            self.found(
                site,
                severity=None if calls > 1 and (seen.meant or seen.longest > 1) else "note",
                calls=calls,
                model=seen.model,
            )
            for (site, _), seen in self.seen.items()
            if (calls := sum(not self.history.calls.dropped.cut_short(call) for call in seen.made))
        ]
