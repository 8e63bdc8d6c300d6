"""Inputs too small for a kernel take torch's own composite: the same values, our checks, our words."""

from unittest.mock import Mock

import numpy as np
import pytest
import torch

import crossent.functional as X
from crossent.ops import small

from ..cases import SIGMOID, SOFTMAX, Sigmoid, Softmax
from ..functional.check import check_accuracy, result
from ..truth import assert_accurate
from ..values import Call

NLL = [case for case in SOFTMAX if case.by_index and not set(case.options) - {"ignore_index", "on_empty", "normalizer"}]


def calls() -> list[object]:
    """Every named instance, as float32 calls."""
    softmax = [("cross_entropy", case) for case in SOFTMAX] + [("nll_loss", case) for case in NLL]
    scores = [("binary_cross_entropy_with_logits", case) for case in SIGMOID if case.values != "edges"]
    both: list[tuple[str, Softmax | Sigmoid]] = [
        *softmax,
        *scores,
        *(("binary_cross_entropy", case) for case in SIGMOID if case.values in ("normal", "edges")),
    ]
    return [pytest.param(case.call(torch.float32, function), id=f"{function}-{case.name}") for function, case in both]


@pytest.mark.parametrize("call", calls())
def test_values_are_the_kernels(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever path is taken, the accuracy rule holds; and the paths agree."""
    check_accuracy(call)
    reduction = "mean" if "normalizer" in call.arguments else "none"
    loss, slopes = result(call, "ours", reduction)
    monkeypatch.setattr(small, "SMALL", 0)
    by_kernel, kernels_slopes = result(call, "ours", reduction)
    assert_accurate(loss, by_kernel.double(), unit=call.unit(reduction) * 2)
    for name, slope in slopes.items():
        assert slope.dtype == kernels_slopes[name].dtype
        size = max(1.0, float(slope.nan_to_num().abs().max())) if slope.numel() else 1.0
        assert_accurate(slope, kernels_slopes[name].double(), unit=call.unit(reduction, of_gradient=True) * 2 * size)


PLAIN = {
    "cross_entropy": (torch.zeros(4, 3), torch.tensor([0, 1, 2, 2])),
    "nll_loss": (torch.zeros(4, 3), torch.tensor([0, 1, 2, -100])),
    "binary_cross_entropy_with_logits": (torch.zeros(4), torch.ones(4)),
    "binary_cross_entropy": (torch.full((4,), 0.5), torch.ones(4)),
}
SHORT = {
    "cross_entropy": "_torch_cross_entropy",
    "nll_loss": "_torch_nll_loss",
    "binary_cross_entropy_with_logits": "_torch_bce_with_logits",
    "binary_cross_entropy": "_torch_bce",
}


@pytest.mark.parametrize("name", PLAIN)
def test_which_path_is_taken(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small, plain, float32 or float64: torch's composite. Anything else: the kernel."""
    spy = Mock(wraps=getattr(small, SHORT[name]))
    monkeypatch.setattr(small, SHORT[name], spy)
    function, (x, target) = getattr(X, name), PLAIN[name]
    for dtype in (torch.float32, torch.float64):
        for reduction in ("none", "sum", "mean"):
            function(x.to(dtype), target, reduction=reduction)
    function(x.requires_grad_(), target).backward()
    assert spy.call_count == 7
    function(x.bfloat16(), target)
    function(x, target, normalizer=4)
    function(x, target, on_empty="zero")
    learnt = torch.ones(3 if x.dim() == 2 else 4, requires_grad=True)
    function(x, target, learnt)
    torch.func.grad(lambda a: function(a, target))(x.detach())
    large = x.detach().repeat(small.SMALL, *[1] * (x.dim() - 1))
    function(large, target.repeat(small.SMALL))
    assert spy.call_count == 7


OF_NUMBERS = {
    "weight": (torch.tensor([0, 1, 2, 2]), {"weight": torch.tensor([1.0, 0.0, 2.0])}),
    "ignored": (torch.tensor([0, -100, 2, 2]), {}),
    "ignored, weight": (torch.tensor([0, -100, 2, 2]), {"weight": torch.ones(3), "label_smoothing": 0.1}),
    "probabilities": (torch.eye(4, 3), {"weight": torch.ones(3)}),
}


@pytest.mark.parametrize("name", OF_NUMBERS)
def test_torchs_is_taken_where_it_is_right(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights, ignored labels and probabilities go to torch among numbers, not beside infinity or NaN."""
    spy = Mock(wraps=small._torch_cross_entropy)
    monkeypatch.setattr(small, "_torch_cross_entropy", spy)
    target, options = OF_NUMBERS[name]
    logits = torch.randn(4, 3, generator=torch.manual_seed(1))
    X.cross_entropy(logits, target, **options)
    assert spy.call_count == 1
    for junk in (float("nan"), float("inf"), -float("inf"), 1e38):
        logits[1, 1] = junk
        X.cross_entropy(logits, target, **options)
    assert spy.call_count == 1


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
@pytest.mark.parametrize("weight", [None, [0.5, 1.0, 3.0]], ids=["", "weight"])
@pytest.mark.parametrize("name", PLAIN)
def test_sample_weights_take_torchs_among_numbers(
    name: str, weight: object, reduction: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as every loss is a number: one that weighs nothing may be none, and the kernels leave it out."""
    spy = Mock(wraps=getattr(small, SHORT[name]))
    monkeypatch.setattr(small, SHORT[name], spy)
    function, (x, target) = getattr(X, name), PLAIN[name]
    if x.dim() == 1:
        x, target = x.expand(3, 4).t().contiguous(), target.expand(3, 4).t().contiguous()
    target = target.abs() % 3 if name == "nll_loss" else target
    x = (x + torch.rand(x.shape, generator=torch.manual_seed(2)) / 4).requires_grad_()
    s = torch.tensor([1.0, 0.0, 2.5, 0.5])
    weights = [s, s[:, None].expand(x.shape).contiguous()] if x.shape == target.shape else [s]

    def both(sample: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        loss = function(x, target, weight, reduction=reduction, sample_weight=sample)
        return loss, *torch.autograd.grad(loss, x, torch.ones_like(loss))

    for sample in weights:
        before = spy.call_count
        loss, slope = both(sample)
        assert spy.call_count == before + 1
        with monkeypatch.context() as large:
            large.setattr(small, "_takes", lambda *_: False)
            torch.testing.assert_close((loss, slope), both(sample))
    assert function(x, target, weight, reduction=reduction, sample_weight=s * 0).sum().isnan() == (reduction == "mean")
    if name != "binary_cross_entropy":  # Its kernels refuse what is no probability.
        with torch.no_grad():
            x[1] = torch.nan
        assert all(torch.isfinite(found).all() for found in both(s))
    empty = function(x[:0], target[:0], weight, reduction=reduction, sample_weight=s[:0])
    assert empty.sum().isnan() == (reduction == "mean")


WEIGHTS = ([1.0, 2.0, 3.0], [1, 2, 3], np.array([1.0, 2.0, 3.0]), torch.tensor([1, 2, 3]), torch.arange(1, 4).double())


@pytest.mark.parametrize("weight", WEIGHTS, ids=lambda weight: f"{type(weight).__name__}-{np.asarray(weight).dtype}")
@pytest.mark.parametrize("name", PLAIN)
def test_weights_of_any_kind_are_taken(name: str, weight: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list, an array, integers: the path and the bits of the tensor that they stand for."""
    x, target = PLAIN[name]
    if x.dim() == 1:
        x, target = x[:3], target[:3]
    options = ["weight", "pos_weight"] if name == "binary_cross_entropy_with_logits" else ["weight"]
    for option in options:
        expected = getattr(X, name)(x, target, **{option: torch.tensor([1.0, 2.0, 3.0])})
        spy = Mock(wraps=getattr(small, SHORT[name]))
        monkeypatch.setattr(small, SHORT[name], spy)
        assert torch.equal(getattr(X, name)(x, target, **{option: weight}), expected)
        assert spy.call_count == 1


def test_infinite_weights_of_scores_are_the_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside one, torch's gradient is NaN where the loss falls without bounds."""
    spy = Mock(wraps=small._torch_bce_with_logits)
    monkeypatch.setattr(small, "_torch_bce_with_logits", spy)
    for weight in (torch.inf, torch.nan):
        X.binary_cross_entropy_with_logits(torch.zeros(2), torch.ones(2), pos_weight=torch.tensor([weight, 1.0]))
    assert not spy.called


@pytest.mark.parametrize("junk", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("function", [X.cross_entropy, X.nll_loss])
def test_ignored_positions_do_not_matter(function, junk: float) -> None:
    """Any value at an ignored position leaves loss and gradient finite, its own gradient 0, and itself as it was."""
    x, y = torch.tensor([[0.5, 1.0], [junk, junk]]), torch.tensor([1, -100])
    for options in ({}, {"weight": [1.0, 2.0]}, *([{"label_smoothing": 0.1}] if function is X.cross_entropy else [])):
        leaf = x.clone().requires_grad_()
        loss = function(leaf, y, **options)
        (slope,) = torch.autograd.grad(loss, leaf)
        torch.testing.assert_close(loss, function(x[:1], y[:1], **options))
        assert slope[0].any()
        assert not slope[1].any()
        torch.testing.assert_close(leaf.detach(), x, rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("function", [X.cross_entropy, X.nll_loss])
@pytest.mark.parametrize("limit", [0, small.SMALL])
def test_index_errors_are_ours(function, limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A label out of range raises the same text on both paths."""
    monkeypatch.setattr(small, "SMALL", limit)
    text = r"Target 3 is out of bounds: the input has 3 classes \(valid: 0…2\); 3 appears 2 times, first at position 1"
    with pytest.raises(IndexError, match=text):
        function(torch.zeros(4, 3), torch.tensor([0, 3, 3, -100]))
    with pytest.raises(IndexError, match=r"Target 3 is out of bounds.*first at position \(0, 1\)"):
        function(torch.zeros(2, 3, 2), torch.tensor([[0, 3], [1, 2]]))
    with pytest.raises(IndexError, match="If -1 marks positions that do not count, pass ignore_index=-1"):
        function(torch.zeros(4, 3), torch.tensor([0, -1, 2, -100], dtype=torch.int8))


@pytest.mark.parametrize("limit", [0, small.SMALL])
@pytest.mark.parametrize("function", [X.binary_cross_entropy_with_logits, X.binary_cross_entropy])
def test_range_errors_are_ours(function, limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A binary target outside [0, 1] raises the same text on both paths; NaN passes through, as in torch."""
    monkeypatch.setattr(small, "SMALL", limit)
    with pytest.raises(RuntimeError, match=r"target should be between 0 and 1, got 2 \(1 of 4 values, first at"):
        function(torch.full((4,), 0.5), torch.tensor([0, 1, 2, 1]))
    if function is X.binary_cross_entropy_with_logits:
        assert function(torch.zeros(2), torch.tensor([0.0, float("nan")])).isnan()


@pytest.mark.parametrize("limit", [0, small.SMALL])
@pytest.mark.parametrize("value", [-0.1, 1.5, float("nan")])
def test_probabilities_are_checked(value: float, limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A probability outside [0, 1], NaN included, raises on both paths."""
    monkeypatch.setattr(small, "SMALL", limit)
    with pytest.raises(RuntimeError, match="all elements of input should be between 0 and 1"):
        X.binary_cross_entropy(torch.tensor([0.5, value]), torch.tensor([0, 1]))
