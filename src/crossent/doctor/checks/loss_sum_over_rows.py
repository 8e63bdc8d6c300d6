"""A sum of the means of batches, divided by the number of rows."""

from __future__ import annotations

from ..finding import Finding, Text
from .base import Check
from .epoch_sums import EpochSums


class LossSumOverRows(Check):
    """The sum of the mean losses of batches is divided by the number of rows.

    中文：已是批次平均的损失之和，又除以了样本数：平均值小了一个批次大小的倍数。

    Why: the loss of a batch is a mean already. `total += loss.item()` and `total / len(dataset)` give the average loss
    divided by the batch size: it looks better than it is, and cannot be compared with that of another batch size. Many
    copy it from the examples of pytorch, where the loss once was a sum.

    Wrong::

        total = 0.0
        for xb, yb in loader:
            loss = F.cross_entropy(model(xb), yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()  # doctor: warning[loss-sum-over-rows]
        print(total / len(loader.dataset))

    Right::

        total = 0.0
        for xb, yb in loader:
            loss = F.cross_entropy(model(xb), yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(yb)
        print(total / len(loader.dataset))

    Known limits: values and code. The line that adds and the line that divides are read from the text, and the divisor
    is computed from what its names stand for. What is added in one file and divided in another is seen only if the one
    calls the other.
    """

    id = "loss-sum-over-rows"
    severity = "warning"
    subject = "loop"
    message = Text(
        "each loss that is added is the mean of its batch already, and the sum is divided by the number of rows: the "
        "average comes out about {factor:.3g} times too small, and changes with the batch size.",
        "累加的每个损失已经是该批次的平均值，而总和又除以了样本数：得到的平均损失大约小了 {factor:.3g} 倍，"
        "并且会随批次大小变化。",
    )
    evidence = Text(
        "values and code: `{text}`, then `{divided}` (line {line}); {batches} batches of {rows:.3g} rows give "
        "{told:.4g}, the mean over the rows is {true:.4g}",
        "依据数值与代码：先 `{text}`，再 `{divided}`（第 {line} 行）；{batches} 个批次、每批 {rows:.3g} 行，这样算得 "
        "{told:.4g}，按行平均为 {true:.4g}",
    )
    fix = Text(
        "add loss.item() * len(y) and divide by the rows, or divide the sum of means by the number of batches",
        "累加 loss.item() * len(y) 再除以样本数，或者把平均值之和除以批次数",
    )

    def finish(self) -> list[Finding]:
        found = []
        for one in EpochSums.of(self.history).all():
            passes = [part for part in one.passes if part.batches and one.over_rows(part)]
            if one.factor != "one" or not passes:
                continue
            longest = max(passes, key=lambda part: part.count)
            means = sum(value for value, *_ in longest.batches)
            rows = sum(positions for _, positions, *_ in longest.batches)
            true = sum(value * positions for value, positions, *_ in longest.batches) / rows
            size = longest.rows / longest.count
            if size < 1.5:
                continue
            found.append(
                self.found(
                    one.sum.site,
                    factor=size,
                    text=one.sum.text,
                    divided=one.sum.division.text,
                    line=one.sum.division.site.line,
                    batches=longest.count,
                    rows=size,
                    told=means / longest.rows,
                    true=true,
                )
            )
        return found
