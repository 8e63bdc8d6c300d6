"""Rows and scores that are nearly sure keep the digits of what is left, on every backend."""

import pytest
import torch

import crossent.functional as X

from ..kernels.cpu.test_sure import test_digits, test_sure_of_another_class, test_two_classes

__all__ = ["test_digits", "test_sure_of_another_class", "test_two_classes"]

INFINITE = (torch.inf, -torch.inf)


@pytest.mark.parametrize("pos_weight", [None, 3.0])
@pytest.mark.parametrize("target", [0.0, 0.5, 1.0])
def test_infinite_scores(target: float, pos_weight: float | None) -> None:
    """An infinite score costs nothing where it is right, infinity where the other side has mass."""
    x = torch.tensor(INFINITE).repeat(9).requires_grad_()
    p = 1.0 if pos_weight is None else pos_weight
    options = {} if pos_weight is None else {"pos_weight": torch.tensor(pos_weight)}
    loss = X.binary_cross_entropy_with_logits(x, torch.full_like(x, target), reduction="none", **options)
    assert loss.tolist() == [0.0 if target == 1 else torch.inf, 0.0 if target == 0 else torch.inf] * 9
    (early,) = torch.autograd.grad(
        X.binary_cross_entropy_with_logits(x, torch.full_like(x, target), reduction="sum", **options), x
    )
    (late,) = torch.autograd.grad(loss.sum(), x)
    assert early.tolist() == late.tolist() == [1 - target, -p * target] * 9


@pytest.mark.parametrize("pos_weight", [None, 3.0])
@pytest.mark.parametrize("score", [17.5, -17.5, 80.0, -80.0])
def test_sure_scores(score: float, pos_weight: float | None) -> None:
    """At 17.5 a label of 1 costs 2.51e-8 and pulls as much (pytorch#195678)."""
    x = torch.full((19,), score, requires_grad=True)
    t = torch.full((19,), float(score > 0))
    p = 1.0 if pos_weight is None or score < 0 else pos_weight
    options = {} if pos_weight is None else {"pos_weight": torch.tensor(pos_weight)}
    left = torch.tensor(abs(score), dtype=torch.float64).neg().exp()
    for reduction in ("none", "sum"):
        loss = X.binary_cross_entropy_with_logits(x, t, reduction=reduction, **options)
        (slope,) = torch.autograd.grad(loss.sum(), x)
        truth = p * torch.log1p(left)
        torch.testing.assert_close(loss.double(), truth.expand(19) if loss.dim() else truth * 19, rtol=1e-6, atol=0)
        pull = -p * left / (1 + left) * (1 if score > 0 else -1)
        torch.testing.assert_close(slope.double(), pull.expand(19), rtol=1e-6, atol=0)
