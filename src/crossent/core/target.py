"""The target of a softmax loss: class indices, the probabilities of all classes, or those of a few per position.

A sparse target lists K classes of each position with their probabilities q, and may have a tail mass τ for all the
others. Its masses are those of the same probabilities written out for every class, which nobody does: with class
weights w, label smoothing ε and m distinct classes in the list, a listed class has w · ((1−ε) · q + ε/C), and every
other one w · base, where base = (1−ε) · τ / (C−m) + ε/C.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import torch
from torch import Tensor

from .labels import absent
from .layout import Layout
from .spec import SoftmaxSpec
from .values import has_derivative


def weighed(mass: Tensor, ids: Tensor, weight: Tensor | None) -> Tensor:
    """Masses times the weights of their classes."""
    if weight is None or not len(weight):
        return mass
    own = weight[ids.clamp(0, len(weight) - 1)]
    free = torch.zeros_like(own, dtype=torch.bool) if has_derivative(weight) else (own == 0) & ~mass.isnan()
    # What a class of weight 0 costs, infinity maybe, is nothing to its probability.
    return torch.where(free, 0.0, mass * own)


class LaidOut(NamedTuple):
    """The arguments of an operator: the target, laid out as the logits; class weights; the options left to apply."""

    target: Tensor  # (P,) labels, (P, C) probabilities, or (P, K) masses
    ids: Tensor | None  # (P, K) int64, of the masses; negative ones are not there
    base: Tensor | None  # (P,): what classes that are not listed have, before their weight; ids are in order then
    weight: Tensor | None
    spec: SoftmaxSpec


class Target(NamedTuple):
    """The target of a call, checked."""

    values: Tensor  # (N, …) class indices, (N, C, …) probabilities, or (N, K, …) those of `ids`
    ids: Tensor | None = None  # (N, K, …)
    tail: Tensor | None = None  # (N, …)

    def by_index(self) -> bool:
        """Return whether it is class indices."""
        return not self.values.is_floating_point()

    def partners(self, *weights: Any) -> tuple[Any, ...]:
        """Return the tensors that the result is promoted with: floating point targets, beside them class weights."""
        return () if self.by_index() else (self.values, self.tail, *weights)

    def places(self) -> tuple[int, ...]:
        """The shape of class indices, for messages."""
        return tuple(self.values.shape) if self.by_index() else ()

    def laid_out(
        self, values: Tensor, layout: Layout, weight: Tensor | None, spec: SoftmaxSpec, dtype: torch.dtype
    ) -> LaidOut:
        """As an operator takes it. `values` are its own without the positions that do not count."""
        if self.by_index():
            return LaidOut(layout.positions(values), None, None, weight, spec)
        if self.ids is None:
            return LaidOut(layout.classes(values), None, None, weight, spec)
        ids, mass, base = self.masses(layout.shape[layout.dim], layout.dim, spec, dtype)
        mass = weighed(mass, ids, weight)
        base, weight = (None, None) if base is None else (layout.positions(base), weight)
        return LaidOut(layout.classes(mass), layout.classes(ids), base, weight, replace(spec, label_smoothing=0.0))

    def masses(
        self, classes: int, dim: int, spec: SoftmaxSpec, dtype: torch.dtype
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Ids, their masses, and the base, of a list, before the class weights."""
        assert self.ids is not None
        ids, mass = self.ids.long(), self.values.to(dtype)
        if self.tail is None and not spec.label_smoothing:
            return ids, mass, None
        keep, share = 1 - spec.label_smoothing, spec.label_smoothing / max(1, classes)
        ids, order = ids.sort(dim)
        before = ids.new_full((*ids.shape[:dim], 1, *ids.shape[dim + 1 :]), -1)
        listed = (ids >= 0) & (ids.diff(dim=dim, prepend=before) != 0)
        others = classes - listed.sum(dim)
        mass = keep * mass.gather(dim, order) + share * listed.to(dtype)
        base = torch.full_like(others, share, dtype=dtype)
        if self.tail is not None:
            tail = self.tail.to(dtype).clamp_min(0) / others.clamp_min(1)
            base = base + keep * torch.where(others > 0, tail, 0.0)
        return ids, mass, base

    def hit(self, prediction: Tensor, dim: int, factor: Tensor | None) -> Tensor:
        """Where a prediction is the listed class with the largest probability; not where a position does not count."""
        if self.ids is None or not self.ids.shape[dim]:
            return torch.zeros_like(prediction, dtype=torch.bool)
        best = torch.where(self.ids < 0, -1.0, self.values).argmax(dim, keepdim=True)
        found = (self.ids.gather(dim, best).squeeze(dim) == prediction) & ~absent(self.values, dim)
        return found if factor is None else found & (factor.view_as(found) != 0)
