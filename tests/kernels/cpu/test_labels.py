"""Class indices: of any integer type, anywhere in their range, and none of them outside of it."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

import crossent.functional as X

from ...functional.check import result
from ...values import Call

KINDS = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)
# Planes that are transposed, rows of one block, rows of two. (P, C) and, moved, (1, C, P).
SIZES = (5, 40, 1030)
LAYOUTS = pytest.mark.parametrize("planes", [False, True], ids=["rows", "planes"])
FUNCTIONS = pytest.mark.parametrize("function", ["cross_entropy", "nll_loss"])
# More positions than a tile has in any layout.
N = 300


def call(classes: int, labels: Tensor, planes: bool, function: str) -> Call:
    """A call with these labels, one per position."""
    x = torch.randn(len(labels), classes, generator=torch.manual_seed(classes)).log_softmax(1)
    given = {"input": x, "target": labels}
    if planes:
        given = {"input": x.t().contiguous()[None], "target": labels[None]}
    return Call(function, given | {"weight": torch.linspace(0.25, 4, classes)})


@FUNCTIONS
@LAYOUTS
@pytest.mark.parametrize("classes", SIZES)
def test_every_integer_type(classes: int, planes: bool, function: str) -> None:
    """Labels of every type give the bits of int64, marks included."""
    for kind in KINDS:
        most = min(classes, torch.iinfo(kind).max + 1)
        labels = torch.arange(N) % most
        mark = -100 if torch.iinfo(kind).min < -100 else 3
        labels[::7] = mark
        for reduction in ("none", "mean"):
            (loss, slopes), (expected, true_slopes) = (
                result(call(classes, labels.to(k), planes, function).with_(ignore_index=mark), "ours", reduction)
                for k in (kind, torch.int64)
            )
            assert torch.equal(loss, expected)
            assert torch.equal(slopes["input"], true_slopes["input"])


@LAYOUTS
def test_bool(planes: bool) -> None:
    """Two classes, as a comparison gives them."""
    labels = torch.arange(N) % 3 == 0
    (loss, slopes), (expected, true_slopes) = (
        result(call(2, y, planes, "cross_entropy"), "ours", "none") for y in (labels, labels.long())
    )
    assert torch.equal(loss, expected)
    assert torch.equal(slopes["input"], true_slopes["input"])


# What a label that is cut to 32 or to 8 bits, or used as an offset, would turn into a class.
STRAY = (-1, -(2**40), 2**40, 2**32, 2**32 + 1, -(2**63), 2**63 - 1, 2**31, -(2**31), 256)


@FUNCTIONS
@LAYOUTS
@pytest.mark.parametrize("classes", SIZES)
@pytest.mark.parametrize("where", [0, 1, 255, 256, N - 1])
def test_out_of_range(where: int, classes: int, planes: bool, function: str) -> None:
    """One stray label among many, wherever it is, raises and is named with its place; the classes around it do not."""
    for stray in (*STRAY, classes, classes + 1):
        if 0 <= stray < classes:
            continue
        labels = torch.arange(N) % classes
        labels[where] = stray
        place = f"\\(0, {where}\\)" if planes else f"{where}"
        text = rf"Target {stray} is out of bounds: the input has {classes} classes \(valid: 0…{classes - 1}\); " + (
            rf"{stray} appears 1 time, first at position {place}\."
        )
        with pytest.raises(IndexError, match=text):
            call(classes, labels, planes, function).ours()
        labels[where] = classes - 1
        assert call(classes, labels, planes, function).ours().isfinite()


@FUNCTIONS
@pytest.mark.parametrize("mark", [2**40, -(2**40), 2**31, -1, 1000])
def test_marks_far_out_of_range(mark: int, function: str) -> None:
    """Any int64 can be the mark, and a stray label beside it still raises."""
    labels = torch.arange(N) % 5
    labels[::3] = mark
    given = call(5, labels, False, function).with_(ignore_index=mark)
    assert not given.ours(reduction="none")[::3].any()
    assert given.ours().isfinite()
    labels[1] = mark + 1 if mark != -1 else -2
    with pytest.raises(IndexError, match="first at position 1"):
        given.with_(target=labels).ours()


def test_narrow_types_do_not_wrap() -> None:
    """In uint8, −100 is 156: a class here. In int8, 200 is −56: a class as little as −56 is."""
    x = torch.zeros(2, 157)
    assert X.cross_entropy(x, torch.tensor([156, 0], dtype=torch.uint8), reduction="none").bool().all()
    with pytest.raises(IndexError, match="Target -56 is out of bounds"):
        X.cross_entropy(x, torch.tensor([-56, 0], dtype=torch.int8), ignore_index=200)


@LAYOUTS
def test_a_batch_without_labels_that_count(planes: bool) -> None:
    """All ignored: 0 / 0 is NaN, the sum is 0, and the gradient is NaN or 0 accordingly, never what the memory held."""
    labels = torch.full((N,), -100)
    for classes in SIZES:
        given = call(classes, labels, planes, "cross_entropy")
        assert result(given, "ours", "mean")[0].isnan()
        for reduction in ("none", "sum"):
            loss, slopes = result(given, "ours", reduction)
            assert not loss.any()
            assert not slopes["input"].any()
        _, slopes = result(given.with_(on_empty="zero"), "ours", "mean")
        assert not slopes["input"].any()
