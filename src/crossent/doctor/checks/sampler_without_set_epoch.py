"""A distributed sampler that deals the same order in every epoch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from torch.utils.data.distributed import DistributedSampler

from ..events import BackwardStarted, PassStarted
from ..finding import Finding, Text
from ..history import IdMap, Loader
from ..sites import Site
from .base import Check, on


@dataclass
class _Dealt:
    """The epochs of the passes over one sampler that were trained on."""

    site: Site
    epochs: list[int] = field(default_factory=list)


class SamplerWithoutSetEpoch(Check):
    """A DistributedSampler is never told the epoch, and deals the same order in each.

    中文：DistributedSampler 没有调用 set_epoch：每个 epoch 的顺序完全相同。

    Why: the order comes from the seed and the epoch, and all processes must agree on it, so the sampler cannot draw it
    anew by itself. Without `set_epoch` every epoch has the same batches in the same order: there is no shuffling after
    the first.

    Wrong::

        data = loader.dataset
        sampler = torch.utils.data.distributed.DistributedSampler(data, num_replicas=1, rank=0)
        loader = DataLoader(data, batch_size=32, sampler=sampler)  # doctor: note[sampler-without-set-epoch]
        for epoch in range(3):
            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()

    Right::

        data = loader.dataset
        sampler = torch.utils.data.distributed.DistributedSampler(data, num_replicas=1, rank=0)
        loader = DataLoader(data, batch_size=32, sampler=sampler)
        for epoch in range(3):
            sampler.set_epoch(epoch)
            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(model(xb), yb).backward()
                optimizer.step()

    Known limits: a proof: `sampler.epoch` was the same at the beginning of all passes that were trained on. Loaders
    that are only evaluated, and samplers with `shuffle=False`, are not reported.
    """

    id = "sampler-without-set-epoch"
    severity = "warning"
    subject = "loop"
    preview = True
    message = Text(
        "the DistributedSampler is never told the epoch: all {passes} passes have the same batches in the same order.",
        "DistributedSampler 一直没有被告知 epoch：全部 {passes} 遍都是相同顺序的相同批次。",
    )
    evidence = Text(
        "proof: sampler.epoch was {epoch} at the beginning of each of {passes} passes that were trained on, and "
        "sampler.shuffle is True",
        "证据：用于训练的 {passes} 遍开始时 sampler.epoch 都是 {epoch}，且 sampler.shuffle 为 True",
    )
    fix = Text(
        "write sampler.set_epoch(epoch) at the beginning of each epoch",
        "在每个 epoch 开始时写 sampler.set_epoch(epoch)",
    )

    def prepare(self) -> None:
        self.samplers = IdMap()
        self.dealt: list[_Dealt] = []
        # Passes that have not been trained on yet, with the epoch of each.
        self.open: dict[Loader, tuple[_Dealt, int]] = {}

    @on(PassStarted)
    def begin(self, event: PassStarted) -> None:
        sampler = _distributed(event.loader)
        if sampler is None:
            return
        dealt = self.samplers.get(sampler)
        if dealt is None:
            dealt = _Dealt(event.site)
            self.samplers.set(sampler, dealt)
            self.dealt.append(dealt)
        self.open[event.facts] = (dealt, int(sampler.epoch))

    @on(BackwardStarted)
    def train(self, event: BackwardStarted) -> None:
        if self.history.loader in self.open:
            dealt, epoch = self.open.pop(self.history.loader)
            dealt.epochs.append(epoch)

    def finish(self) -> list[Finding]:
        return [
            self.found(dealt.site, passes=len(dealt.epochs), epoch=dealt.epochs[0])
            for dealt in self.dealt
            if len(dealt.epochs) > 1 and len(set(dealt.epochs)) == 1
        ]


def _distributed(loader: Any) -> Any:
    """The shuffling DistributedSampler that a loader takes its rows from."""
    for owner in (loader, getattr(loader, "batch_sampler", None)):
        sampler = getattr(owner, "sampler", None)
        if isinstance(sampler, DistributedSampler) and sampler.shuffle:
            return sampler
    return None
