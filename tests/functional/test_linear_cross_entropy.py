"""The linear cross entropy is the cross entropy of the linear layer's logits, however its rows are cut into blocks."""

import hypothesis.strategies as st
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given

import crossent
import crossent.functional as X

from ..cases import LINEAR, Linear
from ..truth import assert_accurate
from ..values import Call
from .check import result
from .strategies import SETTINGS, close

CASES = pytest.mark.parametrize("case", LINEAR, ids=lambda case: case.name)
# One row at a time, a ragged last block, exactly one block, more rows than there are, and the default.
ROWS = (1, 3, 7, 100, None)


def all_reductions(call: Call) -> tuple[str, ...]:
    """The reductions that a call can have."""
    return ("mean",) if "normalizer" in call.arguments else ("none", "sum", "mean")


@CASES
@pytest.mark.parametrize("rows", ROWS)
def test_blocks_change_nothing(case: Linear, rows: int | None) -> None:
    """In float64 every block size gives the truth: loss and gradients of features, head, bias and probabilities."""
    options = None if rows is None else crossent.LinearOptions(rows=rows)
    call = case.call(torch.float64)
    for reduction in all_reductions(call):
        loss, slopes = result(call.with_(options=options), "ours", reduction)
        expected, true_slopes = result(call, "truth", reduction)
        close(loss, expected)
        assert slopes.keys() == true_slopes.keys()
        for name, slope in slopes.items():
            close(slope, true_slopes[name])


@CASES
def test_is_cross_entropy_of_the_linear_layer(case: Linear) -> None:
    """Every option means what it means in cross_entropy; stats included."""
    call = case.call(torch.float64)
    given = dict(call.arguments)
    x, head, bias = (given.pop(name, None) for name in ("input", "linear_weight", "linear_bias"))
    flat = F.linear(x, head.flatten(0, -2), None if bias is None else bias.flatten())
    logits = flat.reshape(*x.shape[:-1], *head.shape[:-1])
    loss, stats = call.ours(return_stats=True, options=crossent.LinearOptions(rows=2))
    expected, expected_stats = X.cross_entropy(logits, **given, return_stats=True)
    close(loss, expected)
    for ours, theirs in zip(stats, expected_stats, strict=True):
        assert ours.dtype == theirs.dtype
        assert not ours.requires_grad
        close(ours, theirs)


@CASES
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16], ids=str)
def test_is_as_accurate_as_torch(case: Linear, dtype: torch.dtype) -> None:
    """Each result, as a whole, is as near to the truth as torch's at that dtype, or within one rounding step of it.

    An element of a matrix product is a sum of rounded terms, whose errors fall on one element or on another.
    """
    call = case.call(dtype)
    for reduction in all_reductions(call):
        (loss, slopes), (true_loss, true_slopes) = result(call, "ours", reduction), result(call, "truth", reduction)
        torch_loss, torch_slopes = result(call, "torchs", reduction)
        pairs = [(loss, true_loss, torch_loss), *((slopes[n], true_slopes[n], torch_slopes.get(n)) for n in slopes)]
        for ours, truth, torchs in pairs:
            # Beside probabilities, float32 class weights make a float32 loss.
            assert ours.dtype == (dtype if torchs is None else torchs.dtype)
            size = float(truth.abs().max()) if truth.numel() else 0.0
            allowed = 4 * torch.finfo(dtype).eps * max(size, call.unit(reduction))
            if torchs is not None:
                allowed += float((torchs.double() - truth).norm())
            assert bool(truth.isnan().all()) or float((ours.double() - truth).norm()) <= allowed


@CASES
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_float32_logits_are_closer(case: Linear, dtype: torch.dtype) -> None:
    """With float32 logits nothing but the result is rounded to 16 bits, whatever the blocks."""
    call = case.call(dtype)
    for rows in (2, 100):
        exact = call.with_(options=crossent.LinearOptions(rows=rows, float32_logits=True))
        for reduction in all_reductions(call):
            loss, slopes = result(exact, "ours", reduction)
            true_loss, true_slopes = result(call, "truth", reduction)
            # Products of float32 logits and gradients are sums of a few more rounded terms.
            assert_accurate(loss, true_loss, unit=8 * call.unit(reduction))
            for name, slope in slopes.items():
                size = max(1.0, float(true_slopes[name].abs().max().nan_to_num())) if slope.numel() else 1.0
                assert_accurate(slope, true_slopes[name], unit=8 * size * call.unit(reduction, of_gradient=True))


@given(st.integers(0, 6), st.integers(1, 5), st.integers(1, 6), st.booleans(), st.integers(1, 8), st.booleans())
@SETTINGS
def test_any_shape(n: int, features: int, classes: int, bias: bool, rows: int, soft: bool) -> None:
    """Any N, D, C and block size."""
    case = Linear("drawn", "", (n, features), (classes,), "probabilities" if soft else "int64", bias, weighted=True)
    call = case.call(torch.float64).with_(on_empty="zero")
    loss, slopes = result(call.with_(options=crossent.LinearOptions(rows=rows)), "ours", "mean")
    expected, true_slopes = result(call, "truth", "mean")
    close(loss, expected)
    for name, slope in slopes.items():
        close(slope, true_slopes[name])


def test_options_of_torch_are_taken() -> None:
    """torch's LinearCrossEntropyOptions give the block size; its results are ours."""
    call = LINEAR[0].call(torch.float32)
    options = torch.nn.LinearCrossEntropyOptions(batch_chunk_size=2)
    assert crossent.LinearOptions.of(options) == crossent.LinearOptions(rows=2, float32_logits=True)
    assert_accurate(call.ours(options=options), call.truth().value, call.torchs(options=options))


def test_contradictory_options_of_torch_are_refused() -> None:
    """Two rules for one size are an error here as in torch, and at construction as in a call."""
    options = torch.nn.LinearCrossEntropyOptions(batch_chunk_size=2, chunking_method="aspect_ratio:4")
    text = r"batch_chunk_size \(=2\) and chunking_method \('aspect_ratio:4'\) both give a chunk size; pass only one: "
    with pytest.raises(ValueError, match=text):
        LINEAR[0].call(torch.float32).ours(options=options)
    with pytest.raises(ValueError, match=text):
        crossent.LinearCrossEntropyLoss(3, 5, options=options)


def test_budget_bounds_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """No logits of more bytes than the budget come to be: two rows of five float32 logits at a time."""
    seen = []
    addmm = torch.addmm

    def watched(bias: torch.Tensor, x: torch.Tensor, *rest: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
        if out.shape[1] == 5:
            seen.append(len(x))
        return addmm(bias, x, *rest, out=out)

    monkeypatch.setattr(torch, "addmm", watched)
    call, _ = LINEAR[0].call(torch.float32).leaves()
    call.ours(options=crossent.LinearOptions(memory_budget=2 * 5 * 4)).backward()
    assert seen == [2, 2, 2, 1]
