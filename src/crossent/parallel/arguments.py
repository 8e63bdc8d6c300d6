"""The arguments that both losses take, checked and compared over the ranks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..core import checks
from ..core.dtypes import accumulate_dtype, count_dtype
from ..core.layout import Layout
from ..core.reduction import Reduction, reduced
from ..core.sample_weight import times, weigh_classes
from ..core.spec import SoftmaxSpec
from ..core.target import Target
from ..core.values import has_derivative
from .ranks import Call, Ranks, meet
from .shard import Masses, Shard


@dataclass(frozen=True)
class Options:
    """The options of a loss, checked where they are made."""

    how: Reduction
    spec: SoftmaxSpec
    temperature: Tensor | None  # what the logits are divided by, if that is not a number

    @classmethod
    def of(
        cls, reduction: str, normalizer: Any, on_empty: str, softcap: Any, temperature: Any, *options: Any
    ) -> Options:
        """From the arguments of a call; `options` are those of `core.spec.softmax_spec`."""
        how = Reduction.of(reduction, None, None, normalizer, on_empty)
        return cls(how, *checks.softmax_spec(softcap, temperature, *options))


@dataclass(frozen=True)
class Given:
    """One call on one rank."""

    shard: Shard
    masses: Masses
    factor: Tensor | None  # laid out: the sample weights
    total: Tensor  # (): what all positions that count weigh
    how: Reduction
    layout: Layout

    @classmethod
    def of(
        cls, options: Options, like_logits: Tensor, layout: Layout, target: Any, weight: Any, sample_weight: Any,
        group: Any, rows: int = 1,
    ) -> Given:  # fmt: skip
        """Check the tensors; then compare notes with the other ranks."""
        spec, axis = options.spec, layout.dim
        given = _target(like_logits, target, axis, spec.ignore_index)
        weight = checks.class_weight(weight, like_logits, axis)
        positions = layout.shape[:axis] + layout.shape[axis + 1 :]
        sample = checks.sample_weight(sample_weight, like_logits, positions)
        dtype = accumulate_dtype(like_logits.dtype)
        told = f"{options.how.kind} of {spec} in {dtype}, {'without' if weight is None else 'with'} weight"
        each = None if sample is None else sample.each.expand(positions)
        ranks = meet(Call(like_logits.shape[axis], positions, given, weight, each, told, rows), group)
        values = weigh_classes(sample, given.values, None, spec.ignore_index, ranks.classes, Reduction("sum")).target
        given = given._replace(values=values)
        error = checks.target_error(given, ranks.classes, spec.ignore_index, axis, each)
        if error is not None:
            raise error
        shard = Shard.of(ranks, given, weight, spec)
        masses, own = shard.masses(given, weight, layout, dtype)
        factor = None if each is None else layout.positions(each)
        if factor is not None:
            own = torch.where(masses.counts, own * factor, 0.0)
            if not given.by_index() and not has_derivative(factor):
                masses = masses._replace(counts=masses.counts & (factor != 0))
        return cls(shard, masses, factor, own.sum(dtype=count_dtype(own.device)), options.how, layout)

    def finish(self, each: Tensor, dtype: torch.dtype) -> Tensor:
        """From the losses of the positions to the result."""
        loss = reduced(times(self.factor, each), self.total, self.how.operators)
        return self.how.finish(self.layout.restore(loss) if self.how.kind == "none" else loss, self.total, dtype)


def _target(like_logits: Tensor, target: Any, axis: int, ignore_index: int) -> Target:
    if not isinstance(target, tuple):
        return Target(checks.index_target(like_logits, target, axis))
    given = checks.class_target(like_logits, target, axis, ignore_index)
    if any(t is not None and has_derivative(t) for t in (given.values, given.tail)):
        raise TypeError(
            "the probabilities and the tail of a target get no gradient where the classes are split over ranks. "
            "Write probabilities.detach()."
        )
    return given


class Replicated(torch.autograd.Function):
    """A tensor that all ranks have: its gradient is the sum of theirs."""

    @staticmethod
    def forward(ctx: Any, tensor: Tensor, ranks: Ranks) -> Tensor:
        ctx.ranks = ranks
        return tensor.view_as(tensor)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        return ctx.ranks.summed(grad), None


replicated: Callable[[Tensor, Ranks], Tensor] = Replicated.apply
