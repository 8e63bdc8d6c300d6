"""Softmax cross entropy of logits whose classes are split over ranks: how the parts of the ranks make a whole.

The target of a position lists classes with their masses, a label being a list of one, and has a base mass for each of
the others. A rank takes the listed classes that are its own, and has a state of each position, from these and its
logits: the loss Σ_c a_c · (lse_r − z_c) beside its own lse_r, the largest logit m, Σ exp(z − m) − 1, and Σ_c a_c. What
its classes cost beside the lse of all is that loss, and Σ_c a_c · (lse − lse_r).

P positions, R ranks; one value per position is (P,), or (O, I) of logits (O, C, I).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ..core import layout
from ..core.dtypes import count_dtype
from ..core.labels import absent, equal_to
from ..core.layout import Layout
from ..core.spec import SoftmaxSpec
from ..core.target import Target, weighed
from .ranks import Ranks


class Masses(NamedTuple):
    """The targets as a rank sees them."""

    ids: Tensor  # (P, K): the numbers of the listed classes among the rank's own; −1 where they are another's
    mass: Tensor  # (P, K)
    base: Tensor | None  # (P,): that of each class that is not listed, before its weight
    counts: Tensor  # (P,) bool: whether the position counts

    def at(self, index: layout.Index | slice | Tensor) -> Masses:
        """Those of some positions."""
        return Masses(*(None if each is None else each[index] for each in self))  # type: ignore[arg-type]


class Whole(NamedTuple):
    """The state of each position over all ranks: the same numbers on each of them."""

    loss: Tensor
    max: Tensor
    rest: Tensor  # Σ exp(z − max) − 1
    mass: Tensor


class Shard(NamedTuple):
    """One rank's part of the classes."""

    ranks: Ranks
    weight: Tensor | None  # (C,), of the base masses
    spec: SoftmaxSpec

    @classmethod
    def of(cls, ranks: Ranks, target: Target, weight: Tensor | None, spec: SoftmaxSpec) -> Shard:
        """With the class weights, but where that of a label weighs the smoothing of all classes."""
        by_label = target.by_index() and spec.smoothing_weight == "target"
        return cls(ranks, None if by_label else weight, spec)

    def masses(
        self, target: Target, weight: Tensor | None, layout: Layout, dtype: torch.dtype
    ) -> tuple[Masses, Tensor]:
        """The masses, and what each position weighs in a mean; both are laid out."""
        if not target.by_index():
            counts = layout.positions(~absent(target.values, layout.dim))
            ids, mass, base = target.masses(self.ranks.classes, layout.dim, self.spec, dtype)
            ids = self._local(ids)
            mass, base = weighed(mass, ids, weight), None if base is None else layout.positions(base)
            return Masses(layout.classes(ids), layout.classes(mass), base, counts), counts.to(dtype)
        labels = layout.positions(target.values)
        counts = ~equal_to(labels, self.spec.ignore_index)
        ids = torch.where(counts, self._local(labels.long()), -1)
        own, smoothing = self._weights(ids, counts, weight, dtype), self.spec.label_smoothing
        share = smoothing / self.ranks.classes if smoothing else 0.0
        base = (own * share if self.weight is None else torch.full_like(own, share)) if share else None
        return Masses(ids.unsqueeze(1), (own * (1 - smoothing + share)).unsqueeze(1), base, counts), own

    def _local(self, ids: Tensor) -> Tensor:
        first, width = self.ranks.first, self.ranks.width
        return torch.where((ids >= first) & (ids < first + width), ids - first, -1)

    def _weights(self, ids: Tensor, counts: Tensor, weight: Tensor | None, dtype: torch.dtype) -> Tensor:
        """The weights of the labels: with class weights, the ranks tell each other those of their own."""
        if weight is None:
            return counts.to(dtype)
        own = torch.where(ids < 0, 0.0, weighed(torch.ones_like(ids, dtype=dtype), ids, weight))
        return self.ranks.summed(own)


def merged(every: Tensor) -> Whole:  # (R, 4, P)
    """The states of all ranks' classes together, from those of each."""
    loss, high, rest, mass = every.to(count_dtype(every.device)).unbind(1)
    top, winner = high.max(0, keepdim=True)
    down = torch.where(high == top, 0.0, high - top)
    scale = torch.where(high == -torch.inf, 0.0, down.exp())
    whole = (rest * scale + scale.scatter(0, winner, 0.0)).sum(0)
    # Mass on masked classes costs infinity, but where all are masked nobody knows.
    log_sum, masked = whole.log1p(), torch.where(top == -torch.inf, torch.nan, torch.inf)
    lifted = torch.where(high == -torch.inf, masked, loss + mass * (log_sum - rest.log1p() - down))
    loss = torch.where(mass == 0, 0.0, lifted).sum(0)
    return Whole(*(each.to(every.dtype) for each in (loss, top.squeeze(0), whole, mass.sum(0))))
