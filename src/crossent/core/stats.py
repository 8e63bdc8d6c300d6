"""By-products of a loss call, which `return_stats=True` returns beside the loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

from .layout import Layout
from .spec import SigmoidSpec
from .target import Target

# What a loss that knows `return_stats` returns: a Tensor, or (Tensor, Stats) when it is True. Any, so that
# `loss.backward()` passes a type checker without four overloads of a 16-argument signature.
LossOrStats = Any


class Stats(NamedTuple):
    """Detached by-products of one loss call, one value per position (the shape of an index target).

    Attributes:
        lse: `logsumexp` of the logits over the classes, in nats; None for the binary losses.
        prediction: the class of the largest logit (int64), or whether a score is positive (bool).
        correct: whether `prediction` is the target; False where the target is ignored.
        entropy: entropy of the predicted distribution, in nats.
        weight: 0-d float64: what `reduction="mean"` divides by, the weight of all targets that count.

    Example::

        >>> import torch, crossent
        >>> logits, target = torch.eye(3), torch.tensor([0, 1, 0])
        >>> loss, stats = crossent.functional.cross_entropy(logits, target, return_stats=True)
        >>> stats.prediction, stats.correct.sum().item(), stats.weight.item()
        (tensor([0, 1, 2]), 2, 3.0)
    """

    lse: torch.Tensor | None
    prediction: torch.Tensor
    correct: torch.Tensor
    entropy: torch.Tensor
    weight: torch.Tensor


class TokenLogprobs(NamedTuple):
    """The result of `functional.token_logprobs`: one value per position each, and all differentiable.

    Attributes:
        logprobs: the log-probability of the target, in nats.
        entropy: the entropy of the predicted distribution, in nats.
        lse: `logsumexp` of the logits over the classes.

    Example::

        >>> import torch, crossent
        >>> found = crossent.functional.token_logprobs(torch.zeros(1, 4), torch.tensor([2]))
        >>> found.logprobs, found.entropy
        (tensor([-1.3863]), tensor([1.3863]))
    """

    logprobs: torch.Tensor
    entropy: torch.Tensor
    lse: torch.Tensor


def class_stats(
    parts: Sequence[torch.Tensor],
    layout: Layout,
    weight: torch.Tensor,
    target: Target,
    factor: torch.Tensor | None,
) -> Stats:
    """Stats of logits from the buffers that a kernel has filled: lse, prediction, correct, entropy, in its layout."""
    lse, prediction, correct, entropy = map(layout.restore, parts)
    if target.ids is not None:
        correct = target.hit(prediction, layout.dim, factor)
    return Stats(lse, prediction, correct, entropy, weight.detach())


def binary_stats(input: torch.Tensor, target: torch.Tensor, spec: SigmoidSpec, weight: torch.Tensor) -> Stats:
    """Stats of scores: a score is predicted positive above 0, and a target is positive above ½."""
    scores = input.detach()
    prediction = scores > 0
    correct = prediction == (target > 0.5)
    counts = spec.counts(target)
    x = scores.double() if scores.dtype == torch.float64 else scores.float()
    # H(σ(x)) = softplus(|x|) − |x|·σ(|x|), written without the difference of two large numbers.
    size = x.abs()
    entropy = torch.log1p(torch.exp(-size)) + size * torch.sigmoid(-size)
    return Stats(None, prediction, correct if counts is None else correct & counts, entropy, weight.detach())
