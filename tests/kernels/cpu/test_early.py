"""Gradients that the forward pass writes beside a sum or mean, on every loop that writes them."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from ...cases import DTYPES, Sigmoid, Softmax
from ...truth import assert_accurate
from ...values import Call
from .instances import BY_CLASSES, BY_POSITIONS, FEW, TARGETS, over

# The rows and planes whose exponentials are kept, and those that are too long for that.
LONG = [Softmax("2x32768", "kept", (2, 32_768)), Softmax("2x33000", "too long", (2, 33_000))]
LONG += [Softmax("1x70x3", "more planes than a block", (1, 70, 3))]


def gradient(call: Call, of: str, reduction: str, upstream: float, **changes: Any) -> Tensor:
    """The gradient of the logits alone; the target takes none."""
    x = call.arguments["input"].detach()
    x = (x.double() if of == "truth" else x).requires_grad_()
    loss = getattr(call, of)(input=x, reduction=reduction, **changes)
    loss = loss.value if of == "truth" else loss[0] if "return_stats" in changes else loss
    return torch.autograd.grad(loss, x, torch.tensor(upstream, dtype=loss.dtype))[0]


def check(call: Call) -> None:
    """For an upstream gradient that was not guessed, and the same again, which was."""
    for reduction, upstream in (("sum", -1.5), ("mean", 0.25)):
        truth = gradient(call, "truth", reduction, upstream)
        for _ in range(2):
            slope = gradient(call, "ours", reduction, upstream)
            assert_accurate(slope, truth, unit=call.unit(reduction, of_gradient=True) * max(1.0, abs(upstream)))
        if call.function == "cross_entropy":
            assert torch.equal(gradient(call, "ours", reduction, upstream, return_stats=True), slope)


@over((BY_CLASSES, ("index", "probabilities", *FEW)), (BY_POSITIONS, FEW))
def test_cross_entropy(case: Softmax) -> None:
    """Where blocks, tiles, vectors and tasks end; with stats, the same bits."""
    check(case.call(torch.float32))


@over(([case for case in BY_CLASSES if case.shape[1] in (1, 17, 33, 129, 513)] + LONG, TARGETS))
def test_other_dtypes(case: Softmax) -> None:
    """And in the other dtypes, which go through other buffers."""
    for dtype in DTYPES:
        check(case.call(dtype))


@pytest.mark.parametrize("function", ["binary_cross_entropy_with_logits", "binary_cross_entropy"])
@pytest.mark.parametrize("n", [0, 1, 17, 1023, 1025, 32_769])
def test_binary(n: int, function: str) -> None:
    """The elementwise kernels."""
    for dtype in DTYPES:
        case = Sigmoid(f"early_{n}", "", (n,), target="hard", weight=(n,), options={"ignore_index": -1})
        check(case.call(dtype, function))
