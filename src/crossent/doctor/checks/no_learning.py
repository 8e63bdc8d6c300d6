"""Trainings that never get below what the frequencies of the labels alone are worth."""

from __future__ import annotations

from math import inf, isfinite

from ..events import BackwardStarted, LossExamined, PassStarted, StepStarted
from ..finding import Finding, Text
from ..sites import Site
from .base import Check, on
from .trained_losses import GROUP, TrainedLosses

# Passes over a loader, with so many steps at least; steps where nobody knows how long a pass is.
_PASSES, _STEPS, _STEPS_ALONE = 3, 100, 300
# Means of losses must be below this share of the entropy, once.
_BELOW = 0.98
# Scores that deviate less between the rows than this share of their size are the same.
_SAME = 1e-4

_SAME_SCORES = Text(
    "the training loss of {steps} steps never gets below {entropy:.3g}, which knowing how often each class occurs is "
    "worth; and the scores are the same for every row: nothing of the inputs reaches them.",
    "{steps} 步的训练损失始终没有低于 {entropy:.3g}，即只知道各类别频率时的损失；而且每一行的得分都相同：输入的信息没有"
    "传到输出。",
)


class NoLearning(Check):
    """The training loss never gets below the entropy of the labels.

    中文：训练损失始终没有低于标签的熵：模型没有从输入中学到任何东西。

    Why: −Σ p log p, with p the share of each class, is the loss of a model that has seen no input. A training that
    stays there for several passes has learnt how frequent the classes are, and nothing else: rows and labels that do
    not belong together, a learning rate that is far off, inputs that do not reach the scores.

    Wrong::

        labels = y[torch.randperm(320)]
        loader = DataLoader(TensorDataset(x, labels), batch_size=16, shuffle=True)
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)
        for epoch in range(6):
            for xb, yb in loader:
                optimizer.zero_grad()
                loss = F.cross_entropy(model(xb), yb)  # doctor: note[no-learning]
                loss.backward()
                optimizer.step()

    Right::

        loader = DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for epoch in range(6):
            for xb, yb in loader:
                optimizer.zero_grad()
                loss = F.cross_entropy(model(xb), yb)
                loss.backward()
                optimizer.step()

    Known limits: values: means of 8 losses each, of 3 passes over a loader and 100 steps, or of 300 steps without one.
    Judged are means over labels that stand for classes, without class weights and smoothing; not two optimizers that
    work against each other, and not a loss beside another one that is learnt. Labels that are random on purpose are
    reported too.
    """

    id = "no-learning"
    severity = "note"
    subject = "loop"
    preview = True
    message = Text(
        "the training loss of {steps} steps never gets below {entropy:.3g}, which knowing how often each class occurs "
        "is worth: nothing has been learnt from the inputs.",
        "{steps} 步的训练损失始终没有低于 {entropy:.3g}，即只知道各类别频率时的损失：没有从输入中学到任何东西。",
    )
    evidence = Text(
        "values: means of {group} losses, the first {first:.4g}, the last {last:.4g}, the best {best:.4g}, over "
        "{passes} passes at least; learning rate {rate}; inputs of mean {mean} and deviation {deviation}; between rows "
        "the scores deviate by {spread:.2g}",
        "依据数值：每 {group} 个损失取平均，最初 {first:.4g}、最后 {last:.4g}、最好 {best:.4g}，至少 {passes} 轮；"
        "学习率 {rate}；输入均值 {mean}、标准差 {deviation}；各行之间得分的标准差为 {spread:.2g}",
    )
    fix = Text(
        "in this order: train on one batch alone, whose loss must go to 0 (if not, look for a detach(), dead units, a "
        "loss that is not the model's); look at rows beside their labels as the loop gets them; scale the inputs to "
        "mean 0 and deviation 1; try ten times and a tenth of the learning rate",
        "依次检查：只用一个批次训练，损失应能降到 0（否则查找 detach()、失活的单元、与模型无关的损失）；把循环得到的样"
        "本和标签并排查看是否对应；把输入缩放到均值 0、标准差 1；把学习率乘以 10 和除以 10 各试一次",
    )

    def prepare(self) -> None:
        self.seen: dict[Site, TrainedLosses] = {}
        self.optimizers: set[int] = set()
        self.rates: set[float] = set()
        self.passes = 0
        self.drawn: Site | None = None

    @on(PassStarted)
    def begin(self, event: PassStarted) -> None:
        self.drawn = event.site

    @on(LossExamined)
    def loss(self, event: LossExamined) -> None:
        if not event.takes_part:
            return
        call = self.history.calls.last
        given = call.input() if call is not None and call.input is not None else None
        self.seen.setdefault(event.site, TrainedLosses()).examine(event, given)

    @on(BackwardStarted)
    def train(self, event: BackwardStarted) -> None:
        sites = {trace.site for trace, _ in event.losses}
        for trace, _ in event.losses:
            seen = self.seen.get(trace.site)
            if seen is not None and trace.value is not None and isfinite(trace.value):
                seen.add(trace.value)
                seen.beside |= sites
        if sites and self.drawn is not None:
            self.passes, self.drawn = self.passes + 1, None

    @on(StepStarted)
    def step(self, event: StepStarted) -> None:
        self.optimizers.add(id(event.optimizer))
        rate = event.optimizer.param_groups[0].get("lr")
        if isinstance(rate, float):
            self.rates.add(rate)

    def finish(self) -> list[Finding]:
        steps = self.history.steps
        if steps < (_STEPS if self.passes >= _PASSES else _STEPS_ALONE) or len(self.optimizers) > 1:
            return []
        entropies = {site: None if seen.other else seen.entropy() for site, seen in self.seen.items()}
        stuck = {
            site: entropy
            for site, entropy in entropies.items()
            if entropy is not None and _BELOW * entropy <= self.seen[site].best < inf
        }
        return [
            self._found(site, self.seen[site], entropy)
            for site, entropy in stuck.items()
            # Where another loss of the same pass is learnt, this one may be held up on purpose.
            if self.seen[site].beside <= stuck.keys()
        ]

    def _found(self, site: Site, seen: TrainedLosses, entropy: float) -> Finding:
        mean, deviation = seen.inputs or (None, None)
        low, high = min(self.rates, default=0.0), max(self.rates, default=0.0)
        return self.found(
            site,
            message=_SAME_SCORES if seen.spread < _SAME else None,
            steps=self.history.steps,
            entropy=entropy,
            group=GROUP,
            first=seen.first,
            last=seen.last,
            best=seen.best,
            passes=self.passes,
            rate=f"{low:.3g}" if low == high else f"{low:.3g} … {high:.3g}",
            mean="?" if mean is None else f"{mean:.3g}",
            deviation="?" if deviation is None else f"{deviation:.3g}",
            spread=seen.spread,
        )
