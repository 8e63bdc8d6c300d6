"""Upstream gradients of any size and sign, per position or one for all, twice; and derivatives of any order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from ...cases import Sigmoid, Softmax
from ...truth import assert_accurate
from ...values import Call
from .instances import TARGETS

# Transposed planes, planes, a row of one block, a row of two.
SHAPES = ((21, 5), (2, 40, 7), (21, 40), (5, 1030))
KINDS = ("weighted", "smoothed_class", "everything", "nll", "scores", "probabilities of one")
EACH = pytest.mark.parametrize("kind", KINDS)
AT = pytest.mark.parametrize("shape", SHAPES, ids=str)


def call(kind: str, shape: tuple[int, ...], dtype: torch.dtype) -> Call:
    """A call of every kernel."""
    if kind == "nll":
        return Softmax(str(shape), "", shape, **TARGETS["weighted"]).call(dtype, "nll_loss")
    if kind in TARGETS:
        return Softmax(str(shape), "", shape, **TARGETS[kind]).call(dtype)
    function = "binary_cross_entropy_with_logits" if kind == "scores" else "binary_cross_entropy"
    return Sigmoid(str(shape), "", shape, weight=shape).call(dtype, function)


def expanded(like: Tensor) -> Tensor:
    """One number for all positions: stride 0 everywhere."""
    return torch.tensor(-1.75, dtype=like.dtype).expand(like.shape)


def sliced(like: Tensor) -> Tensor:
    """One number per position, with NaN between them."""
    values = torch.linspace(-2, 3, like.numel(), dtype=like.dtype).reshape(like.shape)
    return torch.stack((torch.full_like(values, torch.nan), values), -1)[..., 1]


def transposed(like: Tensor) -> Tensor:
    """One number per position, in the opposite order of axes."""
    values = torch.linspace(-2, 3, like.numel(), dtype=like.dtype).reshape(like.shape[::-1])
    return values.permute(tuple(reversed(range(like.dim()))))


UPSTREAM: dict[str, Callable[[Tensor], Tensor]] = {
    "expanded": expanded,
    "sliced": sliced,
    "transposed": transposed,
    "0": torch.zeros_like,
    "-1": lambda like: -torch.ones_like(like),
    "1e30": lambda like: torch.full_like(like, 1e30),
}


def bound(given: Call, of: str, reduction: str) -> tuple[Tensor, list[Tensor]]:
    """The loss and its leaves; for the truth, of the same values in float64."""
    given, leaves = given.leaves(torch.float64 if of == "truth" else None)
    loss: Any = getattr(given, of)(reduction=reduction)
    return (loss.value if of == "truth" else loss), list(leaves.values())


@EACH
@AT
@pytest.mark.parametrize("make", UPSTREAM.values(), ids=UPSTREAM)
def test_upstream(make: Callable[[Tensor], Tensor], shape: tuple[int, ...], kind: str) -> None:
    """The gradient is Jᵀu for any u, which nobody writes to; the second backward has the same bits."""
    given = call(kind, shape, torch.float32)
    for reduction in ("none", "mean"):
        loss, leaves = bound(given, "ours", reduction)
        upstream = make(loss.detach())
        kept = upstream.clone()
        first = torch.autograd.grad(loss, leaves, upstream, retain_graph=True)
        bits = [slope.clone() for slope in first]
        again = torch.autograd.grad(loss, leaves, upstream)
        truth, true_leaves = bound(given, "truth", reduction)
        expected = torch.autograd.grad(truth, true_leaves, upstream.double())
        assert torch.equal(upstream, kept)
        for slope, bit, second, right in zip(first, bits, again, expected, strict=True):
            assert torch.equal(slope, bit)
            assert torch.equal(slope, second)
            size = max(1.0, float(upstream.abs().max())) * max(1.0, float(right.abs().max()) if kind != "nll" else 1.0)
            assert_accurate(slope, right, unit=given.unit(reduction, of_gradient=True) * size)


@EACH
@AT
def test_through_16_bits(shape: tuple[int, ...], kind: str) -> None:
    """A bfloat16 loss per position takes a bfloat16 gradient, and hands its leaves one of their type."""
    given = call(kind, shape, torch.bfloat16)
    loss, leaves = bound(given, "ours", "none")
    truth, true_leaves = bound(given, "truth", "none")
    upstream = sliced(loss.detach())
    slopes = torch.autograd.grad(loss, leaves, upstream)
    for slope, right in zip(slopes, torch.autograd.grad(truth, true_leaves, upstream.double()), strict=True):
        assert slope.dtype == torch.bfloat16
        assert_accurate(slope, right, unit=3 * given.unit() * max(1.0, float(right.abs().max())))


@EACH
@AT
def test_higher_orders(shape: tuple[int, ...], kind: str) -> None:
    """With create_graph the first derivative is the kernel's, and the second and third are the truth's.

    The negative log likelihood has none beyond the first, and of a probability's the truth has only the first.
    """
    given = call(kind, shape, torch.float64)
    (loss, leaves), (truth, true_leaves) = bound(given, "ours", "mean"), bound(given, "truth", "mean")
    by_kernel = torch.autograd.grad(loss, leaves, retain_graph=True)
    slopes, right = (
        torch.autograd.grad(value, x, create_graph=True) for value, x in ((loss, leaves), (truth, true_leaves))
    )
    for a, b, c in zip(by_kernel, slopes, right, strict=True):
        torch.testing.assert_close(a, b.detach(), rtol=1e-11, atol=1e-13)
        torch.testing.assert_close(a, c.detach(), rtol=1e-11, atol=1e-13)
    if kind in ("nll", "probabilities of one"):
        return
    direction = torch.linspace(-1, 1, leaves[0].numel(), dtype=torch.float64).reshape(leaves[0].shape)
    for _ in range(2):
        slopes, right = (
            torch.autograd.grad((slope[0] * direction).sum(), x, create_graph=True, materialize_grads=True)
            for slope, x in ((slopes, leaves), (right, true_leaves))
        )
        for a, b in zip(slopes, right, strict=True):
            torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-13)
