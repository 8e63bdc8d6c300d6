"""However the tensors lie in memory: the same numbers, nothing read between them, nothing written beside them."""

from __future__ import annotations

from functools import partial
from itertools import cycle, permutations
from typing import Any

import pytest
import torch
from torch import Tensor

from ...cases import Softmax
from ...functional.check import check_accuracy
from ...values import Call
from .instances import TARGETS
from .memory import replayed, storage_of, strewn, vast

# (order of the axes in memory, gaps per axis in that order, elements before the first): two axes, then three.
PLACES = {
    "contiguous": ((0, 1), (1, 1), 0),
    "1 element off": ((0, 1), (1, 1), 1),
    "3 elements off": ((0, 1), (1, 1), 3),
    "gaps between rows": ((0, 1), (2, 1), 0),
    "gaps between classes": ((0, 1), (1, 2), 0),
    "gaps between both, 1 element off": ((0, 1), (2, 3), 1),
    "(C, N)": ((1, 0), (1, 1), 0),
    "(C, N), 1 element off": ((1, 0), (1, 1), 1),
    "(C, N), gaps between rows": ((1, 0), (1, 2), 0),
    "(C, N), gaps between classes": ((1, 0), (2, 1), 0),
}
ORDERS = {f"axes {order}, gaps {gaps}": (order, gaps, 1) for order in permutations(range(3)) for gaps in
          ((1, 1, 1), (2, 1, 1), (1, 2, 1), (1, 1, 2))}  # fmt: skip
# Classes: in planes wherever they lie; in rows where they lie side by side, one block and two.
SIZES = (5, 40, 1030)
# Read and written in place, and widened and rounded on the way.
BOTH_SIZES = (torch.float32, torch.bfloat16)


def call(shape: tuple[int, ...], target: str, dtype: torch.dtype, function: str = "cross_entropy") -> Call:
    """A call at a shape with classes on axis 1."""
    return Softmax(str(shape), "", shape, **TARGETS[target]).call(dtype, function)


def moved(given: Call, place: tuple[Any, ...]) -> Call:
    """The call with its tensors strewn: the input and probabilities alike, labels and weights with gaps."""
    order, gaps, offset = place
    changes = {}
    for name, value in given.arguments.items():
        if isinstance(value, Tensor):
            like_input = value.shape == given.arguments["input"].shape
            changes[name] = (
                strewn(value, order, gaps, offset) if like_input else strewn(value, (), [2] * value.dim(), 1)
            )
    return given.with_(**changes)


@pytest.mark.parametrize("classes", SIZES)
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_two_axes(place: Any, classes: int) -> None:
    """(N, C) logits, labels and probabilities, wherever they lie."""
    for dtype in BOTH_SIZES:
        for target in ("smoothed_class", "everything"):
            check_accuracy(moved(call((21, classes), target, dtype), place))
        check_accuracy(moved(call((21, classes), "weighted", dtype, "nll_loss"), place))


@pytest.mark.parametrize("classes", SIZES[:2])
@pytest.mark.parametrize("place", ORDERS.values(), ids=ORDERS)
def test_three_axes(place: Any, classes: int) -> None:
    """(N, C, L) logits, with the class axis outermost, in the middle and innermost in memory."""
    for dtype in BOTH_SIZES:
        for target in ("smoothed_class", "everything"):
            check_accuracy(moved(call((3, classes, 7), target, dtype), place))
        check_accuracy(moved(call((3, classes, 7), "weighted", dtype, "nll_loss"), place))


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("classes", SIZES[:2])
def test_expanded(axis: int, classes: int) -> None:
    """Stride 0 along any axis, of the logits, of the probabilities, and of the labels."""
    for target in ("weighted", "probabilities_weighted"):
        given = call((3, classes, 7), target, torch.float32)
        for name in ("input", "target"):
            value = given.arguments[name]
            if axis < value.dim():
                one = value.narrow(axis, 0, 1)
                check_accuracy(given.with_(**{name: one.expand(value.shape)}))


PAIRS = {"(N, C)": ((0, 1), (1, 1), 0), "(C, N)": ((1, 0), (1, 1), 1), "gaps": ((0, 1), (2, 3), 1)}


@pytest.mark.parametrize("logits", PAIRS.values(), ids=PAIRS)
@pytest.mark.parametrize("target", PAIRS.values(), ids=PAIRS)
def test_probabilities_lie_otherwise(logits: Any, target: Any) -> None:
    """Logits in one layout, probabilities in another, each with the gradient beside it."""
    for classes in SIZES:
        given = call((21, classes), "everything", torch.float32)
        x, p = given.arguments["input"], given.arguments["target"]
        check_accuracy(given.with_(input=strewn(x, *logits), target=strewn(p, *target)))


def strewn_alike(like: Tensor, place: Any) -> Tensor:
    """NaN wherever a tensor like this would lie in this place, and between."""
    return strewn(torch.full_like(like, torch.nan), *place)


@pytest.mark.parametrize("classes", SIZES)
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_gradients_are_written_where_they_lie(place: Any, classes: int) -> None:
    """A gradient that lies otherwise than its logits has the same bits, and NaN stays NaN in the gaps."""
    calls = [call((21, classes), target, dtype) for target in ("weighted", "everything") for dtype in BOTH_SIZES]
    calls += [call((21, classes), "weighted", dtype, "nll_loss") for dtype in BOTH_SIZES]
    for given in calls:
        for reduction in ("none", "sum"):
            lay = partial(strewn_alike, place=place)
            pairs = list(replayed(given, lay, reduction))
            assert len(pairs) >= (2 if given.arguments["target"].is_floating_point() else 1)
            for got, expected in pairs:
                assert torch.equal(got, expected)
                assert torch.equal(storage_of(got), storage_of(strewn(expected, *place))), "written beside the gradient"


# Shape and strides of views that reach beyond 2**31 elements, and beyond 2**31 bytes in each of their axes.
FAR = {
    "rows": ((3, 40), (2**30 + 7, 1)),
    "rows of two blocks": ((2, 1030), (2**31 + 3, 1)),
    "classes": ((300, 3), (1, 2**30 + 1)),
    "outer and inner": ((2, 4, 3), (2**30 + 2**29, 2**27 + 1, 2**28 + 5)),
    "inner": ((2, 33, 3), (5000, 64, 2**30 + 9)),
}


@pytest.mark.parametrize(("shape", "strides"), FAR.values(), ids=FAR)
@pytest.mark.parametrize("kind", ["smoothed_class", "everything", "nll"])
def test_far_apart(shape: tuple[int, ...], strides: tuple[int, ...], kind: str) -> None:
    """Elements more than 2**31 elements apart are read there, and gradients are written there."""
    function, target = ("nll_loss", "weighted") if kind == "nll" else ("cross_entropy", kind)
    for dtype in BOTH_SIZES:
        given = call(shape, target, dtype, function)
        with vast(dtype, dtype) as stores:
            x, p = (store.as_strided(shape, strides) for store in stores)
            changes = {"input": x.copy_(given.arguments["input"])}
            if given.arguments["target"].is_floating_point():
                changes["target"] = p.copy_(given.arguments["target"])
            check_accuracy(given.with_(**changes))
            # The gradients have the shapes of the logits, so each takes one of the stores.
            for reduction in ("none", "sum"):
                free = cycle((x, p))
                for got, expected in replayed(given, lambda _, free=free: next(free).fill_(torch.nan), reduction):
                    assert torch.equal(got, expected)
