"""The float64 truth, from the formulas of DESIGN §1 and nothing of ours; and the accuracy rule that refers to it.

Every function takes tensors of any dtype, reads their exact values as float64 and returns float64. Results can be
differentiated by autograd: once everywhere, to any order where no gradient is written in closed form here.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor


class Loss(NamedTuple):
    """The loss of a call, and the stats beside it."""

    value: Tensor
    lse: Tensor | None = None
    prediction: Tensor | None = None
    correct: Tensor | None = None
    entropy: Tensor | None = None
    weight: Tensor | None = None


def reduced(per_position: Tensor, weight: Tensor, reduction: str, normalizer: Any, on_empty: str) -> Tensor:
    """none, sum or mean of losses whose positions weigh `weight` in all."""
    if reduction == "none":
        return per_position
    total = per_position.sum()
    if reduction == "sum":
        return total
    if normalizer is not None:
        return total / float(normalizer)
    if weight == 0 and on_empty == "zero":
        return total * 0
    return total / weight


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Any = None,
    *,
    sample_weight: Tensor | None = None,
    dim: int = 1,
    ignore_index: int | None = -100,
    label_smoothing: float = 0.0,
    smoothing_weight: str = "class",
    z_loss: float = 0.0,
    softcap: float | None = None,
    temperature: float = 1.0,
    reduction: str = "mean",
    normalizer: Any = None,
    on_empty: str = "nan",
) -> Loss:
    """Softmax cross entropy: loss_i = Σ_c a_ic · (lse_i − z_ic) + z_loss · lse_i², with the target's mass a.

    Sample weights multiply it, and what the position weighs.
    """
    dim = dim % input.dim() if input.dim() > 1 else 0
    s = _samples(sample_weight, input.shape[:dim] + input.shape[dim + 1 :]).flatten()
    z_all = _rows(input.double(), dim)  # (P, C)
    classes = z_all.shape[1]
    w = _weights(weight, classes)
    if target.is_floating_point() and target.shape == input.shape:
        counts = (s != 0) & ~_rows(target, dim).isnan().all(1)
        q = (1 - label_smoothing) * _rows(target.double(), dim)[counts] + label_smoothing / classes
        mass, own = w * q, torch.ones(len(q), dtype=torch.float64)
        hit = _rows(target, dim)[counts].argmax(1) if len(q) else torch.empty(0)
    else:
        labels = [int(y) for y in target.flatten().tolist()]
        counts = torch.tensor([y != ignore_index for y in labels], dtype=torch.bool) & (s != 0)
        hit = torch.tensor([y for y, counted in zip(labels, counts, strict=True) if counted], dtype=torch.int64)
        own = w[hit]
        spread = own.unsqueeze(1) if smoothing_weight == "target" else w
        one_hot = torch.nn.functional.one_hot(hit, classes).double()
        mass = (1 - label_smoothing) * own.unsqueeze(1) * one_hot + label_smoothing / classes * spread

    def shaped(values: Tensor, filler: Any) -> Tensor:
        """Back to one value per position of the call; `filler` where the position does not count."""
        full = torch.full((len(z_all),), filler, dtype=values.dtype)
        shape = input.shape[:dim] + input.shape[dim + 1 :]
        return full.masked_scatter(counts, values).reshape(shape)

    # Positions that do not count are not even looked at.
    log_p, lse = _log_softmax(_capped(z_all[counts], softcap) / temperature)
    loss = -_product(mass, log_p).sum(1)
    if z_loss:
        loss = loss + z_loss * lse**2
    loss, total = loss * s[counts], (own * s[counts]).sum()
    prediction = z_all.argmax(1)
    correct = shaped(prediction[counts] == hit, False)
    every_log_p, every_lse = _log_softmax(_capped(z_all, softcap) / temperature)
    entropy = -_product(every_log_p.exp(), every_log_p).sum(1)
    value = reduced(shaped(loss, 0.0), total, reduction, normalizer, on_empty)
    shape = correct.shape
    return Loss(value, every_lse.reshape(shape), prediction.reshape(shape), correct, entropy.reshape(shape), total)


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Any = None,
    *,
    sample_weight: Tensor | None = None,
    dim: int = 1,
    ignore_index: int = -100,
    reduction: str = "mean",
    normalizer: Any = None,
    on_empty: str = "nan",
) -> Loss:
    """Negative log likelihood: loss_i = −w[y_i] · x[i, y_i]."""
    dim = dim % input.dim() if input.dim() > 1 else 0
    x = _rows(input.double(), dim)
    w = _weights(weight, x.shape[1])
    labels = [int(y) for y in target.flatten().tolist()]
    s = _samples(sample_weight, target.shape).flatten()
    valid = torch.tensor([i for i, y in enumerate(labels) if y != ignore_index and s[i] != 0], dtype=torch.int64)
    hit = torch.tensor([labels[i] for i in valid], dtype=torch.int64)
    own = w[hit] * s[valid]
    per_position = torch.zeros(len(labels), dtype=torch.float64).index_put((valid,), -own * x[valid, hit])
    total = own.sum()
    return Loss(reduced(per_position.reshape(target.shape), total, reduction, normalizer, on_empty), weight=total)


def linear_cross_entropy(
    input: Tensor, linear_weight: Tensor, target: Tensor, *, linear_bias: Tensor | None = None, **options: Any
) -> Loss:
    """Cross entropy of input · Wᵀ + b."""
    logits = torch.tensordot(input.double(), linear_weight.double(), dims=([-1], [-1]))
    if linear_bias is not None:
        logits = logits + linear_bias.double()
    if options.get("ignore_index", 0) is None:
        options = {**options, "ignore_index": -100}
    return cross_entropy(logits, target, **options)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Any = None,
    pos_weight: Any = None,
    *,
    sample_weight: Tensor | None = None,
    dim: int | None = None,
    ignore_index: float | None = None,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
    normalizer: Any = None,
    on_empty: str = "nan",
) -> Loss:
    """Binary cross entropy of scores: w · [(1−t)·x + (1 + (p−1)·t) · log(1 + exp(−x))].

    Formed as (1−t)·x above 0 and −p·t·x below, plus (1 + (p−1)·t) · log(1 + exp(−|x|)): at −1e4 the formula as it is
    written is a difference of numbers ten times its size. 0 · ∞ is 0.
    """
    s = _samples(sample_weight, input.shape)
    counts = _binary_counts(target, ignore_index) & (s != 0)
    x = torch.where(counts, input.double(), 0.0)
    t, u = _smoothed(target, counts, label_smoothing)
    p = _elementwise(pos_weight, input, dim)
    near = torch.log1p(torch.exp(torch.where(x >= 0, -x, x)))
    # |x| would have the slope 0 at 0.
    wrong, size = torch.where(x >= 0, u, p * t), torch.where(x >= 0, x, -x)
    loss = torch.where((wrong == 0) & x.isinf(), 0.0, wrong * size) + (1 + (p - 1) * t) * near
    loss = torch.where(counts, loss * _elementwise(weight, input, dim) * s, 0.0)
    size, scores = input.double().abs(), input.double()
    entropy = torch.log1p(torch.exp(-size)) + size * torch.exp(-size) / (1 + torch.exp(-size))
    correct = ((scores > 0) == (target.double() > 0.5)) & counts
    total = torch.where(counts, s, 0.0).sum()
    return Loss(reduced(loss, total, reduction, normalizer, on_empty), None, scores > 0, correct, entropy, total)


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Any = None,
    *,
    sample_weight: Tensor | None = None,
    dim: int | None = None,
    ignore_index: float | None = None,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
    normalizer: Any = None,
    on_empty: str = "nan",
) -> Loss:
    """Binary cross entropy of probabilities with torch's clamps, and torch's gradient in closed form."""
    s = _samples(sample_weight, input.shape)
    counts = _binary_counts(target, ignore_index) & (s != 0)
    x = torch.where(counts, input.double(), 0.5)
    t, u = _smoothed(target, counts, label_smoothing)
    log_x, log_1mx = x.log().clamp_min(-100.0).detach(), torch.log1p(-x).clamp_min(-100.0).detach()
    slope = ((x - t) / (x * (1 - x)).clamp_min(1e-12)).detach()
    # The value does not depend on x as far as autograd sees; what does is a line of the gradient's slope.
    loss = -(t * log_x + u * log_1mx) + slope * (x - x.detach())
    loss = torch.where(counts, loss * _elementwise(weight, input, dim) * s, 0.0)
    total = torch.where(counts, s, 0.0).sum()
    return Loss(reduced(loss, total, reduction, normalizer, on_empty), weight=total)


# The accuracy rule. A result may be off by as much as torch's own at that dtype, and beyond that by
# - one rounding to its dtype: the arithmetic is done in float32 (float64 for float64) and rounded once;
# - STEPS rounding steps of that arithmetic. They are those of the larger of the result and of `unit`, what one nat
#   weighs in the result, because lse − z and p − y are differences of numbers of that size. 8 steps: exp, log and a
#   division cost 1 to 2 each, a sum over classes or positions one or two more.
STEPS = 8
_TINY = {torch.float16: 2.0**-24, torch.bfloat16: 2.0**-126, torch.float32: 2.0**-126, torch.float64: 0.0}


def assert_accurate(ours: Tensor, truth: Tensor, torchs: Tensor | None = None, unit: float = 1.0) -> None:
    """|ours − truth| ≤ |torch − truth| + tolerance, elementwise; dtype and shape are torch's where torch is given."""
    assert ours.shape == truth.shape, f"shape {tuple(ours.shape)}, expected {tuple(truth.shape)}"
    if torchs is not None:
        assert (ours.dtype, ours.shape) == (torchs.dtype, torchs.shape)
    got, truth, dtype = ours.detach().double(), truth.detach(), ours.dtype
    working = torch.finfo(torch.float64 if dtype == torch.float64 else torch.float32).eps
    rounding = 0.0 if dtype in (torch.float32, torch.float64) else torch.finfo(dtype).eps / 2
    size = truth.abs()
    limit = rounding * size + STEPS * working * size.clamp_min(unit) + _TINY[dtype]
    if torchs is not None:
        limit = limit + (torchs.detach().double() - truth).abs().nan_to_num(0.0, 0.0, 0.0)
    # What the dtype cannot hold is infinite in it; what is NaN or infinite in truth must be just that.
    over = (size * (1 + rounding) > torch.finfo(dtype).max) & (got == truth.sign() * math.inf)
    good = ((got - truth).abs() <= limit) | (got == truth) | (got.isnan() & truth.isnan()) | over
    if not bool(good.all()):
        i = tuple((~good).nonzero()[0].tolist())
        torch_says = "" if torchs is None else f", torch {torchs.detach()[i].item()!r}"
        raise AssertionError(
            f"{int((~good).sum())} of {good.numel()} elements are off, first at {i}: ours {got[i].item()!r}"
            f"{torch_says}, truth {truth[i].item()!r}, allowed {limit[i].item():.3g}"
        )


