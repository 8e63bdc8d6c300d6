"""Traces of a call: inputs untouched, the same bits every time, torch's dtypes, autocast included."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

import crossent.functional as X

from ..cases import LINEAR, SIGMOID, SOFTMAX
from ..values import Call

TABLES = [("cross_entropy", SOFTMAX), ("nll_loss", SOFTMAX), ("linear_cross_entropy", LINEAR)]
TABLES += [(name, SIGMOID) for name in ("binary_cross_entropy_with_logits", "binary_cross_entropy")]


def calls(dtype: torch.dtype) -> list[Any]:
    """Every named instance at one dtype, except for options that a function lacks."""
    result = []
    for function, cases in TABLES:
        for case in cases:
            if function.endswith("logits") and case.values == "edges":
                continue
            call = case.call(dtype) if function == "linear_cross_entropy" else case.call(dtype, function)
            softmax_only = {"label_smoothing", "smoothing_weight", "z_loss", "softcap", "temperature"} & set(
                call.arguments
            )
            if not (function == "nll_loss" and (softmax_only or call.arguments["target"].is_floating_point())):
                result.append(pytest.param(call, id=f"{function}-{case.name}"))
    return result


def run(call: Call, upstream: Tensor | None = None, **changes: Any) -> tuple[Tensor, ...]:
    """Loss and gradients."""
    call, leaves = call.leaves()
    loss = call.ours(**changes)
    return loss.detach(), *torch.autograd.grad(loss, list(leaves.values()), upstream)


@pytest.mark.parametrize("call", calls(torch.bfloat16) + calls(torch.float32))
def test_inputs_are_never_written_to(call: Call) -> None:
    """Neither forward nor backward writes to what came in, a gradient from above included; two runs are one."""
    reduction = "mean" if "normalizer" in call.arguments else "none"
    upstream = torch.ones_like(call.ours(reduction=reduction)).mul_(0.5)
    given = [value for value in (*call.arguments.values(), upstream) if isinstance(value, Tensor)]
    before = [(value, value._version, value.clone()) for value in given]
    first, second = (run(call, upstream, reduction=reduction) for _ in range(2))
    for value, version, copy in before:
        assert value._version == version
        torch.testing.assert_close(value, copy, rtol=0, atol=0, equal_nan=True)
    for a, b in zip(first, second, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0, equal_nan=True)


def large(function: str) -> Call:
    """A call of several tiles and several of torch's grains, so that a second thread has work."""
    noise = torch.Generator().manual_seed(0)
    x = torch.randn(1500, 1000, generator=noise)
    y = torch.randint(1000, (1500,), generator=noise)
    if function == "nll_loss":
        x = x.log_softmax(1)
    if function.startswith("binary"):
        y = torch.rand(x.shape, generator=noise)
        x = x if function.endswith("logits") else x.sigmoid()
    return Call(function, {"input": x, "target": y})


