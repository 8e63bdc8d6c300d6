"""Properties of every binary cross entropy, of scores and of probabilities."""

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given, settings
from torch import Tensor

import crossent.functional as X

from ..cases import SIGMOID, Sigmoid
from ..values import Call
from .check import check_accuracy
from .strategies import SETTINGS, close, dtypes, sigmoid_cases

PROBABILITIES = "binary_cross_entropy"


def slope(call: Call) -> Tensor:
    """The gradient of the summed loss with respect to the scores."""
    call, leaves = call.leaves()
    return torch.autograd.grad(call.ours(reduction="sum"), leaves["input"])[0]


@given(sigmoid_cases(), dtypes)
@settings(SETTINGS, max_examples=120)
def test_any_instance_of_scores_is_accurate(case: Sigmoid, dtype: torch.dtype) -> None:
    """The accuracy rule holds for any shape, layout, dtype, target, weights and options."""
    check_accuracy(case.call(dtype))


@given(sigmoid_cases(values="normal"), dtypes)
@SETTINGS
def test_any_instance_of_probabilities_is_accurate(case: Sigmoid, dtype: torch.dtype) -> None:
    """And for probabilities."""
    check_accuracy(case.call(dtype, PROBABILITIES))


@given(sigmoid_cases(values="normal", pos_weight=None))
@SETTINGS
def test_of_sigmoid_is_of_scores(case: Sigmoid) -> None:
    """Probabilities σ(x) cost what the scores x cost."""
    call = case.call(torch.float64)
    by_probability = Call(PROBABILITIES, call.arguments | {"input": call.arguments["input"].sigmoid()})
    for reduction in ("none", "sum", "mean"):
        torch.testing.assert_close(
            by_probability.ours(reduction=reduction), call.ours(reduction=reduction), rtol=1e-9, atol=0, equal_nan=True
        )


@given(sigmoid_cases(pos_weight=None))
@SETTINGS
def test_both_classes_are_alike(case: Sigmoid) -> None:
    """Score x against t costs what −x costs against 1 − t."""
    call = case.call(torch.float64)
    x, t = call.arguments["input"], call.arguments["target"]
    mark = call.arguments.get("ignore_index")
    missing = torch.zeros_like(t, dtype=torch.bool) if mark is None else (t == mark) | t.isnan()
    mirrored = call.with_(input=-x, target=torch.where(missing, t, 1 - t))
    close(mirrored.ours(reduction="none"), call.ours(reduction="none"))
    close(slope(mirrored), -slope(call))


@given(sigmoid_cases(options={}, target="hard"), st.floats(0.1, 10))
@SETTINGS
def test_weights_multiply(case: Sigmoid, factor: float) -> None:
    """`weight` multiplies every loss, `pos_weight` those of the positives; the mean divides by neither."""
    call = case.call(torch.float64).with_(pos_weight=None)
    losses, t = call.ours(reduction="none"), call.arguments["target"]
    positive = torch.tensor(factor, dtype=torch.float64)
    close(call.with_(pos_weight=positive).ours(reduction="none"), losses * (1 + (factor - 1) * t))
    if call.arguments.get("weight") is not None:
        scaled = call.with_(weight=call.arguments["weight"] * factor)
        close(scaled.ours(reduction="none"), losses * factor)
        close(scaled.ours(), losses.sum() * factor / losses.numel())


@given(sigmoid_cases(options={"label_smoothing": 0.1}), st.booleans())
@SETTINGS
def test_ignored_elements_do_not_matter(case: Sigmoid, by_probability: bool) -> None:
    """Any score whose target is missing changes no bit of the sum, and gets the gradient 0."""
    call = case.call(torch.float64, PROBABILITIES if by_probability else "binary_cross_entropy_with_logits")
    x, t = call.arguments["input"], call.arguments["target"].clone()
    t.view(-1)[::2] = float("nan")
    missing = t.isnan()
    clean, spoilt = (
        call.with_(input=torch.where(missing, junk, x), target=t, ignore_index=float("nan"))
        for junk in (0.25, float("nan"))
    )
    for reduction in ("none", "sum", "mean"):
        values = [c.ours(reduction=reduction) for c in (spoilt, clean)]
        torch.testing.assert_close(*values, rtol=0, atol=0, equal_nan=True)
    torch.testing.assert_close(slope(spoilt), slope(clean), rtol=0, atol=0)
    assert not slope(spoilt)[missing].any()


