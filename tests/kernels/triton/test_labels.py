"""Class indices out of range: no access with them, no wait for the device, and an error as on the CPU, later."""

from __future__ import annotations

import re

import pytest
import torch
from torch import Tensor

import crossent
import crossent.functional as X
from crossent.core import checks
from crossent.kernels import pending, registry
from crossent.kernels.triton import _sums

# What a label that is cut to 32 or to 8 bits, or used as an offset, would turn into a class.
STRAYS = (-1, 5, 255, 2**32, 2**32 + 1, -(2**40), 2**63 - 1, -(2**63))
SHAPES = {"rows": (30, 5), "planes": (2, 5, 40), "flat planes": (4, 5, 3), "image": (2, 5, 3, 11), "walk": (3, 9000)}


@pytest.fixture(autouse=True)
def _nothing_pending() -> None:
    """Each test begins without an error of another."""
    for record in pending._records.values():
        record.zero_()


def call(shape: tuple[int, ...], stray: int, where: int) -> tuple[Tensor, Tensor]:
    """Logits and labels, one of which is out of range."""
    x = torch.randn(shape, generator=torch.manual_seed(0)).requires_grad_()
    y = torch.arange(x[:, 0].numel()).reshape(x[:, 0].shape) % 5
    y.view(-1)[where] = stray
    return x, y


@pytest.mark.parametrize("stray", STRAYS)
def test_loss_gradient_and_error(stray: int) -> None:
    """NaN and 0 at that position, all else as without it; then the very words of the CPU, once."""
    x, y = call((30, 5), stray, 17)
    loss = X.cross_entropy(x, y, weight=torch.ones(5), reduction="none")
    (slope,) = torch.autograd.grad(loss[torch.arange(30) != 17].sum(), x)
    assert torch.equal(loss.isnan(), torch.arange(30) == 17)
    assert not slope[17].any()
    assert slope[:17].any(1).all()
    # What the CPU raises at once.
    expected = checks.label_error(y, 5, -100)
    with pytest.raises(IndexError, match="^" + re.escape(str(expected)) + "$"):
        crossent.check()
    crossent.check()


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
def test_any_way_through_the_kernels(shape: tuple[int, ...], reduction: str) -> None:
    """With an early gradient and without; the place is that of the target as the caller knows it."""
    x, y = call(shape, -7, 2)
    loss = X.cross_entropy(x, y, reduction=reduction, label_smoothing=0.1)
    assert loss.isnan().sum() == 1
    (slope,) = torch.autograd.grad(loss.nansum() if reduction == "none" else loss, x)
    assert not slope.movedim(1, -1)[y == -7].any()
    place = 2 if len(shape) == 2 else tuple(int(i) for i in (y == -7).nonzero()[0])
    with pytest.raises(IndexError, match=rf"-7 appears 1 time, first at position {re.escape(str(place))}\."):
        crossent.check()


def test_the_next_loss_raises() -> None:
    """Whichever it is; and the one after that is computed."""
    x, y = call((30, 5), 5, 0)
    assert X.cross_entropy(x, y).isnan()
    with pytest.raises(IndexError, match="Target 5 is out of bounds"):
        X.binary_cross_entropy_with_logits(x, torch.ones(30, 5))
    assert X.binary_cross_entropy_with_logits(x, torch.ones(30, 5)).isfinite()


def test_the_first_of_many() -> None:
    """The first in memory, how often it comes, and labels that count from 1 or end later."""
    x = torch.zeros(2, 3, 700)
    y = torch.ones(2, 700, dtype=torch.int64)
    y[0, 650], y[1, 3:9] = 3, 3
    X.cross_entropy(x, y)
    with pytest.raises(IndexError, match=r"3 appears 7 times, first at position \(0, 650\)\. Are the labels 1-based"):
        crossent.check()
    y[0, 0], y[1, 1] = 0, 9
    X.cross_entropy(x, y)
    with pytest.raises(IndexError, match=r"The model needs at least 10 outputs for these labels\."):
        crossent.check()


def test_ignored_labels_are_no_strays() -> None:
    """However far out of range the mark is."""
    for mark in (-100, 2**40, 255):
        x, y = call((30, 5), mark, 3)
        assert X.cross_entropy(x, y, ignore_index=mark).isfinite()
    crossent.check()


def test_half_a_report_is_none() -> None:
    """While the numbers arrive they do not add up, and nobody is told half of them."""
    record = pending.record(torch.device("cpu"))
    record[0] = pending.ticket((30,), 5)
    crossent.check()
    record[1:4] = torch.tensor([7, 2, 1])
    record[7] = record[:7].sum()
    with pytest.raises(IndexError, match=r"Target 7 is out of bounds: .* 7 appears 1 time, first at position 2"):
        crossent.check()


def test_kernels_of_plain_torch_are_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a GPU they give NaN for a stray label; a kernel of two lines puts it on record."""
    assert registry.choose("softmax_xent", "cuda", torch.float32).backend == "triton"
    registry.watch_labels(torch.tensor([0, 9, 1]), 5, -100)
    crossent.check()
    registry.watch_labels(torch.tensor([0, 9, 1]), 5, -100, device_type="cpu")
    with pytest.raises(IndexError, match=r"Target 9 is out of bounds: .* first at position 1\."):
        crossent.check()


@pytest.mark.parametrize("classes", [5, 2000])
def test_total_of_many_programs(classes: int) -> None:
    """The weight of labels over several programs, and none."""
    for n in (0, 1, 1023, 1024, 5000):
        y = torch.arange(n) % classes
        y[::7] = -100
        weight, total = torch.linspace(0.25, 4, classes), torch.empty((), dtype=torch.float64)
        _sums.count(y, weight, classes, -100, (n,), total)
        torch.testing.assert_close(total, weight.double()[y[y >= 0]].sum(), rtol=1e-6, atol=0)
