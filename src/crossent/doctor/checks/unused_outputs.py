"""More outputs than classes."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..events import LossExamined, TokensEmbedded
from ..finding import Finding, Text
from ..sites import Site
from .base import Check, on

# Labels per class that must have been seen before the absence of others says anything.
_PER_CLASS = 3
_ENOUGH = 10


@dataclass
class _Seen:
    histogram: list[int] = field(default_factory=list)
    total: int = 0
    # Outputs that are not meant to be used.
    ignored: set[int] = field(default_factory=set)
    # Whether some targets do not count: then a class that never occurs may be their place holder.
    gaps: bool = False


class UnusedOutputs(Check):
    """The model has outputs for classes that never occur.

    中文：有的输出类别从未出现：num_classes 是否写错，标签是否从 1 开始？

    Why: outputs for classes that never occur, such as the 1000-way head of a checkpoint on 5 flowers, or labels 1 … 4
    "mended" with a fifth output, are only ever pushed down.

    Wrong::

        model = nn.Linear(6, 1000)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for xb, yb in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb), yb)  # doctor: warning[unused-outputs]
            loss.backward()
            optimizer.step()

    Right::

        model = nn.Linear(6, 3)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for xb, yb in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb), yb)
            loss.backward()
            optimizer.step()

    Known limits: values: all other classes occurred many times, these never. A few spare outputs are a note. Classes
    that are merely rare, and vocabularies of which a short run sees a part, are not reported.
    """

    id = "unused-outputs"
    severity = "warning"
    subject = "targets"
    message = Text(
        "the model has {classes} outputs, but only {used} classes occur in the labels ({low} … {high}): the other "
        "{unused} outputs only learn to be small.",
        "模型有 {classes} 个输出，但标签中只出现 {used} 个类别（{low} … {high}）：其余 {unused} 个输出只会学着变小。",
    )
    evidence = Text(
        "values: {total} labels examined, every class from {low} to {high} at least {least} times, no other ever",
        "依据数值：检查了 {total} 个标签，{low} 到 {high} 每类至少出现 {least} 次，其他从未出现",
    )
    fix = Text(
        "give the last layer {used} outputs, or check that labels are not missing from the data",
        "让最后一层输出 {used} 个值，或检查数据中是否缺少某些类别",
    )

    def prepare(self) -> None:
        self.seen: dict[Site, _Seen] = {}
        # The padding of embeddings, and of how many words: no label where the same words are predicted.
        self.paddings: set[tuple[int, int]] = set()

    @on(TokensEmbedded)
    def embed(self, event: TokensEmbedded) -> None:
        self.paddings.add((event.padding % event.words, event.words))

    @on(LossExamined)
    def look(self, event: LossExamined) -> None:
        if not event.of_classes or not event.takes_part:
            return
        labels = event.labels
        classes = event.input.shape[event.dim]
        if labels.by_index:
            histogram = labels.histogram
        elif event.target.shape == event.input.shape and classes > 2:
            histogram = (event.target.detach().movedim(event.dim, 0).reshape(classes, -1) > 0).sum(1).tolist()
        else:
            return
        if not histogram or classes > 100_000:
            return
        seen = self.seen.setdefault(event.site, _Seen([0] * classes))
        if len(seen.histogram) != len(histogram):
            seen.total = -1 << 62
            return
        seen.histogram = [a + b for a, b in zip(seen.histogram, histogram, strict=True)]
        seen.total += sum(histogram)
        seen.gaps = seen.gaps or (labels.by_index and labels.count < event.target.numel())
        if event.ignore_index is not None and 0 <= event.ignore_index < classes:
            seen.ignored.add(int(event.ignore_index))
        if event.weight is not None and event.weight.numel() == classes:
            seen.ignored |= {label for label, weight in enumerate(event.weight.tolist()) if weight == 0}

    def finish(self) -> list[Finding]:
        found = []
        for site, seen in self.seen.items():
            used = [label for label, count in enumerate(seen.histogram) if count]
            if len(used) < 2:
                continue
            low, high, classes = used[0], used[-1], len(seen.histogram)
            inner = [label for label in range(low, high + 1) if label not in seen.ignored]
            least = min(seen.histogram[label] for label in inner)
            idle = seen.ignored | {padding for padding, words in self.paddings if words == classes}
            unused = classes - len(used) - len(idle.difference(used))
            if not unused or low > 1 or least < _PER_CLASS or seen.total < _ENOUGH * len(used):
                continue
            # A few spare outputs may be meant; most of them hardly.
            most = classes >= 2 * len(used) + 2 and seen.total >= 20 * len(used)
            severity = "warning" if most or (low == 1 and not seen.gaps) else "note"
            found.append(
                self.found(
                    site,
                    severity=severity,
                    classes=classes,
                    used=len(used),
                    unused=unused,
                    low=low,
                    high=high,
                    least=least,
                    total=seen.total,
                )
            )
        return found
