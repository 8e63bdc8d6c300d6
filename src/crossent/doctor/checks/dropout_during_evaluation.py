"""Dropout that no `model.eval()` turns off."""

from __future__ import annotations

from dataclasses import dataclass

from ..events import ModelEvaluated, ModuleCalled
from ..finding import Finding, Text
from ..sites import Site
from .base import Check, on


@dataclass
class _Seen:
    model: str
    name: str
    evaluated: str
    calls: int = 0
    repeated: bool = False


class DropoutDuringEvaluation(Check):
    """Dropout stays on in eval mode, because its function is not told the mode.

    中文：F.dropout 没有传 training=self.training：model.eval() 之后 dropout 仍在工作。

    Why: `F.dropout(x, 0.5)` drops out whatever the mode of the model is, and so does attention that is given a
    `dropout_p`. Every evaluation is that of a model with random holes, and gives another number.

    Wrong::

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.first, self.last = nn.Linear(6, 16), nn.Linear(16, 3)

            def forward(self, x):
                return self.last(F.dropout(self.first(x).relu(), 0.5))  # doctor: note[dropout-during-evaluation]


        model = Net()
        optimizer = torch.optim.Adam(model.parameters())
        for epoch in range(2):
            model.train()
            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                print((model(x).argmax(1) == y).float().mean())

    Right::

        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.first, self.last = nn.Linear(6, 16), nn.Linear(16, 3)

            def forward(self, x):
                return self.last(F.dropout(self.first(x).relu(), 0.5, training=self.training))


        model = Net()
        optimizer = torch.optim.Adam(model.parameters())
        for epoch in range(2):
            model.train()
            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                print((model(x).argmax(1) == y).float().mean())

    Known limits: a proof: the function was told to drop out while no part of the model was in training mode. Not
    reported: Monte Carlo dropout (the same input again and again, or parts that are in training mode on purpose), and
    dropout that is written by hand.
    """

    id = "dropout-during-evaluation"
    severity = "error"
    subject = "evaluation"
    preview = True
    message = Text(
        "F.{name} is on in eval mode: {model} is evaluated (at {evaluated}) with random holes in its activations.",
        "评估模式下 F.{name} 仍在工作：{model} 在 {evaluated} 的评估中激活值被随机置零。",
    )
    evidence = Text(
        "proof: in {calls} evaluations F.{name} was called with dropout on, while every part of {model} had "
        "training=False",
        "证据：在 {calls} 次评估中，{model} 的所有部分 training=False，而 F.{name} 仍以开启状态被调用",
    )
    fix = Text(
        "write F.dropout(x, p, training=self.training), dropout_p=p if self.training else 0.0 for attention, or use "
        "nn.Dropout",
        "写 F.dropout(x, p, training=self.training)；注意力写 dropout_p=p if self.training else 0.0；或使用 nn.Dropout",
    )

    def prepare(self) -> None:
        # Calls in eval mode with dropout on, and where.
        self.open: dict[int, tuple[str, Site]] = {}
        self.seen: dict[Site, _Seen] = {}

    @on(ModuleCalled)
    def called(self, event: ModuleCalled) -> None:
        call = event.call
        if call.training or not any(on for _, on, _ in call.modes):
            return
        if not any(part.training for part in event.module.modules()):
            found = [(name, site) for name, on, site in call.modes if on and name != "batch_norm"]
            if found:
                self.open[call.number] = found[0]

    @on(ModelEvaluated)
    def evaluated(self, event: ModelEvaluated) -> None:
        call = event.call
        name, site = self.open.pop(call.number, ("", call.site))
        if not name or not call.model.trained:
            return
        seen = self.seen.setdefault(site, _Seen(call.model.name, name, str(call.site)))
        seen.repeated = seen.repeated or call.wants_randomness
        seen.calls += 1

    def finish(self) -> list[Finding]:
        return [
            self.found(site, name=seen.name, model=seen.model, evaluated=seen.evaluated, calls=seen.calls)
            for site, seen in self.seen.items()
            if not seen.repeated
        ]