@pytest.mark.parametrize("function", [name for name, _ in TABLES if name != "linear_cross_entropy"])
def test_threads_change_no_more_than_last_bits(function: str) -> None:
    """Losses and gradients per position have the same bits with one thread and with two; sums nearly so.

    Elementwise, torch's vector code and the scalar code at the ends of a thread's share differ in the last bit.
    """
    call, losses, means = large(function), [], []
    upstream = torch.full((), 0.5).expand(call.ours(reduction="none").shape)
    for threads in (1, 2):
        torch.set_num_threads(threads)
        losses.append(run(call, upstream, reduction="none"))
        means.append(call.ours())
    torch.set_num_threads(1)
    step = 0.0 if function in ("cross_entropy", "nll_loss") else 4 * torch.finfo(torch.float32).eps
    for a, b in zip(*losses, strict=True):
        torch.testing.assert_close(a, b, rtol=step, atol=step)
    torch.testing.assert_close(*means, rtol=4 * torch.finfo(torch.float32).eps, atol=0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
def test_dtypes_are_torchs(dtype: torch.dtype) -> None:
    """The loss has the input's dtype, whatever the labels and their weights have; so have the gradients."""
    x, y = torch.randn(4, 3).to(dtype).requires_grad_(), torch.tensor([0, 1, 2, 1], dtype=torch.uint8)
    for weight in (None, [1, 2, 3], torch.ones(3, dtype=torch.float64), torch.ones(3, dtype=torch.int32)):
        for reduction in ("none", "sum", "mean"):
            for function, target in (
                (X.cross_entropy, y),
                (X.nll_loss, y),
                (X.binary_cross_entropy_with_logits, torch.rand(4, 3).to(dtype)),
            ):
                loss = function(x, target, weight, reduction=reduction)
                assert loss.dtype == dtype
                assert torch.autograd.grad(loss.sum(), x)[0].dtype == dtype


def test_gradients_of_targets_have_their_dtype() -> None:
    """float32 probabilities beside bfloat16 logits get a float32 gradient, and the other way round."""
    for logits, target in ((torch.bfloat16, torch.float32), (torch.float32, torch.bfloat16)):
        x, p = torch.randn(4, 3, dtype=logits), torch.rand(4, 3).softmax(1).to(target).requires_grad_()
        for function in (X.cross_entropy, X.binary_cross_entropy_with_logits):
            loss = function(x, p)
            assert loss.dtype == torch.float32
            assert torch.autograd.grad(loss, p)[0].dtype == target


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("name", [name for name, _ in TABLES] + ["log_softmax"])
def test_autocast_is_torchs(name: str, dtype: torch.dtype) -> None:
    """Under CPU autocast the loss has the dtype that torch's has, and gradients have the input's."""
    noise = torch.Generator().manual_seed(0)
    x = torch.rand(4, 3, generator=noise).to(dtype).requires_grad_()
    y, head = torch.tensor([0, 1, 2, 1]), torch.randn(5, 3, generator=noise).to(dtype)
    others = {"log_softmax": (1,), "linear_cross_entropy": (head, y)}.get(name, (y,))
    if name.startswith("binary"):
        others = (torch.rand(4, 3, generator=noise).to(dtype),)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss, torchs = (getattr(module, name)(x, *others) for module in (X, F))
        inside = torch.autograd.grad(loss.sum(), x, retain_graph=True)[0]
    assert loss.dtype == torchs.dtype
    (slope,), (expected,) = (torch.autograd.grad(value.sum(), x) for value in (loss, torchs))
    assert slope.dtype == dtype
    assert torch.equal(inside, slope)
    # One rounding step of the narrowest dtype on the way.
    narrow = torch.bfloat16 if name == "linear_cross_entropy" else dtype
    tolerance = {"rtol": 2 * torch.finfo(narrow).eps, "atol": 2 * torch.finfo(narrow).eps}
    torch.testing.assert_close(loss, torchs, **tolerance)
    torch.testing.assert_close(slope, expected, **tolerance)


def test_autocast_of_a_linear_layer() -> None:
    """linear_cross_entropy under autocast multiplies in bfloat16, as linear and then cross_entropy do."""
    noise = torch.Generator().manual_seed(0)
    x, head = (torch.randn(n, 16, generator=noise).requires_grad_() for n in (8, 5))
    bias, y = torch.randn(5, generator=noise).requires_grad_(), torch.arange(8) % 5
    with torch.autocast("cpu", dtype=torch.bfloat16):
        losses = (
            X.linear_cross_entropy(x, head, y, linear_bias=bias),
            F.cross_entropy(F.linear(x, head, bias), y),
        )
    assert losses[0].dtype == losses[1].dtype == torch.float32
    torch.testing.assert_close(*losses, rtol=1e-5, atol=1e-5)
    for a, b in zip(*(torch.autograd.grad(loss, (x, head, bias)) for loss in losses), strict=True):
        assert a.dtype == torch.float32
        torch.testing.assert_close(a, b, rtol=2**-7, atol=2**-7)


def test_no_gradient_without_need() -> None:
    """Under no_grad and inference_mode the losses are the same numbers, and nothing is recorded."""
    x, y = torch.randn(4, 3, requires_grad=True), torch.tensor([0, 1, 2, -100])
    expected = X.cross_entropy(x, y).detach()
    for mode in (torch.no_grad(), torch.inference_mode()):
        with mode:
            loss = X.cross_entropy(x, y)
            assert not loss.requires_grad
            assert torch.equal(loss, expected)
    with torch.inference_mode():
        born_inside = torch.randn(4, 3)
        assert X.cross_entropy(born_inside, y, return_stats=True)[0].isfinite()
