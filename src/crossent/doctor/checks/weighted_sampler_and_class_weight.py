"""The same imbalance corrected twice."""

from __future__ import annotations

from ..events import LossExamined
from ..finding import Text
from .base import Check, Findings, on
from .weighting import reweighted


class WeightedSamplerAndClassWeight(Check):
    """A weighted sampler and class weights correct the same imbalance.

    中文：既用了加权采样又用了类别权重：不平衡被校正了两次。

    Why: both are cures for imbalance, and together they overshoot: with one positive in 20, sampled evenly *and*
    weighted by 10, a positive counts as much as 10 negatives.

    Wrong::

        from torch.utils.data import WeightedRandomSampler

        rare = (torch.arange(320) % 20 == 0).long()
        sampler = WeightedRandomSampler(1 / torch.bincount(rare)[rare], 320)
        weight = torch.tensor([0.53, 10.0])
        criterion = nn.CrossEntropyLoss(weight)  # doctor: warning[weighted-sampler-and-class-weight]
        for xb, yb in DataLoader(TensorDataset(x, rare), batch_size=32, sampler=sampler):
            optimizer.zero_grad()
            criterion(model(xb)[:, :2], yb).backward()
            optimizer.step()

    Right::

        from torch.utils.data import WeightedRandomSampler

        rare = (torch.arange(320) % 20 == 0).long()
        sampler = WeightedRandomSampler(1 / torch.bincount(rare)[rare], 320)
        criterion = nn.CrossEntropyLoss()
        for xb, yb in DataLoader(TensorDataset(x, rare), batch_size=32, sampler=sampler):
            optimizer.zero_grad()
            criterion(model(xb)[:, :2], yb).backward()
            optimizer.step()

    Known limits: a proof: the batches come from a loader whose sampler has unequal weights, and the loss has unequal
    weights.
    """

    id = "weighted-sampler-and-class-weight"
    severity = "warning"
    subject = "weights"
    message = Text(
        "a WeightedRandomSampler draws rare classes more often, and {option} makes the same classes count more in the "
        "loss: the imbalance is corrected twice, and rare classes are predicted too often.",
        "WeightedRandomSampler 已经更频繁地抽取少数类，{option} 又让这些类别在损失中占更大比重：不平衡被纠正了两次，少"
        "数类会被过度预测。",
    )
    evidence = Text(
        "proof: the batches of this loss come from the loader of {loader}, whose sampler has weights from {low:.3g} to "
        "{high:.3g}; {option} from {light:.3g} to {heavy:.3g}",
        "证据：该损失的批次来自 {loader} 的加载器，其采样器权重从 {low:.3g} 到 {high:.3g}；{option} 从 {light:.3g} 到 "
        "{heavy:.3g}",
    )
    fix = Text(
        "keep one of the two: the sampler, or {option}",
        "二者保留其一：采样器或 {option}",
    )

    @on(LossExamined)
    def check(self, event: LossExamined) -> Findings:
        loader = self.history.loader
        if event.number > 8 or not event.takes_part or loader is None or loader.draws is None:
            return
        option = reweighted(event)
        low, high = loader.draws
        if option is None or low == high:
            return
        weight = event.weight if option == "weight" else event.pos_weight
        assert weight is not None
        light, heavy = (float(end) for end in weight.detach().aminmax())
        yield self.found(
            event.built, option=option, loader=str(loader.site), low=low, high=high, light=light, heavy=heavy
        )
