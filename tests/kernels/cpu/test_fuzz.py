"""Any shape around the corners of the loops, any place in memory, any options: right, and nothing else is touched."""

from __future__ import annotations

import math
from typing import Any

import hypothesis.strategies as st
import torch
from hypothesis import given, settings
from torch import Tensor

from ...cases import DTYPES, Sigmoid, Softmax
from ...functional.check import check_accuracy, result
from ...functional.strategies import SETTINGS
from ...values import Call
from .instances import CLASSES
from .memory import strewn

# Around the sizes of a vector, a block and a tile; sizes that are drawn more than once come up more often.
counts = st.sampled_from([1, 2, 3, 5, 7, 15, 16, 17, 33, 40, 255, 256, 257])
classes = st.sampled_from(sorted(CLASSES))
gaps = st.sampled_from([1, 1, 1, 2, 3])
offsets = st.sampled_from([0, 0, 1, 3])
dtypes = st.sampled_from(DTYPES)
LARGEST = 2**16


def laid(draw: Any, values: Tensor) -> Tensor:
    """The same values anywhere in memory: any order of axes, any gaps, any first element, some axes of stride 0."""
    dims = values.dim()
    # An axis of stride 0 repeats what its first element holds.
    for axis in range(dims):
        if draw(st.integers(0, 9)) == 0:
            values = values.narrow(axis, 0, 1).expand(values.shape)
            if draw(st.booleans()):
                return values
    return strewn(values, draw(st.permutations(range(dims))), [draw(gaps) for _ in range(dims)], draw(offsets))


def checked(call: Call, reduction: str) -> None:
    """The accuracy rule, bits that stay the same from run to run, and arguments that nobody writes to."""
    tensors = [value for value in call.arguments.values() if isinstance(value, Tensor)]
    before = [(value._version, value.clone()) for value in tensors]
    check_accuracy(call)
    (loss, slopes), (again, others) = (result(call, "ours", reduction) for _ in range(2))
    torch.testing.assert_close(again, loss, rtol=0, atol=0, equal_nan=True)
    for name, slope in slopes.items():
        torch.testing.assert_close(others[name], slope, rtol=0, atol=0, equal_nan=True)
    for value, (version, copy) in zip(tensors, before, strict=True):
        assert value._version == version
        torch.testing.assert_close(value, copy, rtol=0, atol=0, equal_nan=True)


@st.composite
def softmax_calls(draw: Any) -> tuple[Call, str]:
    """A cross entropy or a negative log likelihood of 1 to 4 axes with its classes anywhere, and a reduction."""
    function = draw(st.sampled_from(["cross_entropy", "cross_entropy", "nll_loss"]))
    c, shape = draw(classes), [draw(counts) for _ in range(draw(st.integers(0, 3)))]
    while c * math.prod(shape) > LARGEST:
        shape.remove(max(shape))
    dim = draw(st.integers(0, len(shape)))
    shape.insert(dim, c)
    kinds = ["int64", "int64", "int32", "int16", "uint8"] + ["probabilities", "probabilities"] * (function[0] == "c")
    target = draw(st.sampled_from(kinds))
    options = {} if function == "nll_loss" else draw(
        st.fixed_dictionaries(
            {},
            optional={
                "label_smoothing": st.sampled_from([0.1, 1.0]),
                "smoothing_weight": st.just("target"),
                "z_loss": st.just(0.01),
                "softcap": st.just(3.0),
            },
        )
    )  # fmt: skip
    values = draw(st.sampled_from(["normal", "normal", "dominant", "large"]))
    case = Softmax(
        f"{draw(st.integers(0, 999))}", "drawn", tuple(shape), dim if len(shape) > 1 else 1, target,
        "normal" if function == "nll_loss" else values, weighted=draw(st.booleans()),
        ignored=draw(st.sampled_from(["none", "some"])) if target in ("int64", "int32", "int16") else "none",
        options=options,
    )  # fmt: skip
    call = case.call(draw(dtypes), function)
    changes = {"input": laid(draw, call.arguments["input"]), "target": laid(draw, call.arguments["target"])}
    if target == "probabilities" and draw(st.booleans()):
        # Of another dtype than the logits.
        changes["target"] = changes["target"].to(draw(dtypes))
    return call.with_(**changes), draw(st.sampled_from(["none", "mean"]))


@st.composite
def sigmoid_calls(draw: Any) -> tuple[Call, str]:
    """A binary cross entropy of 0 to 5 axes, its weights broadcast along any of them, and a reduction."""
    shape = [draw(counts) for _ in range(draw(st.integers(0, 5)))]
    while math.prod(shape) > LARGEST:
        shape.remove(max(shape))
    broadcast = st.none() | st.integers(0, len(shape)).flatmap(
        lambda skip: st.tuples(*[st.sampled_from([1, n]) for n in shape[skip:]])
    )
    by_scores = draw(st.booleans())
    function = "binary_cross_entropy_with_logits" if by_scores else "binary_cross_entropy"
    # The slope of a probability magnifies the rounding of a smoothed target (test_shapes.py).
    smoothing = {"label_smoothing": st.sampled_from([0.1, 1.0])} if by_scores else {}
    options = draw(
        st.fixed_dictionaries({}, optional=smoothing | {"ignore_index": st.sampled_from([-1, float("nan")])})
    )
    case = Sigmoid(
        f"{draw(st.integers(0, 999))}", "drawn", tuple(shape), draw(st.sampled_from(["soft", "hard"])),
        weight=draw(broadcast), pos_weight=draw(broadcast), options=options,
    )  # fmt: skip
    call = case.call(draw(dtypes), function)
    changes = {name: laid(draw, call.arguments[name]) for name in ("input", "target")}
    for name in ("weight", "pos_weight"):
        if call.arguments.get(name) is not None:
            changes[name] = laid(draw, call.arguments[name])
    return call.with_(**changes), draw(st.sampled_from(["none", "mean"]))


@given(softmax_calls())
@settings(SETTINGS, max_examples=150)
def test_softmax(drawn: tuple[Call, str]) -> None:
    """Cross entropies and negative log likelihoods."""
    checked(*drawn)


@given(sigmoid_calls())
@settings(SETTINGS, max_examples=100)
def test_binary(drawn: tuple[Call, str]) -> None:
    """Binary cross entropies of scores and of probabilities."""
    checked(*drawn)
