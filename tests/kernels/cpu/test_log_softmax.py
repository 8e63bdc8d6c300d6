"""The log-softmax kernel, called by itself: the functions reach it only where classes do not lie side by side."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from crossent.kernels import cpu

from ...cases import DTYPES
from ...truth import assert_accurate
from .instances import CLASSES
from .memory import storage_of, strewn

if cpu.absence() is None:
    from crossent.kernels.cpu import log_softmax as kernel

# (P, C) and (O, C, I): where the classes end, and where tiles and planes do.
SHAPES = [(3, c) for c in CLASSES] + [(2, c, 5) for c in CLASSES if c <= 100]
SHAPES += [(0, 5), (103, 40), (257, 3), (1, 40, 257), (7, 33, 100), (90, 5, 3), (2, 33_000), (1, 2_100, 3)]


def drawn(shape: tuple[int, ...], dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Logits and an upstream gradient."""
    noise = torch.manual_seed(sum(shape))
    return tuple(torch.randn(shape, generator=noise).mul(3).to(dtype) for _ in range(2))  # type: ignore[return-value]


def forward(z: Tensor, out: Tensor | None = None) -> Tensor:
    """Log-probabilities, in a buffer that held NaN."""
    out = torch.full_like(z, torch.nan) if out is None else out
    kernel.forward(z, out)
    return out


def backward(g: Tensor, y: Tensor, out: Tensor | None = None) -> Tensor:
    """The gradient of the logits, in a buffer that held NaN."""
    out = torch.full_like(g, torch.nan) if out is None else out
    kernel.backward(g, y, out)
    return out


def of_torch(g: Tensor, y: Tensor) -> Tensor:
    """The same by torch's own kernel."""
    return torch._log_softmax_backward_data(g, y, 1, y.dtype)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_shapes(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    """Forward and backward obey the accuracy rule; the backward pass of what forward returned, rounded as it is."""
    z, g = drawn(shape, dtype)
    y = forward(z)
    assert_accurate(y, z.double().log_softmax(1), z.log_softmax(1))
    # g − p · Σ g: a part of the sum.
    unit = float(g.double().sum(1).abs().amax()) if g.numel() else 1.0
    truth = of_torch(g.double(), y.double())
    assert_accurate(backward(g, y), truth, of_torch(g, y), unit=max(1.0, unit))


PLACES = [((0, 1), (1, 1), 1), ((1, 0), (1, 1), 0), ((0, 1), (2, 3), 1), ((1, 0), (2, 1), 3)]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("into", PLACES, ids=str)
@pytest.mark.parametrize("place", PLACES, ids=str)
def test_memory(place: Any, into: Any, dtype: torch.dtype) -> None:
    """From anywhere in memory to anywhere else, and NaN stays NaN in the gaps."""
    for classes in (5, 40, 1030):
        z, g = drawn((21, classes), dtype)
        y = z.log_softmax(1)
        out, slope = (strewn(torch.full_like(z, torch.nan), *into) for _ in range(2))
        assert_accurate(forward(strewn(z, *place), out), z.double().log_softmax(1), y)
        backward(strewn(g, *into), strewn(y, *place), slope)
        unit = float(g.double().sum(1).abs().amax())
        assert_accurate(slope, of_torch(g.double(), y.double()), of_torch(g, y), unit=unit)
        for written in (out, slope):
            assert torch.equal(storage_of(written), storage_of(strewn(written.clone(), *into))), "written beside it"


INF, NAN = torch.inf, torch.nan
ROWS = {
    "one NaN": [NAN, 0.0, 1.0],
    "one inf": [0.0, INF, 1.0],
    "one masked": [-INF, 0.0, 1.0],
    "all masked": [-INF, -INF, -INF],
    "all inf": [INF, INF, INF],
    "huge": [1e30, 0.0, -1e30],
    "lowest": [torch.finfo(torch.float32).min, 0.0, 0.0],
    "highest": [torch.finfo(torch.float32).max, 0.0, 0.0],
    "far below": [0.0, -104.5, -200.0],
}


@pytest.mark.parametrize("repeat", [1, 20, 700])
@pytest.mark.parametrize("planes", [False, True], ids=["rows", "planes"])
def test_extremes(planes: bool, repeat: int) -> None:
    """Torch's results for infinities, NaN and masks, row by row and side by side."""
    z = torch.tensor(list(ROWS.values())).repeat_interleave(repeat, 1)
    expected = z.log_softmax(1)
    y = forward(z.t().contiguous()[None])[0].t() if planes else forward(z)
    torch.testing.assert_close(y, expected, rtol=1e-6, atol=1e-6, equal_nan=True)
    g = torch.linspace(-1, 2, z.numel()).reshape(z.shape)
    slope = of_torch(g, expected)
    if planes:
        got = backward(g.t().contiguous()[None], expected.t().contiguous()[None])[0].t()
    else:
        got = backward(g, expected)
    torch.testing.assert_close(got, slope, rtol=1e-5, atol=1e-3, equal_nan=True)


@pytest.mark.parametrize("shape", [(301, 1003), (60_001, 5), (2, 33, 5_003)], ids=str)
def test_threads(shape: tuple[int, ...]) -> None:
    """The bits do not depend on the threads."""
    z, g = drawn(shape, torch.float32)
    found = []
    try:
        for threads in (1, 2, 3, 7):
            torch.set_num_threads(threads)
            y = forward(z)
            found.append((y, backward(g, y)))
    finally:
        torch.set_num_threads(1)
    for y, slope in found[1:]:
        assert torch.equal(y, found[0][0])
        assert torch.equal(slope, found[0][1])
