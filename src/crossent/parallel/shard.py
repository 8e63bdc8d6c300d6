"""Softmax cross entropy of logits whose classes are split over ranks: how the parts of the ranks make a whole.

Each rank has a state of each position, from its own classes: the largest logit m, Σ exp(z − m) − 1, Σ_c w_c · (m − z_c)
and the target's logit. The losses follow from the states of all ranks.

P positions, R ranks; one value per position is (P,), or (O, I) of logits (O, C, I).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ..core import layout
from ..core.dtypes import count_dtype
from ..core.labels import equal_to
from ..core.spec import SoftmaxSpec
from .ranks import Ranks


class Labels(NamedTuple):
    """The targets as a rank sees them; one of each per position."""

    place: Tensor  # the number of the label among the rank's classes; 0 where it is another's
    here: Tensor  # whether it is one of them
    counts: Tensor  # whether the position counts
    own: Tensor  # the weight of its label, whoever has it

    @classmethod
    def of(cls, target: Tensor, shard: Shard, dtype: torch.dtype) -> Labels:
        """With class weights, the ranks tell each other those of the labels."""
        ranks, weight = shard.ranks, shard.weight
        counts = ~equal_to(target, shard.spec.ignore_index)
        place = target.long() - ranks.first
        here = counts & (place >= 0) & (place < ranks.width)
        place = torch.where(here, place, 0)
        if weight is None:
            return cls(place, here, counts, counts.to(dtype))
        own = torch.where(here, weight[place], 0.0) if ranks.width else weight.new_zeros(place.shape)
        return cls(place, here, counts, ranks.summed(own))

    def at(self, index: layout.Index | slice | Tensor) -> Labels:
        """Those of some positions."""
        return Labels(*(each[index] for each in self))


class Whole(NamedTuple):
    """The state of each position over all ranks: the same numbers on each of them."""

    max: Tensor
    rest: Tensor  # Σ exp(z − max) − 1
    spread: Tensor  # Σ_c w_c · (max − z_c); 0 without smoothing
    own_logit: Tensor

    def lse(self) -> Tensor:
        """The logarithm of the sum of all exponentials."""
        return self.max + self.rest.log1p()


class Shard(NamedTuple):
    """One rank's part of the classes."""

    ranks: Ranks
    weight: Tensor | None  # (C,)
    spec: SoftmaxSpec

    @property
    def share(self) -> float:
        """The smoothing of one class."""
        return self.spec.label_smoothing / self.ranks.classes

    @property
    def by_class(self) -> bool:
        """True if the smoothing of a class has the weight of that class."""
        return self.weight is not None and self.spec.smoothing_weight == "class"

    @property
    def masses(self) -> list[float]:
        """Σ_c of what smoothing weighs the classes of each rank with."""
        return self.ranks.weights if self.by_class else [float(width) for width in self.ranks.widths]

    def along(self, z: Tensor) -> Tensor:
        """The class weights in the shape of logits."""
        assert self.weight is not None
        return self.weight.view(-1, *[1] * (z.dim() - 2))

    def smoothing(self, labels: Labels) -> Tensor | float:
        """The factor of the smoothing of a position."""
        return self.share if self.by_class else labels.own * self.share

    def mass(self, labels: Labels) -> Tensor:
        """Σ_c a_c over the classes of all ranks."""
        own = (1 - self.spec.label_smoothing) * labels.own
        return own + self.smoothing(labels) * sum(self.masses) if self.share else own

    def losses(self, whole: Whole, labels: Labels) -> Tensor:
        """The loss of each position."""
        keep = (1 - self.spec.label_smoothing) * labels.own
        log_sum = whole.rest.log1p()
        away = torch.where(whole.own_logit == whole.max, 0.0, whole.max - whole.own_logit)
        # A weight of 0 frees the position, a masked class included.
        loss = torch.where(keep == 0, 0.0, keep * (log_sum + away))
        if self.share:
            factor = self.smoothing(labels)
            around = factor * (whole.spread + log_sum * sum(self.masses))
            loss = loss + (around if isinstance(factor, float) else torch.where(factor == 0, 0.0, around))
        if self.spec.z_loss:
            loss = loss + self.spec.z_loss * whole.lse().square()
        return torch.where(labels.counts, loss, 0.0)


def merged(every: Tensor, masses: list[float] | None) -> Whole:  # (R, 4, P)
    """The states of all ranks' classes together, from those of each; `masses` are Σ_c w_c of each rank."""
    high, rest, spread, own = every.to(count_dtype(every.device)).unbind(1)
    top, winner = high.max(0, keepdim=True)
    down = torch.where(high == top, 0.0, high - top)
    scale = torch.where(high == -torch.inf, 0.0, down.exp())
    whole = (rest * scale + scale.scatter(0, winner, 0.0)).sum(0)
    if masses is not None:
        each = spread.new_tensor(masses).view(-1, *[1] * (high.dim() - 1))
        spread = spread - torch.where((each == 0) | (high == -torch.inf), 0.0, each * down)
    return Whole(*(each.to(every.dtype) for each in (top.squeeze(0), whole, spread.sum(0), own.sum(0))))
