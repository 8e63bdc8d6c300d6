"""The mean of means of unequal batches."""

from __future__ import annotations

from ..events import LossCall, ValueRead
from ..finding import Finding, Text
from .base import Check, on
from .epoch_sums import EpochSum, EpochSums, Pass

# From here on a warning: the rows of two batches count so differently, or the two means are so far apart.
_RATIO, _OFF = 2.0, 0.01

_TIMES = Text(
    "the losses of batches are multiplied by the number of rows, but their means were divided by something else (class "
    "weights, or only the labels that count): the sum is not that of the rows.",
    "各批次的损失乘以了行数，但求平均时除以的是别的量（类别权重，或只计有效标签）：所得并不是按行求和。",
)


class EpochLossAveraging(Check):
    """Means of unequal batches are averaged as if they were equal.

    中文：各 batch 大小不同（或带权重）时，均值的均值不是整个 epoch 的均值。

    Why: `total += loss.item()`, divided by the number of batches, lets a last batch of 4 count as much as one of 64;
    with class weights even `loss.item() * len(y)` is wrong, as a batch divides by its weights. Measured on two models:
    1.200 and 0.500, where the true losses are 0.321 and 0.500: the worse model was kept.

    Wrong::

        loader = DataLoader(TensorDataset(x, y), batch_size=150, shuffle=True)  # 150, 150 and 20 rows
        for epoch in range(2):
            total = 0.0
            for xb, yb in loader:
                optimizer.zero_grad()
                loss = F.cross_entropy(model(xb), yb)
                loss.backward()
                optimizer.step()
                total += loss.item()  # doctor: warning[epoch-loss-averaging]
            print(total / len(loader))

    Right::

        loader = DataLoader(TensorDataset(x, y), batch_size=150, shuffle=True)  # 150, 150 and 20 rows
        for epoch in range(2):
            total = 0.0
            for xb, yb in loader:
                optimizer.zero_grad()
                loss = F.cross_entropy(model(xb), yb)
                loss.backward()
                optimizer.step()
                total += loss.item() * len(yb)
            print(total / len(loader.dataset))

    Known limits: values and code: the line that adds up, and both averages of the run, pass by pass. A difference that
    hardly shows is a note. A meter or a mean that is computed inside of a library is not seen.
    """

    id = "epoch-loss-averaging"
    severity = "warning"
    subject = "loop"
    message = Text(
        "the losses of batches are means, and are averaged as if all batches were of one size: a row of the smallest "
        "batch counts {ratio:.3g} times as much as one of the largest.",
        "各批次的损失已是平均值，却被当作同样大小的批次再求平均：最小批次中一行的影响是最大批次中一行的 {ratio:.3g} "
        "倍。",
    )
    evidence = Text(
        "values and code: `{text}`; over {batches} batches this gives {plain:.4g}, the mean over what counts is "
        "{true:.4g} (batches of {small:g} to {large:g})",
        "依据数值与代码：`{text}`；{batches} 个批次这样算得 {plain:.4g}，真正的平均为 {true:.4g}（批次大小 {small:g} 到"
        " {large:g}）",
    )
    fix = Text(
        "add loss.item() * n and divide by the sum of n, with n what the mean was divided by: len(y), the labels that "
        "are not ignored, or crossent.functional.normalizer(y, weight)",
        "累加 loss.item() * n，最后除以 n 之和；n 是求平均时的除数：len(y)、未被忽略的标签数，或 "
        "crossent.functional.normalizer(y, weight)",
    )

    def prepare(self) -> None:
        self.sums = EpochSums.of(self.history)

    @on(LossCall)
    def loss(self, event: LossCall) -> None:
        self.sums.loss(event)

    @on(ValueRead)
    def value(self, event: ValueRead) -> None:
        self.sums.value(event)

    def finish(self) -> list[Finding]:
        found = []
        for one in self.sums.all():
            judged = [
                self._judge(one, part) for part in one.passes if not (one.factor == "one" and one.over_rows(part))
            ]
            uneven = [finding for finding in judged if finding is not None]
            if uneven:
                found.append(max(uneven, key=lambda finding: (finding.severity == "warning", finding.values["ratio"])))
        return found

    def _judge(self, one: EpochSum, part: Pass) -> Finding | None:
        batches = [one for one in part.batches if one[1] and one[2] > 0 and one[3] > 0]
        if len(batches) < 2 or one.factor not in ("one", "rows"):
            return None
        # What each batch counts in the code's mean, and what it should.
        given = [float(rows) if one.factor == "rows" else times for _, rows, _, times in batches]
        right = [total for _, _, total, _ in batches]
        ratios = [g / r for g, r in zip(given, right, strict=True)]
        ratio = max(ratios) / min(ratios)
        if ratio < 1.01:
            return None
        plain = sum(v * g for (v, *_), g in zip(batches, given, strict=True)) / sum(given)
        true = sum(v * r for (v, *_), r in zip(batches, right, strict=True)) / sum(right)
        off = abs(plain - true) / max(abs(true), 1e-12)
        return self.found(
            one.sum.site,
            severity="warning" if ratio >= _RATIO or off > _OFF else "note",
            message=_TIMES if one.factor == "rows" else None,
            text=one.sum.text,
            ratio=ratio,
            batches=len(batches),
            plain=plain,
            true=true,
            small=min(right),
            large=max(right),
        )
