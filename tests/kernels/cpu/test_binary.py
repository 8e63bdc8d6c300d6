"""The elementwise kernels: operands of any strides and types, walked in one common order."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
import torch

import crossent.functional as X

from ...cases import DTYPES, Sigmoid
from ...functional.check import check_accuracy, result
from ...values import Call
from .memory import replayed, storage_of, strewn, vast

NAN = torch.nan
FUNCTIONS = ("binary_cross_entropy_with_logits", "binary_cross_entropy")
EACH = pytest.mark.parametrize("function", FUNCTIONS)
# One axis to five; together they merge to one axis, to some, and to none.
SHAPES = ((70,), (7, 11), (3, 5, 7), (2, 3, 4, 5), (2, 3, 2, 5, 3))


def call(shape: tuple[int, ...], function: str, dtype: torch.dtype = torch.float32, **given: Any) -> Call:
    """A call at a shape."""
    return Sigmoid(f"{shape}", "", shape, **given).call(dtype, function)


def masks(dims: int) -> list[tuple[bool, ...]]:
    """Every choice of axes along which a weight is broadcast."""
    return [tuple(bool(number >> axis & 1) for axis in range(dims)) for number in range(2**dims)]


@EACH
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_weights_are_broadcast_along_every_axis(shape: tuple[int, ...], function: str) -> None:
    """weight broadcast along some axes, pos_weight along the others."""
    for mask in masks(len(shape)):
        weight, pos_weight = (
            tuple(1 if narrow is side else n for n, narrow in zip(shape, mask, strict=True)) for side in (True, False)
        )
        check_accuracy(call(shape, function, weight=weight, pos_weight=pos_weight, target="hard"))


@EACH
@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
@pytest.mark.parametrize("gaps", [(1, 1, 1), (2, 1, 1), (1, 3, 1), (1, 1, 2), (2, 3, 2)], ids=str)
def test_operands_lie_otherwise(gaps: tuple[int, ...], order: tuple[int, ...], function: str) -> None:
    """The input in one layout, the target in another, the weight in a third, each with NaN in its gaps."""
    for dtype in (torch.float32, torch.bfloat16):
        given = call((3, 5, 40), function, dtype, weight=(3, 5, 40))
        changes = {
            "input": strewn(given.arguments["input"], order, gaps, 1),
            "target": strewn(given.arguments["target"], order[::-1], gaps[::-1], 3),
            "weight": strewn(given.arguments["weight"], (1, 2, 0), (1, 2, 1)),
        }
        for names in (["input"], ["target"], ["input", "target"], list(changes)):
            check_accuracy(given.with_(**{name: changes[name] for name in names}))


@EACH
@pytest.mark.parametrize(
    "place", [((0, 1, 2), (1, 1, 1), 1), ((2, 0, 1), (1, 2, 1), 3), ((1, 2, 0), (2, 3, 2), 0)], ids=str
)
def test_gradients_are_written_where_they_lie(place: Any, function: str) -> None:
    """Gradients that lie otherwise than the input and the target have the same bits, and NaN stays NaN in the gaps."""
    for dtype in (torch.float32, torch.bfloat16):
        # With a target that takes no gradient the forward pass of a sum writes that of the input.
        for target, reduction, count in (("soft", "none", 2), ("uint8", "sum", 1)):
            given = call((3, 5, 40), function, dtype, weight=(40,), target=target)
            pairs = list(replayed(given, lambda x: strewn(torch.full_like(x, NAN), *place), reduction))
            assert len(pairs) >= count
            for got, expected in pairs:
                assert torch.equal(got, expected)
                assert torch.equal(storage_of(got), storage_of(strewn(expected, *place))), "written beside it"


@EACH
def test_operands_are_expanded(function: str) -> None:
    """Stride 0 along any axis of the input or of the target."""
    given = call((3, 5, 40), function, weight=(5, 40))
    for name in ("input", "target"):
        for axis in range(3):
            value = given.arguments[name]
            check_accuracy(given.with_(**{name: value.narrow(axis, 0, 1).expand(value.shape)}))


@EACH
@pytest.mark.parametrize("kind", ["bool", "uint8", "int8", "int16", "int32", "int64", *DTYPES], ids=str)
def test_targets_of_every_type(kind: Any, function: str) -> None:
    """Targets of any type beside inputs of any type: the bits of the same numbers in the input's accumulate type."""
    kind = getattr(torch, kind) if isinstance(kind, str) else kind
    t = (torch.arange(3 * 700) % 3 == 0).reshape(3, 700).to(kind)
    for dtype in DTYPES:
        given = call((3, 700), function, dtype, pos_weight=(700,))
        wide = torch.float64 if torch.float64 in (dtype, kind) else torch.float32
        for place in (t, strewn(t, (1, 0), (1, 2), 1)):
            for reduction in ("none", "mean"):
                (loss, slopes), (expected, true_slopes) = (
                    result(given.with_(target=target), "ours", reduction) for target in (place, t.to(wide))
                )
                # The result has the type that input and target are promoted to.
                assert torch.equal(loss, expected.to(loss.dtype))
                assert torch.equal(slopes["input"], true_slopes["input"])
                if "target" in slopes:
                    assert slopes["target"].dtype == kind
                    assert torch.equal(slopes["target"], true_slopes["target"].to(kind))


