"""Stats beside the loss: prediction (ties, NaN), whether it is right, lse, entropy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

import crossent.functional as X

from ... import truth as true
from ...truth import assert_accurate

# Classes: transposed planes; rows of one block; planes and rows of two blocks and of three.
SIZES = (1, 2, 20, 40, 70, 1030, 2100)
# Positions: a tile of planes and a part of one.
N = 300
DTYPES = (torch.float32, torch.float64, torch.bfloat16, torch.float16)
INF, NAN = torch.inf, torch.nan

# How the logits of a row come to have their highest class where it matters.
KINDS: dict[str, Callable[[Tensor, torch.Generator], Tensor]] = {
    "normal": lambda z, noise: z,
    "many ties": lambda z, noise: z.round(),
    "all alike": lambda z, noise: torch.ones_like(z),
    "both zeros": lambda z, noise: torch.zeros_like(z).copysign(z),
    "some NaN": lambda z, noise: z.masked_fill(torch.rand(z.shape, generator=noise) < 0.01, NAN),
    "all NaN": lambda z, noise: torch.full_like(z, NAN),
    "some +inf": lambda z, noise: z.masked_fill(torch.rand(z.shape, generator=noise) < 0.01, INF),
    "NaN and infinities": lambda z, noise: z.masked_fill(z < -2, -INF).masked_fill(z > 2, INF).masked_fill(
        torch.rand(z.shape, generator=noise) < 0.01, NAN
    ),
    "masked from the front": lambda z, noise: z.masked_fill(
        torch.arange(z.shape[1]) < torch.randint(z.shape[1] + 1, (len(z), 1), generator=noise), -INF
    ),
    "all masked": lambda z, noise: torch.full_like(z, -INF),
    "highest last": lambda z, noise: torch.arange(z.shape[1]).expand(z.shape).float() / 64,
    "highest first": lambda z, noise: torch.arange(z.shape[1], 0, -1).expand(z.shape).float() / 64,
}  # fmt: skip
EACH = pytest.mark.parametrize("kind", KINDS)
LAYOUTS = pytest.mark.parametrize("planes", [False, True], ids=["rows", "planes"])


def drawn(kind: str, classes: int, dtype: torch.dtype) -> Tensor:
    """(N, C) logits of a kind."""
    noise = torch.manual_seed(classes)
    return KINDS[kind](torch.randn(N, classes, generator=noise), noise).to(dtype)


def lay(values: Tensor, planes: bool) -> Tensor:
    """(N, C) or (N,) as it is, or with positions side by side, (1, C, N) or (1, N)."""
    return values.t().contiguous()[None] if planes and values.dim() == 2 else values[None] if planes else values


@EACH
@LAYOUTS
def test_prediction(planes: bool, kind: str) -> None:
    """The first of the highest logits, and the first NaN where there is one: NumPy's rule, and torch's."""
    for classes in SIZES:
        for dtype in DTYPES:
            z = drawn(kind, classes, dtype)
            y = torch.arange(N) % classes
            y[::5] = -100
            _, stats = X.cross_entropy(lay(z, planes), lay(y, planes), return_stats=True)
            highest = torch.from_numpy(np.argmax(z.double().numpy(), axis=1))
            assert torch.equal(stats.prediction, lay(highest, planes))
            assert torch.equal(stats.correct, lay(highest == y, planes))
            assert stats.weight == (y != -100).sum()


@EACH
@LAYOUTS
def test_prediction_beside_probabilities(planes: bool, kind: str) -> None:
    """Right is who agrees with the first of the likeliest classes of the target."""
    for classes in SIZES:
        z = drawn(kind, classes, torch.float32)
        for dtype in (torch.float32, torch.float16, torch.float64):
            p = torch.rand(N, classes, generator=torch.manual_seed(1)).mul(3).round().div(4).to(dtype)
            _, stats = X.cross_entropy(lay(z, planes), lay(p, planes), return_stats=True)
            highest, likeliest = (torch.from_numpy(np.argmax(v.double().numpy(), axis=1)) for v in (z, p))
            assert torch.equal(stats.prediction, lay(highest, planes))
            assert torch.equal(stats.correct, lay(highest == likeliest, planes))


@EACH
@LAYOUTS
@pytest.mark.parametrize("softcap", [None, 3.0])
def test_lse_and_entropy(softcap: float | None, planes: bool, kind: str) -> None:
    """Both are the truth's, ignored positions included; the loss is that of a call without stats, bit for bit."""
    for classes in SIZES[2:]:
        for dtype in DTYPES[:2]:
            z, y = drawn(kind, classes, dtype)[:40], torch.arange(40) % classes
            y[::5] = -100
            given = {"input": lay(z, planes), "target": lay(y, planes), "softcap": softcap}
            loss, stats = X.cross_entropy(**given, return_stats=True)
            truth = true.cross_entropy(**given)
            assert stats.lse.dtype == stats.entropy.dtype == dtype
            assert_accurate(stats.lse, truth.lse)
            # A sum of p · (lse − z), whose terms are of the size of the distances.
            assert_accurate(stats.entropy, truth.entropy, unit=10 + float(z.nan_to_num(0, 0, 0).abs().max()))
            plain = X.cross_entropy(**given)
            assert torch.equal(loss, plain) or (loss.isnan() and plain.isnan())


@LAYOUTS
def test_16_bits(planes: bool) -> None:
    """Stats of 16-bit logits are those of the same numbers in float32, in float32."""
    for classes in SIZES:
        for dtype in DTYPES[2:]:
            z, y = lay(drawn("normal", classes, dtype), planes), lay(torch.arange(N) % classes, planes)
            _, stats = X.cross_entropy(z, y, return_stats=True)
            _, wide = X.cross_entropy(z.float(), y, return_stats=True)
            for got, expected in zip(stats, wide, strict=True):
                assert torch.equal(got, expected)
