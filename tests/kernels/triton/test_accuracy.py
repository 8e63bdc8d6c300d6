"""The accuracy rule for every named instance, and where the ways through the kernels part."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import crossent.functional as X
from crossent.kernels.triton import _launch
from crossent.kernels.triton._launch import Launch

from ... import truth as true
from ...cases import SIGMOID, SOFTMAX, Sigmoid, Softmax
from ...functional.check import check_accuracy
from ...truth import assert_accurate
from ..cpu.instances import at
from ..cpu.test_early import check as check_early
from ..cpu.test_stats import KINDS


@pytest.mark.parametrize("case", SOFTMAX, ids=lambda case: case.name)
def test_cross_entropy(case: Softmax) -> None:
    """Loss and gradients, by none, sum and mean."""
    check_accuracy(case.call(torch.float32))


@pytest.mark.parametrize("case", SOFTMAX[::4], ids=lambda case: case.name)
def test_cross_entropy_of_16_bits(case: Softmax) -> None:
    """Widened on the way in, rounded once on the way out."""
    check_accuracy(case.call(torch.bfloat16))


@pytest.mark.parametrize("function", ["binary_cross_entropy_with_logits", "binary_cross_entropy"])
@pytest.mark.parametrize("case", SIGMOID, ids=lambda case: case.name)
def test_binary(case: Sigmoid, function: str) -> None:
    """The same of the binary losses."""
    if (case.values == "edges") <= (function == "binary_cross_entropy"):
        check_accuracy(case.call(torch.float32, function))
        if case.shape == (5, 4):
            check_accuracy(case.call(torch.bfloat16, function))


# Shapes that take each way by themselves, with one class or position less or more than a tile has.
SHAPES = [
    Softmax("rows", "several rows to a program, the last one ragged", (9, 255)),
    Softmax("row", "the longest row that is one tile", (2, 8192)),
    Softmax("split", "one class more, and few rows: several programs to a row", (2, 8193)),
    Softmax("planes", "positions side by side: a tile, and one position", (2, 5, 257)),
    Softmax("many planes", "several tiles of classes, the last of them ragged", (2, 70, 40)),
    Softmax("flat planes", "planes too small for a program each", (3, 40, 7)),
]
# Ways that long rows take, forced on short ones: tiles of 16 classes.
FORCED = {
    "walk": Launch(4, 16, 4),
    "walk of full tiles": Launch(4, 8, 4),
    "peel": Launch(1, 16, 4, peel=8),
    "peel less": Launch(1, 32, 4, peel=4),
    "split": Launch(4, 16, 4, splits=3),
}


@pytest.mark.parametrize("target", ["weighted", "everything"])
@pytest.mark.parametrize("case", SHAPES, ids=lambda case: case.name)
def test_shapes(case: Softmax, target: str) -> None:
    """In float16, and early in float32."""
    check_accuracy(at(case, target).call(torch.float16))
    if case.name != "split":
        # With stats, which that compares too, a row is not split: other sums, other bits.
        check_early(at(case, target).call(torch.float32))


@pytest.mark.parametrize("target", ["weighted", "smoothed_class", "capped", "everything"])
@pytest.mark.parametrize("how", FORCED.values(), ids=list(FORCED))
def test_ways(how: Launch, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each way with every kind of target and all options: rows of several tiles and a part of one."""
    monkeypatch.setattr(_launch, "forward", lambda *sizes: how)
    call = at(Softmax("way", "", (3, 40)), target).call(torch.float32)
    check_accuracy(call)
    check_early(call)


@pytest.mark.parametrize("how", FORCED.values(), ids=list(FORCED))
def test_stats(how: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stats beside the loss, found over several tiles; a call with stats is never split."""
    splittable = []

    def forced(size: object, gradient: bool, heavy: bool, may_split: bool, processors: int) -> Launch:
        splittable.append(may_split)
        return replace(how, splits=1)

    monkeypatch.setattr(_launch, "forward", forced)
    for kind in KINDS:
        z = KINDS[kind](torch.randn(3, 40, generator=torch.manual_seed(7)), torch.manual_seed(8))
        y = torch.tensor([39, -100, 2])
        for softcap in (None,) if kind != "normal" else (None, 3.0):
            given = {"input": z, "target": y, "softcap": softcap}
            _, stats = X.cross_entropy(**given, return_stats=True)
            truth = true.cross_entropy(**given)
            highest = torch.from_numpy(np.argmax(z.numpy(), axis=1))
            assert torch.equal(stats.prediction, highest)
            assert torch.equal(stats.correct, highest == y)
            assert_accurate(stats.lse, truth.lse)
            assert_accurate(stats.entropy, truth.entropy, unit=10 + float(z.nan_to_num(0, 0, 0).abs().max()))
    assert not any(splittable)


@pytest.mark.parametrize("function", ["binary_cross_entropy_with_logits", "binary_cross_entropy"])
@pytest.mark.parametrize("n", [0, 1, 1025])
def test_binary_sizes(n: int, function: str) -> None:
    """Where a tile ends; early gradients for an upstream gradient that was not guessed, and for one that was."""
    for dtype in (torch.float32, torch.bfloat16):
        for options in ({}, {"ignore_index": -1}):
            case = Sigmoid(f"line_{n}", "", (n,), target="hard", weight=(n,), options=options)
            check_early(case.call(dtype, function))


AXES = [
    Sigmoid("rows", "one weight a row, one a column", (70, 33), weight=(70, 1), pos_weight=(33,)),
    Sigmoid("few", "rows of three, many to a program", (500, 3), pos_weight=(3,), target="hard"),
    Sigmoid("channels", "in planes of one tile and one element", (2, 3, 41, 25), weight=(3,), options={"dim": 1}),
    Sigmoid("corners", "more strides than the kernel takes", (2, 3, 4, 5), weight=(2, 1, 4, 1)),
    Sigmoid("nhwc", "channels side by side", (2, 3, 4, 5), weight=(3, 1, 1), memory="channels_last"),
]


@pytest.mark.parametrize("case", AXES, ids=lambda case: case.name)
def test_weights_of_any_axis(case: Sigmoid) -> None:
    """Weights keep their own strides, and no copy of the input's size is made of them where three will do."""
    check_accuracy(case.call(torch.float32))
    check_early(case.call(torch.bfloat16))
