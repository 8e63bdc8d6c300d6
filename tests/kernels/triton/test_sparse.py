"""Lists of classes: the tests of the mathematics, at sizes where the ways through the kernels part."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

import crossent
import crossent.functional as X
from crossent.kernels import registry

from ...functional.test_sparse_targets import OPTIONS, given, lists, numbers, written_out
from ...functional.test_sparse_targets import test_values_and_gradients as check
from ...truth import cross_entropy as truth

# One tile; a walk in tiles; one that begins before its first aligned class; planes; more classes listed than there are
# in a tile of the backward pass.
SHAPES = [((6, 37), 1), ((2, 9000), 1), ((2, 9001), 1), ((2, 5, 33), 1), ((3, 3, 9), -1)]


@pytest.mark.parametrize("tail", [False, True], ids=["no tail", "tail"])
@pytest.mark.parametrize("options", [OPTIONS[0], OPTIONS[4]])
@pytest.mark.parametrize(("shape", "dim"), SHAPES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_values_and_gradients(shape: tuple, dim: int, dtype: torch.dtype, options: dict, tail: bool) -> None:
    """Losses summed and not, gradients written early and by a pass of their own."""
    assert registry.choose("sparse_xent", "cpu", dtype).backend == "triton"
    check(shape, dim, "contiguous", dtype, options, tail)


def test_gradient_of_the_probabilities() -> None:
    """That of the same probabilities written out, taken at the ids."""
    z, call = numbers((6, 9)), given(OPTIONS[4].values[0], (6, 9), 1)
    ids, q = lists((6, 9), 1, False)
    q.requires_grad_()
    (ours,) = torch.autograd.grad(X.cross_entropy(z, (ids, q), reduction="sum", **call), q)
    every = written_out((ids, q.detach()), (6, 9), 1).requires_grad_()
    (by_every,) = torch.autograd.grad(truth(z.double(), every, reduction="sum", **call).value, every)
    expected = torch.where(ids < 0, 0.0, by_every.gather(1, ids.clamp_min(0)))
    torch.testing.assert_close(ours.double(), expected, rtol=1e-5, atol=1e-6)


def test_over_the_logits() -> None:
    """Every program reads what its part of the row needs before it writes over it."""
    x, target = numbers((3, 5000)).requires_grad_(), lists((3, 5000), 1, True)
    slopes = []
    for overwrite in (False, True):
        loss = X.cross_entropy(x * 1, target, reduction="none", inplace_backward=overwrite)
        slopes.append(torch.autograd.grad(loss.sum(), x)[0])
    assert torch.equal(*slopes)


def test_masked_classes_and_rows_that_do_not_count() -> None:
    """0 · (−inf) is 0 for a listed class, beside a tail too; a row of NaN and a sample weight of 0 are not there."""
    x = torch.tensor([[0.0, -torch.inf, 1.0, 2.0], [torch.nan] * 4, [torch.inf] * 4, [1.0, 0.0, 0.0, 0.0]])
    x.requires_grad_()
    ids = torch.tensor([[1, 0], [99, 0], [99, 1], [0, 2]])
    q = torch.tensor([[0.0, 0.5], [torch.nan, torch.nan], [0.5, 0.5], [0.5, 0.25]])
    weight = torch.tensor([1.0, 1.0, 0.0, 1.0])
    loss = X.cross_entropy(x, (ids, q, torch.tensor([0.5, 0.0, 0.0, 0.25])), sample_weight=weight)
    few = torch.tensor([[0.0, 1.0, 2.0]])
    first = X.cross_entropy(few, torch.tensor([[0.5, 0.25, 0.25]]))
    last = X.cross_entropy(x[3:], torch.tensor([[0.5, 0.125, 0.25, 0.125]]))
    torch.testing.assert_close(loss, (first + last) / 2)
    (slope,) = torch.autograd.grad(loss, x)
    assert slope.isfinite().all()
    assert not slope[1:3].any()
    assert slope[0, 1] == 0


def test_ids_out_of_range() -> None:
    """On a device the loss of the position is NaN and its gradient 0; those of the others are as ever."""
    x, (ids, q) = numbers((4, 9)).requires_grad_(), lists((4, 9), 1, False)
    q = q.nan_to_num(0.1)
    expected = X.cross_entropy(x, (ids, q), reduction="none")
    wrong = ids.clone()
    wrong[2, 1] = 9
    loss = X.cross_entropy(x, (wrong, q), reduction="none")
    assert loss.isnan().tolist() == [False, False, True, False]
    (slope,) = torch.autograd.grad(loss.nansum(), x)
    assert not slope[2].any()
    keep = [0, 1, 3]
    torch.testing.assert_close(loss[keep], expected[keep])


def test_long_lists_and_a_layer() -> None:
    """As many classes as there are, and those of a linear layer."""
    z, q = numbers((2, 300)), numbers((2, 300), "q").softmax(1)
    ids = torch.arange(300).expand(2, 300)
    torch.testing.assert_close(X.cross_entropy(z, (ids, q)), X.cross_entropy(z, q))
    x, head, target = numbers((6, 8)), numbers((50, 8)), lists((6, 50), 1, True)

    def slopes(loss: Tensor, *leaves: Tensor) -> tuple[Tensor, ...]:
        return loss.detach(), *torch.autograd.grad(loss, leaves)

    x.requires_grad_(), head.requires_grad_()
    budget = crossent.LinearOptions(rows=4)
    ours = slopes(X.linear_cross_entropy(x, head, target, options=budget), x, head)
    for a, b in zip(ours, slopes(X.cross_entropy(x @ head.t(), target), x, head), strict=True):
        torch.testing.assert_close(a, b)