def _rows(values: Tensor, dim: int) -> Tensor:
    return values.movedim(dim, -1).reshape(-1, values.shape[dim])


def _capped(z: Tensor, softcap: float | None) -> Tensor:
    return z if softcap is None else softcap * torch.tanh(z / softcap)


def _log_softmax(z: Tensor) -> tuple[Tensor, Tensor]:
    """z − lse and lse, formed so that they survive |z| ~ 1e30; lse is infinite where no or some logit is."""
    top = z.detach().max(1, keepdim=True).values
    log_sum = (z - top).exp().sum(1, keepdim=True).log()
    return (z - top) - log_sum, torch.where(top.isinf(), top, top + log_sum).squeeze(1)


def _product(mass: Tensor, log_p: Tensor) -> Tensor:
    """mass · log p with 0 · (−inf) = 0."""
    return mass * torch.where((mass == 0) & (log_p == -math.inf), 0.0, log_p)


def _weights(weight: Any, classes: int) -> Tensor:
    return torch.ones(classes, dtype=torch.float64) if weight is None else torch.as_tensor(weight).double()


def _samples(sample_weight: Tensor | None, shape: tuple[int, ...]) -> Tensor:
    """One factor per position; of a sample's factor as many as it has positions."""
    if sample_weight is None:
        return torch.ones(shape, dtype=torch.float64)
    s = sample_weight.double()
    return s.reshape(s.shape + (1,) * (len(shape) - s.dim())).expand(shape)


def _elementwise(weight: Any, input: Tensor, dim: int | None) -> Tensor:
    if weight is None:
        return torch.ones(input.shape, dtype=torch.float64)
    w = torch.as_tensor(weight).double()
    if dim is not None and w.dim() == 1:
        w = w.reshape([-1 if axis == dim % input.dim() else 1 for axis in range(input.dim())])
    return w.expand(input.shape)


def _binary_counts(target: Tensor, ignore_index: float | None) -> Tensor:
    t = target.double()
    if ignore_index is None:
        return torch.ones(t.shape, dtype=torch.bool)
    return ~t.isnan() if math.isnan(ignore_index) else t != ignore_index


def _smoothed(target: Tensor, counts: Tensor, smoothing: float) -> tuple[Tensor, Tensor]:
    """The smoothed target and its complement, which is not formed from the rounded target."""
    t = torch.where(counts, target.double(), 0.0)
    return (1 - smoothing) * t + smoothing / 2, (1 - smoothing) * (1 - t) + smoothing / 2