@given(sigmoid_cases())
@SETTINGS
def test_reductions_agree(case: Sigmoid) -> None:
    """sum = Σ none, and mean = sum / the number of targets that count."""
    call = case.call(torch.float64)
    total = call.ours(reduction="sum")
    close(call.ours(reduction="none").sum(), total)
    mean, stats = call.ours(return_stats=True)
    zero = bool(stats.weight == 0) and call.arguments.get("on_empty") == "zero"
    close(mean, torch.zeros(()) if zero else total / stats.weight)


@given(sigmoid_cases())
@SETTINGS
def test_stats_are_the_truth(case: Sigmoid) -> None:
    """prediction, correct, entropy and weight are detached, of the target's shape, and right; there is no lse."""
    call, _ = case.call(torch.float64).leaves()
    loss, stats = call.ours(return_stats=True)
    close(loss, call.ours())
    truth = call.truth()
    assert stats.lse is None
    assert not stats.entropy.requires_grad
    close(stats.entropy, truth.entropy.detach())
    close(stats.weight, truth.weight)
    assert torch.equal(stats.prediction, truth.prediction)
    assert torch.equal(stats.correct, truth.correct)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
def test_smoothing_moves_the_target(smoothing: float) -> None:
    """label_smoothing=ε is the target (1 − ε)·t + ε/2."""
    x, t = torch.randn(20, generator=torch.manual_seed(0)).double(), torch.arange(20) % 2
    moved = (1 - smoothing) * t.double() + smoothing / 2
    close(
        X.binary_cross_entropy_with_logits(x, t, label_smoothing=smoothing),
        X.binary_cross_entropy_with_logits(x, moved),
    )


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=9))
@SETTINGS
def test_two_classes_are_one_score(scores: list[float]) -> None:
    """Cross entropy of the logits (0, x) is binary cross entropy of the score x: loss, gradient, and smoothing."""
    x = torch.tensor(scores, dtype=torch.float64, requires_grad=True)
    y = torch.arange(len(scores)) % 2
    for options in ({}, {"label_smoothing": 0.2}):
        binary = X.binary_cross_entropy_with_logits(x, y, **options)
        softmax = X.cross_entropy(torch.stack((torch.zeros_like(x), x), 1), y, **options)
        close(binary, softmax)
        close(*(torch.autograd.grad(loss, x)[0] for loss in (binary, softmax)))


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_weights_bind_to_the_class_axis(axis: int) -> None:
    """With `dim`, C values weigh along that axis, whatever the other sizes are."""
    x = torch.randn(3, 3, 3, generator=torch.manual_seed(0)).double()
    t, w = (x > 0.3).double(), torch.tensor([0.5, 1.0, 4.0]).double()
    shaped = w.reshape([3 if a == axis % 3 else 1 for a in range(3)])
    for name in ("weight", "pos_weight"):
        close(
            X.binary_cross_entropy_with_logits(x, t, **{name: w}, dim=axis),
            X.binary_cross_entropy_with_logits(x, t, **{name: shaped}),
        )


@pytest.mark.parametrize("function", [X.binary_cross_entropy, X.binary_cross_entropy_with_logits])
@pytest.mark.parametrize("shape", [(0, 3), (4,)])
def test_on_empty(function, shape: tuple[int, ...]) -> None:
    """No target that counts: NaN as torch, or 0 with gradient 0."""
    x = torch.full(shape, 0.25, requires_grad=True)
    t = torch.full(shape, -1.0)
    assert function(x, t, ignore_index=-1).isnan()
    loss = function(x, t, ignore_index=-1, on_empty="zero")
    assert loss == 0
    assert not torch.autograd.grad(loss, x)[0].any()


@pytest.mark.parametrize("case", [c for c in SIGMOID if c.target in ("int64", "uint8", "bool")], ids=lambda c: c.name)
def test_integer_targets_are_their_values(case: Sigmoid) -> None:
    """A target of whole numbers gives, bit for bit, what the same floats give."""
    for function in (PROBABILITIES, "binary_cross_entropy_with_logits"):
        call = case.call(torch.float32, function)
        assert torch.equal(call.ours(), call.with_(target=call.arguments["target"].float()).ours())
