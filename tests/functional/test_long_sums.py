"""Sums over many positions, where 16 bits run out: torch's number is wrong, ours is one rounding from the truth."""

import pytest
import torch
import torch.nn.functional as F

import crossent.functional as X


def test_bfloat16_mean() -> None:
    """20,000 rows: torch adds rounded losses and is 0.76 % off; ours rounds once."""
    x = torch.randn(20_000, 10, generator=torch.manual_seed(0)).bfloat16()
    y = torch.arange(20_000) % 10
    truth = F.cross_entropy(x.double(), y).item()
    assert abs(F.cross_entropy(x, y).item() - truth) / truth > 7e-3
    assert abs(X.cross_entropy(x, y).item() - truth) / truth <= torch.finfo(torch.bfloat16).eps / 2
    total = X.cross_entropy(x, y, reduction="sum")
    assert abs(total.item() - truth * 20_000) / (truth * 20_000) <= torch.finfo(torch.bfloat16).eps / 2


@pytest.mark.parametrize("function", ["cross_entropy", "nll_loss"])
def test_float16_mean_of_70000_rows(function: str) -> None:
    """More positions than float16 counts (65504): torch's mean is not a number, ours is log 10."""
    x, y = torch.zeros(70_000, 10).half(), torch.zeros(70_000, dtype=torch.uint8)
    x = x.log_softmax(1) if function == "nll_loss" else x
    assert getattr(F, function)(x, y.long()).isnan()
    mean = getattr(X, function)(x, y)
    assert mean.dtype == torch.float16
    assert abs(mean.item() - 2.302585) < 1.5e-3


def test_float16_sum_of_binary_losses() -> None:
    """70,000 binary losses of log 2: the mean is right, the sum is what float16 makes of it."""
    x, t = torch.zeros(70_000).half(), torch.zeros(70_000, dtype=torch.uint8)
    assert abs(X.binary_cross_entropy_with_logits(x, t).item() - 0.693147) < 4e-4
    assert X.binary_cross_entropy_with_logits(x, t, reduction="sum").item() == pytest.approx(48520, rel=1e-3)


def test_gradients_of_a_long_mean_do_not_vanish() -> None:
    """In float16 1/70000 is still a number: the gradient of each row is (p − y)/N to one rounding."""
    x = torch.zeros(70_000, 2).half().requires_grad_()
    (slope,) = torch.autograd.grad(X.cross_entropy(x, torch.zeros(70_000, dtype=torch.int64)), x)
    # Half a step of float16's smallest numbers.
    assert (slope[:, 1].double() - 0.5 / 70_000).abs().max() <= 2**-25
