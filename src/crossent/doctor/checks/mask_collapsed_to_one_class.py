"""Dense labels that are all the same."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..events import LossExamined
from ..finding import Finding, Text
from ..sites import Site
from .base import Check, on

# Fewer batches or labels could be all background by chance.
_BATCHES, _LABELS = 2, 64


@dataclass
class _Seen:
    values: set[float] = field(default_factory=set)
    batches: int = 0
    labels: int = 0
    classes: int = 0
    binary: bool = False


class MaskCollapsedToOneClass(Check):
    """Every label of every mask is the same.

    中文：所有掩码都只剩一个类别：整数标签不要除以 255（ToTensor 会除）。

    Why: `ToTensor` divides by 255, `.long()` cuts to 0: every pixel is background, the loss falls to 0 and the accuracy
    is 1.0.

    Wrong::

        net = nn.Conv2d(1, 3, 1)
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        for images in torch.rand(16, 4, 1, 8, 8):
            masks = (images[:, 0] * 2.99).floor() / 255
            optimizer.zero_grad()
            loss = F.cross_entropy(net(images), masks.long())  # doctor: error[mask-collapsed-to-one-class]
            loss.backward()
            optimizer.step()

    Right::

        net = nn.Conv2d(1, 3, 1)
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        for images in torch.rand(16, 4, 1, 8, 8):
            masks = (images[:, 0] * 2.99).floor()
            optimizer.zero_grad()
            loss = F.cross_entropy(net(images), masks.long())
            loss.backward()
            optimizer.step()

    Known limits: values: every label of all batches examined is the same, in a loss with several classes per image. A
    few batches of background alone may be chance.
    """

    id = "mask-collapsed-to-one-class"
    severity = "error"
    subject = "targets"
    message = Text(
        "every label of every mask is {value:g}: the model learns to answer {value:g} everywhere, with a loss near 0 "
        "and a perfect accuracy.",
        "所有掩码的所有标签都是 {value:g}：模型只会处处输出 {value:g}，损失接近 0，准确率看似完美。",
    )
    evidence = Text(
        "values: {labels} labels of {batches} batches examined, {classes} classes possible",
        "依据数值：检查了 {batches} 个批次的 {labels} 个标签，可能有 {classes} 个类别",
    )
    fix = Text(
        "ToTensor() divides a mask by 255, and .long() then makes it 0: read masks with "
        "torch.from_numpy(np.array(mask)).long() and resize them with nearest interpolation",
        "ToTensor() 会把掩码除以 255，随后的 .long() 使其全部变为 0：请用 torch.from_numpy(np.array(mask)).long() 读取"
        "掩码，并用最近邻插值缩放",
    )

    def prepare(self) -> None:
        self.seen: dict[Site, _Seen] = {}
        # Adversarial training has constant targets too, but not only zeros.
        self.binary: set[float] = set()

    @on(LossExamined)
    def look(self, event: LossExamined) -> None:
        labels = event.labels
        if not event.of_classes:
            self.binary.update(labels.distinct[:3])
        classes = event.input.shape[event.dim] if event.of_classes else 2
        # Binary targets of (N, 1) or (N, C) are not masks.
        dense = event.target.ndim >= (2 if event.of_classes else 3)
        if not dense or classes < 2 or not event.takes_part or (event.of_classes and not labels.by_index):
            return
        seen = self.seen.setdefault(event.site, _Seen())
        seen.values.update(labels.distinct[:3])
        seen.batches += 1
        seen.labels += labels.sample.numel()
        seen.classes = classes
        seen.binary = not event.of_classes

    def finish(self) -> list[Finding]:
        found = []
        for site, seen in self.seen.items():
            alone = len(seen.values) == 1 and seen.batches >= _BATCHES and seen.labels >= _LABELS
            if alone and (not seen.binary or self.binary == {0.0}):
                (value,) = seen.values
                found.append(
                    self.found(site, value=value, labels=seen.labels, batches=seen.batches, classes=seen.classes)
                )
        return found