@EACH
@pytest.mark.parametrize("axes", [12, 13, 16])
def test_many_axes(axes: int, function: str) -> None:
    """Axes that do not merge, as the target has them in the opposite order; eight of one element do not count."""
    given = call((1,) * 8 + (2,) * axes, function)
    opposite = strewn(given.arguments["target"], tuple(reversed(range(8 + axes))))
    (loss, slopes), (expected, true_slopes) = (result(c, "ours", "none") for c in (given.with_(target=opposite), given))
    assert torch.equal(loss, expected)
    assert torch.equal(slopes["input"], true_slopes["input"])


@EACH
@pytest.mark.parametrize("mark", [-1.0, 0.5, NAN, 255.0])
def test_marks(mark: float, function: str) -> None:
    """Any number or NaN may mark the missing; any score there changes no bit and gets the gradient 0."""
    for dtype in DTYPES:
        given = call((3, 700), function, dtype, target="hard", weight=(700,)).with_(ignore_index=mark)
        t = given.arguments["target"].clone()
        t[:, ::3] = mark
        missing = t.isnan() if mark != mark else t == t[0, 0]
        for reduction in ("none", "sum", "mean"):
            (loss, slopes), (expected, true_slopes) = (
                result(
                    given.with_(target=t, input=given.arguments["input"].masked_fill(missing, junk)), "ours", reduction
                )
                for junk in (NAN, 0.25)
            )
            assert torch.equal(loss, expected)
            for name, slope in slopes.items():
                assert torch.equal(slope, true_slopes[name])
                assert not slope[missing].any()
        check_accuracy(given.with_(target=t))


BAD = (-1.0, 1.5, -0.001, 255.0, torch.inf, -torch.inf)


@EACH
@pytest.mark.parametrize("where", [0, 1023, 1024, 32_767, 32_768, 40_000])
def test_targets_out_of_range(where: int, function: str) -> None:
    """One value outside [0, 1], wherever it is, raises and is named; ignored it does not; NaN flows into the loss."""
    x, t = torch.full((40_001,), 0.5), torch.zeros(40_001)
    for value in BAD:
        t[where] = value
        with pytest.raises(RuntimeError, match=f"target should be between 0 and 1, got {value:g} .*position {where}"):
            getattr(X, function)(x, t)
        if abs(value) != torch.inf:
            assert getattr(X, function)(x, t, ignore_index=value).isfinite()
    t[where] = NAN
    assert getattr(X, function)(x, t).isnan()


@pytest.mark.parametrize("where", [0, 1023, 1024, 32_767, 32_768, 40_000])
def test_probabilities_out_of_range(where: int) -> None:
    """And so does an input that is no probability, NaN included; where the target is missing it does not matter."""
    x, t = torch.full((40_001,), 0.5), torch.zeros(40_001)
    for value in (*BAD, NAN):
        x[where] = value
        with pytest.raises(RuntimeError, match=f"input should be between 0 and 1, got {value:g} .*position {where}"):
            X.binary_cross_entropy(x, t)
        t[where] = -1
        assert X.binary_cross_entropy(x, t, ignore_index=-1).isfinite()
        t[where] = 0


EXTREMES = (torch.inf, -torch.inf, NAN, 3e38, -3e38, 1e30, 104.5, -104.5, 1e-40, -1e-40, 0.0, -0.0)


@pytest.mark.parametrize("target", [0.0, 1.0, 0.25])
def test_extreme_scores(target: float) -> None:
    """Infinite, huge, vanishing and no numbers, alone in a vector and beside each other."""
    for size in (1, 16, 19):
        rows = torch.tensor(EXTREMES).unsqueeze(1).expand(-1, size)
        for x in (rows, rows.t()):
            x = x.contiguous()
            check_accuracy(Call(FUNCTIONS[0], {"input": x, "target": torch.full_like(x, target)}))


# Input, target, weight and gradients of views that reach beyond 2**31 elements.
FAR = {"outer": ((3, 50), (2**30 + 7, 1)), "inner": ((50, 3), (1, 2**30 + 1)), "both": ((2, 3), (2**30 + 2**29, 2**28))}


@EACH
@pytest.mark.parametrize(("shape", "strides"), FAR.values(), ids=FAR)
def test_far_apart(shape: tuple[int, ...], strides: tuple[int, ...], function: str) -> None:
    """Elements more than 2**31 elements apart."""
    for dtype in (torch.float32, torch.bfloat16):
        given = call(shape, function, dtype, weight=shape)
        with vast(dtype, dtype, dtype) as stores:
            names = ("input", "target", "weight")
            far = {
                name: store.as_strided(shape, strides).copy_(given.arguments[name])
                for name, store in zip(names, stores, strict=True)
            }
            check_accuracy(given.with_(**far))
            free = iter(stores)
            for got, expected in replayed(given, lambda x, free=free: next(free).as_strided(shape, strides).fill_(NAN)):
                assert torch.equal(got, expected)
