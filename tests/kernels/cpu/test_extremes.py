"""Infinities, NaN, masks and numbers near the end of their dtype, alone and side by side in one vector."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from ...cases import Softmax
from ...functional.check import check_accuracy, result
from ...values import Call
from .instances import TARGETS

INF, NAN, LOWEST = torch.inf, torch.nan, torch.finfo(torch.float32).min

# What is done to a row of logits z whose label is y. A block is 1,024 classes of a row or 32 planes.
ROWS: dict[str, Callable[[Tensor, int], Any]] = {
    "left alone": lambda z, y: None,
    "one NaN": lambda z, y: z[len(z) // 2].fill_(NAN),
    "NaN first": lambda z, y: z[0].fill_(NAN),
    "NaN last": lambda z, y: z[-1].fill_(NAN),
    "all NaN": lambda z, y: z.fill_(NAN),
    "one +inf": lambda z, y: z[len(z) // 2].fill_(INF),
    "+inf at the label": lambda z, y: z[y].fill_(INF),
    "all +inf": lambda z, y: z.fill_(INF),
    "all but the label masked": lambda z, y: _keep(z, y, -INF),
    "the label masked": lambda z, y: z[y].fill_(-INF),
    "the first half masked": lambda z, y: z[: len(z) // 2].fill_(-INF),
    "the first block of planes masked": lambda z, y: z[:32].fill_(-INF),
    "the first block of a row masked": lambda z, y: z[:1024].fill_(-INF),
    "the second half masked": lambda z, y: z[len(z) // 2 :].fill_(-INF),
    "every second masked": lambda z, y: z[::2].fill_(-INF),
    "all masked": lambda z, y: z.fill_(-INF),
    "all masked but NaN": lambda z, y: z.fill_(-INF)[-1].fill_(NAN),
    "both infinities": lambda z, y: (z[0].fill_(-INF), z[-1].fill_(INF)),
    "masked with the lowest number": lambda z, y: _keep(z, y, LOWEST),
    "all the lowest number": lambda z, y: z.fill_(LOWEST),
    "1e30": lambda z, y: z.mul_(1e30),
    "one 1e30": lambda z, y: z[0].fill_(1e30),
    "one -1e30": lambda z, y: z[0].fill_(-1e30),
    "halves at either end": lambda z, y: (z[: len(z) // 2].fill_(-1.5e38), z[len(z) // 2 :].fill_(1.5e38)),
    "subnormal": lambda z, y: z.mul_(1e-40),
    "zeros of both signs": lambda z, y: z.mul_(0.0),
    "one far above": lambda z, y: z[-1].add_(104.5),
    "one far below": lambda z, y: z[-1].sub_(104.5),
}
# A sum of distances of 3e38 is infinite in float32, in torch too: where mass on all classes sums them these stay as
# they are.
OVERFLOWING = ("masked with the lowest number", "halves at either end")
# Classes: transposed planes; rows of one block; planes and rows of two blocks and of three.
SIZES = (20, 40, 70, 1500, 2100)


def _keep(z: Tensor, y: int, mask: float) -> None:
    kept = z[y].clone()
    z.fill_(mask)[y] = kept


def extreme(classes: int, target: str, dtype: torch.dtype) -> Call:
    """All of ROWS, one after the other, so that they are lanes of one vector where positions lie side by side."""
    case = Softmax(f"extreme{classes}", "", (len(ROWS), classes), **KINDS[target] | {"ignored": "none"})
    given = case.call(dtype)
    z, y = given.arguments["input"].float(), given.arguments["target"]
    if case.by_index:
        # Class 2 weighs nothing: that is a test of its own.
        y = torch.where(y == 2, 3, y)
    labels = y if case.by_index else y.argmax(1)
    for row, ((name, spoil), label) in enumerate(zip(ROWS.items(), labels.tolist(), strict=True)):
        if name not in OVERFLOWING or not target.startswith(("smoothed", "probabilities")):
            spoil(z[row], label)
    return given.with_(input=z.to(dtype), target=y)


def in_planes(given: Call) -> Call:
    """The same call with positions side by side: (1, C, P)."""
    x, y = given.arguments["input"], given.arguments["target"]
    return given.with_(input=x.t().contiguous()[None], target=y[None] if y.dim() == 1 else y.t().contiguous()[None])


# And lse² of what no soft cap has made finite, and classes without any mass.
KINDS = TARGETS | {"z_loss": {"weighted": True, "options": {"z_loss": 0.01}}, "one_hot": {"target": "one_hot"}}
EACH = pytest.mark.parametrize("target", KINDS)
LAYOUTS = pytest.mark.parametrize("lay", [lambda given: given, in_planes], ids=["rows", "planes"])


@EACH
@LAYOUTS
@pytest.mark.parametrize("classes", SIZES)
def test_rows(classes: int, lay: Callable[[Call], Call], target: str) -> None:
    """Loss and gradient of every row are the truth's: NaN where it is NaN, infinite where it is infinite."""
    for dtype in (torch.float32, torch.float64, torch.bfloat16):
        check_accuracy(lay(extreme(classes, target, dtype)))


@LAYOUTS
@pytest.mark.parametrize("classes", SIZES)
def test_ignored_rows_do_not_matter(classes: int, lay: Callable[[Call], Call]) -> None:
    """Loss 0 and a gradient of exactly 0 for any logits; and their neighbours have the bits of a call without."""
    for target in ("weighted", "smoothed_class", "capped", "z_loss"):
        given = extreme(classes, target, torch.float32)
        x, y = given.arguments["input"], given.arguments["target"].clone()
        y[1:] = -100
        clean = given.with_(input=torch.where((y == -100)[:, None], 0.5, x), target=y)
        for reduction in ("none", "sum", "mean"):
            (loss, slopes), (expected, clean_slopes) = (
                result(lay(c), "ours", reduction) for c in (given.with_(target=y), clean)
            )
            assert torch.equal(loss, expected)
            assert torch.equal(slopes["input"], clean_slopes["input"])
            ignored = lay(clean).arguments["target"] == -100
            assert not slopes["input"].movedim(1, -1)[ignored].any()


@LAYOUTS
@pytest.mark.parametrize("classes", SIZES)
def test_a_class_that_weighs_nothing_costs_nothing(classes: int, lay: Callable[[Call], Call]) -> None:
    """Its own label masked, or a logit that is no number: the loss is 0."""
    for target in ("weighted", "smoothed_target"):
        given = extreme(classes, target, torch.float32)
        y = torch.full_like(given.arguments["target"], 2)
        x = given.arguments["input"].clone()
        x[::2, 2] = -INF
        loss, _ = result(lay(given.with_(input=x, target=y)), "ours", "none")
        assert not loss.any()
