"""A factor per position: s_i multiplies the loss of position i, and what it weighs in a mean.

Where it is 0 the position does not count, whatever its logits and its target hold: it is marked as such in the target.
A derivative by a factor of 0 is the loss of its position nevertheless: where it may be asked for, only those are left
out that have no finite loss.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from .dtypes import count_dtype
from .labels import absent, outside
from .reduction import Reduction, target_weight
from .spec import SigmoidSpec
from .values import has_derivative

# What no target in [0, 1] is, nor one that flows into a loss, as NaN does.
_NOT_A_TARGET = -math.inf


class SampleWeight(NamedTuple):
    """Factors that broadcast to the shape of what is one per position; whether any may be 0."""

    each: Tensor
    shape: tuple[int, ...]
    zeros: bool


class Weighed(NamedTuple):
    """A target without the positions that do not count; factors of the losses; what remains to be done to these.

    Without sample weights factor and total are None, and the total is the operator's.
    """

    target: Tensor
    factor: Tensor | None
    total: Tensor | None  # (): what all positions that count weigh
    how: Reduction


def weigh_classes(
    sample: SampleWeight | None,
    target: Tensor,
    weight: Tensor | None,
    ignore_index: int,
    classes: int,
    how: Reduction,
    dim: int = 1,
) -> Weighed:
    """For class indices, or for probabilities, whose kernels leave positions without weight out by themselves."""
    if sample is None:
        return Weighed(target, None, None, how)
    each = sample.each.expand(sample.shape)
    if target.is_floating_point():
        total = torch.where(absent(target, dim), 0.0, each).sum(dtype=count_dtype(each.device))
    else:
        if sample.zeros:
            out = each == 0
            out = out & outside(target, classes) if has_derivative(each) else out
            target = torch.where(out, ignore_index, target.long())
        total = target_weight(target, weight, ignore_index, sample_weight=each)
    return Weighed(target, *_shared(how, each, total))


def weigh_elements(
    sample: SampleWeight | None, target: Tensor, spec: SigmoidSpec, how: Reduction
) -> tuple[Tensor | None, Tensor | None, Reduction, SigmoidSpec]:
    """For binary targets: factor, total, reduction, and options that know how elements are left out."""
    if sample is None:
        return None, None, how, spec
    each, counts = sample.each, spec.counts(target)
    if counts is None:
        total = each.sum(dtype=count_dtype(each.device)) * (math.prod(sample.shape) // max(1, each.numel()))
    else:
        total = torch.where(counts, each, 0.0).sum(dtype=count_dtype(each.device))
    if sample.zeros and spec.ignore_index is None:
        spec = SigmoidSpec(spec.logits, _NOT_A_TARGET, spec.label_smoothing)
    return *_shared(how, each, total), spec


def with_factor(
    factor: Tensor | None, input: Tensor, target: Tensor, weight: Tensor | None, spec: SigmoidSpec
) -> tuple[Tensor, Tensor | None]:
    """Binary targets without the elements that do not count, and the weights of the shape of input times the factor."""
    if factor is None:
        return target, weight
    if spec.ignore_index is not None:
        out = factor == 0
        if has_derivative(factor):
            out = out & ~(input.isfinite() & target.isfinite())
        target = torch.where(out, spec.ignore_index, target if target.is_floating_point() else target.to(input.dtype))
    return target, factor.expand(input.shape) if weight is None else weight * factor


def times(factor: Tensor | None, loss: Tensor) -> Tensor:
    """Losses times their factors; 0 frees a position, whatever its loss is."""
    return loss if factor is None else factor * torch.where((factor == 0) & ~loss.isfinite(), 0.0, loss)


def _shared(how: Reduction, each: Tensor, total: Tensor) -> tuple[Tensor, Tensor, Reduction]:
    factor, how = how.shares(each, total)
    return factor, total, how
