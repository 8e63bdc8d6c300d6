"""The mean of means of unequal batches."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite

from .. import sites
from ..events import LossExamined, ValueRead
from ..finding import Finding, Text
from ..sites import Site
from ..summing import Sum, detached_sum, sum_of
from .accumulation_mean import divisor
from .base import Check, on

# Batches whose losses are kept to show what the difference is.
_KEPT = 4096
# By then it is known whether weights or ignored labels play a part.
_EXAMINED = 16
# From here on a warning: the rows of two batches count so differently, or the two means are so far apart.
_RATIO, _OFF = 2.0, 0.01

_TIMES = Text(
    "the losses of batches are multiplied by the number of rows, but their means were divided by something else (class "
    "weights, or only the labels that count): the sum is not that of the rows.",
    "各批次的损失乘以了行数，但求平均时除以的是别的量（类别权重，或只计有效标签）：所得并不是按行求和。",
)


@dataclass
class _Batches:
    sums: dict[Site, Sum] = field(default_factory=dict)
    # Whether all means so far were divided by the number of positions, and how many there are per row.
    plain: bool = True
    per_row: float = 1.0
    # (value, positions, what the mean was divided by)
    seen: list[tuple[float, int, float]] = field(default_factory=list)


class EpochLossAveraging(Check):
    id = "epoch-loss-averaging"
    severity = "note"
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
        self.batches: dict[Site, _Batches] = {}
        self.read: set[tuple[Site, Site]] = set()

    @on(LossExamined)
    def loss(self, event: LossExamined) -> None:
        if event.reduction != "mean" or event.value is None or not isfinite(event.value):
            return
        batches = self.batches.get(event.site)
        if batches is None:
            batches = self.batches[event.site] = _Batches()
            found = detached_sum(event.site)
            if found is not None:
                batches.sums[found.site] = found
        total = divisor(event)
        batches.plain = batches.plain and total == event.positions
        batches.per_row = event.positions / max(event.trace.rows, 1)
        batches.seen.append((event.value, event.positions, total))

    @on(ValueRead)
    def value(self, event: ValueRead) -> None:
        batches = self.batches.get(event.trace.site)
        if batches is None:
            return
        if (event.site, event.trace.site) not in self.read:
            self.read.add((event.site, event.trace.site))
            found = sum_of(sites.stack(3))
            if found is not None:
                batches.sums[found.site] = found
        if batches.plain and len(batches.seen) >= _EXAMINED and len(batches.seen) < _KEPT and isfinite(event.value):
            # Nothing but the number of rows matters here, and that is known of every batch.
            positions = int(event.trace.rows * batches.per_row)
            batches.seen.append((event.value, positions, positions))

    def finish(self) -> list[Finding]:
        found = []
        for batches in self.batches.values():
            for site, one in batches.sums.items():
                finding = self._judge(site, one, batches.seen)
                if finding is not None:
                    found.append(finding)
        return found

    def _judge(self, site: Site, one: Sum, seen: list[tuple[float, int, float]]) -> Finding | None:
        seen = [(value, rows, total) for value, rows, total in seen if rows and total > 0]
        if len(seen) < 2:
            return None
        # What each batch counts in the code's mean, and what it should.
        given = [float(rows) if one.weighted else 1.0 for _, rows, _ in seen]
        right = [total for _, _, total in seen]
        ratios = [g / r for g, r in zip(given, right, strict=True)]
        ratio = max(ratios) / min(ratios)
        if ratio < 1.01:
            return None
        plain = sum(v * g for (v, _, _), g in zip(seen, given, strict=True)) / sum(given)
        true = sum(v * r for (v, _, _), r in zip(seen, right, strict=True)) / sum(right)
        off = abs(plain - true) / max(abs(true), 1e-12)
        return self.found(
            site,
            severity="warning" if ratio >= _RATIO or off > _OFF else "note",
            message=_TIMES if one.weighted else None,
            text=one.text,
            ratio=ratio,
            batches=len(seen),
            plain=plain,
            true=true,
            small=min(right),
            large=max(right),
        )
