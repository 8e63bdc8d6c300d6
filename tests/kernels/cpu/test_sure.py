"""Rows whose class is nearly sure keep the digits of r, the rest: loss log1p(r), own slope −r / (1 + r)."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

import crossent.functional as X

# The own logit's distance to all others' logsumexp; at −1 and 0.1 the class is not sure, and just so.
LEADS = (-1.0, 0.1, 1.0, 5.0, 17.5, 40.0, 80.0)
# Transposed planes; planes and rows of one block, of two and of three.
SIZES = (2, 20, 40, 70, 1500, 2100)
OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "weighted": {"weight": [0.5, 3.0]},
    "z-loss": {"z_loss": 0.01},
    "capped": {"softcap": 400.0},
    "in place": {"inplace_backward": True},
}


def rows(classes: int, planes: bool) -> tuple[Tensor, Tensor]:
    """A row per lead; logits are multiples of 1/64, whose differences are exact."""
    generator = torch.manual_seed(classes)
    x = torch.randn(len(LEADS), classes, generator=generator, dtype=torch.float64)
    y = torch.randint(classes, (len(LEADS),), generator=generator)
    x.scatter_(1, y[:, None], -torch.inf)
    x.scatter_(1, y[:, None], (x.logsumexp(1) + torch.tensor(LEADS, dtype=torch.float64))[:, None])
    x = (x * 64).round() / 64
    return (x.t().contiguous()[None], y[None]) if planes else (x, y)


def truth(x: Tensor, y: Tensor, options: dict[str, Any]) -> tuple[Tensor, Tensor]:
    """Loss per row and gradient of their sum, in float64, from the others alone."""
    cap, weight = options.get("softcap"), torch.tensor(options.get("weight", [1.0]), dtype=torch.float64)
    leaf = x.clone().requires_grad_()
    z = leaf if cap is None else cap * torch.tanh(leaf / cap)
    own = z.gather(1, y.unsqueeze(1))
    rest = torch.where(torch.arange(x.shape[1]).view(-1, *[1] * (x.dim() - 2)) == y.unsqueeze(1), -torch.inf, z - own)
    loss = torch.log1p(rest.exp().sum(1)) * weight[y % len(weight)]
    loss = loss + options.get("z_loss", 0.0) * z.logsumexp(1).square()
    return loss.detach(), torch.autograd.grad(loss.sum(), leaf)[0]


@pytest.mark.parametrize("planes", [False, True], ids=["rows", "planes"])
@pytest.mark.parametrize("classes", SIZES)
@pytest.mark.parametrize("name", OPTIONS)
def test_digits(name: str, classes: int, planes: bool) -> None:
    """Six digits, of labels and of lists of one class, which say the same."""
    for listed in (False, True):
        compare_digits(name, classes, planes, listed)


def compare_digits(name: str, classes: int, planes: bool, listed: bool) -> None:
    """Compare every loss and every element of the gradient, written early and by a pass of its own."""
    options, (x, y) = dict(OPTIONS[name]), rows(classes, planes)
    if "weight" in options:
        options["weight"] = (options["weight"] * classes)[:classes]
    loss, slope = truth(x, y, options)
    # The cap itself rounds logits of 80 by 4e-6.
    rtol = 3e-5 if name == "capped" else 3e-6
    target = (y.unsqueeze(1), torch.ones_like(y, dtype=torch.float32).unsqueeze(1)) if listed else y
    for reduction in ("none", "sum"):
        leaf = x.float().requires_grad_()
        # In place needs logits that are not a leaf.
        logits = leaf * 1.0
        found = X.cross_entropy(logits, target, reduction=reduction, **options)
        expected = loss if reduction == "none" else loss.sum()
        torch.testing.assert_close(found.double(), expected, rtol=rtol, atol=0)
        (ours,) = torch.autograd.grad(found.sum(), leaf)
        torch.testing.assert_close(ours.double(), slope, rtol=rtol, atol=1e-40)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_two_classes(dtype: torch.dtype) -> None:
    """[17.5, 0] costs 2.51e-8, and that is how far it is pulled (pytorch#195677)."""
    compare_two_classes(dtype, 70_000)


def compare_two_classes(dtype: torch.dtype, count: int) -> None:
    """Compare the sum of so many such rows, and its gradient."""
    # A factor that float16 holds the result of.
    upstream = 1024.0
    x = torch.tensor([17.5, 0.0]).repeat(count, 1).to(dtype).requires_grad_()
    loss = X.cross_entropy(x, torch.zeros(count, dtype=torch.long), reduction="sum")
    assert loss.item() == pytest.approx(count * 2.5109991e-8, rel=4e-3 if dtype != torch.float32 else 1e-5)
    (slope,) = torch.autograd.grad(loss * upstream, x)
    pull = 2.5109990926928157e-08 * upstream
    torch.testing.assert_close(slope, torch.tensor([-pull, pull]).expand(count, 2).to(dtype), rtol=1e-6, atol=0)


def test_sure_of_another_class() -> None:
    """A row that is sure of another class than its own, and rows with two largest logits."""
    compare_sure_of_another_class(30_000)


def compare_sure_of_another_class(count: int) -> None:
    """Compare so many of each of these rows, and their gradients."""
    x = torch.tensor([[17.5, 0.0], [17.5, 17.5], [0.0, 0.0]]).repeat(count, 1).requires_grad_()
    y = torch.tensor([1, 0, 1]).repeat(count)
    loss = X.cross_entropy(x, y, reduction="none")
    torch.testing.assert_close(loss[:3], torch.tensor([17.5, 0.6931472, 0.6931472]), rtol=1e-6, atol=0)
    (slope,) = torch.autograd.grad(loss.sum(), x)
    expected = torch.tensor([[1.0, -1.0], [-0.5, 0.5], [0.5, -0.5]])
    torch.testing.assert_close(slope[:3], expected, rtol=1e-6, atol=0)
