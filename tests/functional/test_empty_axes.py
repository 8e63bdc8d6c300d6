"""Every axis of every loss may have no entries, on every backend (kernels/triton too): torch's values and shapes."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

import crossent.functional as X

# The class axis is the second, or the only one.
SHAPES = [(4, 0), (0, 5), (0, 0), (2, 3, 0), (2, 0, 3, 4), (0,)]
# Rows, features, and the head's axes without the features.
LINEAR = [(4, 3, (0,)), (4, 0, (5,)), (0, 3, (5,)), (4, 0, (0,)), (4, 3, (2, 0)), (0, 3, (3, 2))]
REDUCTIONS = ("none", "sum", "mean")


def outcome(function: Any, leaves: list[Tensor], *given: Any, **options: Any) -> list[Tensor]:
    """The loss and the gradients of the leaves, which come first in a call."""
    leaves = [leaf.clone().requires_grad_() for leaf in leaves]
    loss = function(*leaves, *given, **options)
    loss.sum().backward()
    return [loss.detach(), *(leaf.grad for leaf in leaves)]


def agree(name: str, leaves: list[Tensor], *given: Any, **options: Any) -> None:
    """Ours and torch's, the sign of a zero aside."""
    theirs = outcome(getattr(F, name), leaves, *given, **options)
    for ours, expected in zip(outcome(getattr(X, name), leaves, *given, **options), theirs, strict=True):
        torch.testing.assert_close(ours, expected, equal_nan=True)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", SHAPES)
def test_as_torch(shape: tuple[int, ...], reduction: str, dtype: torch.dtype) -> None:
    """Probabilities, labels that are all ignored, scores; with and without weights and smoothing."""
    x, p = torch.randn(shape).to(dtype), torch.rand(shape).to(dtype)
    labels = torch.full(shape[:1] + shape[2:] if len(shape) > 1 else (), -100)
    weight = torch.rand(shape[min(1, len(shape) - 1)]).to(dtype)
    for options in ({}, {"weight": weight}, {"weight": weight, "label_smoothing": 0.1}):
        agree("cross_entropy", [x, p], reduction=reduction, **options)
        if "label_smoothing" not in options:
            agree("cross_entropy", [x], labels, reduction=reduction, **options)
            agree("nll_loss", [x], labels, reduction=reduction, **options)
    agree("binary_cross_entropy_with_logits", [x, p], reduction=reduction)
    agree("binary_cross_entropy_with_logits", [x], p, reduction=reduction, weight=p, pos_weight=p)
    agree("binary_cross_entropy", [p], p, reduction=reduction)


@pytest.mark.skipif(not hasattr(F, "linear_cross_entropy"), reason="torch 2.13 brought it")
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("sizes", LINEAR)
def test_linear_as_torch(sizes: tuple[int, int, tuple[int, ...]], reduction: str) -> None:
    """No rows, no features, no classes, no positions."""
    rows, features, classes = sizes
    x, head = torch.randn(rows, features), torch.randn(*classes, features)
    labels = torch.zeros(rows, *classes[1:], dtype=torch.int64)
    agree("linear_cross_entropy", [x, head], labels if classes[0] else labels - 100, reduction=reduction)
    agree("linear_cross_entropy", [x, head], torch.rand(rows, *classes), reduction=reduction)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("sizes", [(4, 3, 0), (4, 0, 5), (0, 3, 5)])
def test_linear_binary(sizes: tuple[int, int, int], reduction: str) -> None:
    """As the loss of the scores."""
    rows, features, classes = sizes
    leaves, t = [torch.randn(rows, features), torch.randn(classes, features)], torch.rand(rows, classes)

    def composed(x: Tensor, head: Tensor, **options: Any) -> Tensor:
        return F.binary_cross_entropy_with_logits(x @ head.t(), t, **options)

    ours = outcome(X.linear_binary_cross_entropy, leaves, t, reduction=reduction)
    for got, expected in zip(ours, outcome(composed, leaves, reduction=reduction), strict=True):
        torch.testing.assert_close(got, expected, equal_nan=True)
    lists = torch.full((rows, 2), -1)
    assert X.linear_binary_cross_entropy(*leaves, lists, target_format="indices", reduction="none").shape == t.shape


def test_what_is_told_of_no_classes() -> None:
    """lse is the log of an empty sum; no class is predicted, none is right."""
    stats = X.cross_entropy(torch.randn(2, 0), torch.full((2,), -100), return_stats=True)[1]
    assert stats.lse.tolist() == [-torch.inf] * 2
    assert (stats.prediction.tolist(), stats.correct.tolist(), stats.entropy.tolist()) == (
        [-1] * 2,
        [False] * 2,
        [0.0] * 2,
    )
    assert stats.weight == 0


def test_second_derivatives_of_nothing() -> None:
    """The formulas, which double backward and torch.func run, know no classes either."""
    x = torch.randn(3, 0, requires_grad=True)
    for target in (torch.full((3,), -100), torch.rand(3, 0)):
        loss = X.cross_entropy(x, target, reduction="sum")
        (slope,) = torch.autograd.grad(loss, x, create_graph=True)
        assert slope.shape == x.shape
        assert torch.func.grad(lambda z, t=target: X.cross_entropy(z, t, reduction="sum"))(x.detach()).shape == x.shape
    assert (
        torch.func.grad(lambda z: X.nll_loss(z, torch.full((3,), -100), reduction="sum"))(x.detach()).shape == x.shape
    )


@pytest.mark.parametrize("function", [X.cross_entropy, X.nll_loss])
def test_a_label_where_there_are_no_classes(function: Any) -> None:
    """No label is right."""
    text = r"Target 0 is out of bounds: the input has 0 classes \(valid: none\); 0 appears 1 time, first at position 1"
    with pytest.raises(IndexError, match=text):
        function(torch.randn(2, 0), torch.tensor([-100, 0]))
    with pytest.raises(IndexError, match=text):
        X.linear_cross_entropy(torch.randn(2, 3), torch.randn(0, 3), torch.tensor([-100, 0]))
