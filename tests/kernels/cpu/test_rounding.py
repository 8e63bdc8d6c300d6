"""16-bit floats are read exactly and written by round-to-nearest-even: every bit pattern, on every path."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from crossent.core.spec import SigmoidSpec
from crossent.kernels import cpu
from crossent.kernels.backend import NO_GUESS, NLLProblem, Results, SigmoidProblem

if cpu.absence() is None:
    from crossent.kernels.cpu import nll, sigmoid_xent

SHORT = pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
# A whole run; a run in strides; the ragged end of a run (65,535 and 65,533 are multiples of no vector width).
RUNS = pytest.mark.parametrize("run", [slice(None), slice(None, None, 3), slice(1, None), slice(1, -2)], ids=str)


def patterns(dtype: torch.dtype) -> Tensor:
    """Each of the 65,536 numbers of a 16-bit dtype, infinities and NaNs among them."""
    return torch.arange(-(2**15), 2**15, dtype=torch.int32).to(torch.int16).view(dtype)


def between(dtype: torch.dtype) -> Tensor:
    """Float32 numbers that must be rounded: half-way between two neighbours, just beside that, and the neighbours."""
    numbers = torch.arange(0, 2**15, dtype=torch.int32).to(torch.int16).view(dtype).float()
    numbers = numbers[numbers.isfinite()]
    # Half-way to what would come next: beyond the last number too, where rounding ends in infinity.
    step = torch.cat([numbers.diff(), (numbers[-1] - numbers[-2])[None]])
    middle = numbers + step / 2
    up, down = (torch.nextafter(middle, torch.tensor(end)) for end in (torch.inf, 0.0))
    every = torch.cat([numbers, middle, up, down, torch.tensor([torch.inf, torch.nan, 3.4028235e38, 2.0**-149])])
    noise = torch.randint(-(2**31), 2**31 - 1, (100_000,), generator=torch.manual_seed(0)).to(torch.int32)
    return torch.cat([every, -every, noise.view(torch.float32)])


def assert_same(got: Tensor, expected: Tensor) -> None:
    """The same bits; of NaN only that it is one."""
    assert got.dtype == expected.dtype
    kind = torch.int16 if got.dtype.itemsize == 2 else torch.int32
    nan = expected.isnan()
    assert torch.equal(got.isnan(), nan)
    assert torch.equal(got[~nan].contiguous().view(kind), expected[~nan].contiguous().view(kind))


def through_binary(weight: Tensor, out: Tensor) -> None:
    """`weight` written to `out`: the gradient of w·softplus(x) at x = 200, where σ(x) is 1 and 1 − σ(x) is nothing."""
    score = torch.full_like(weight, 200.0, dtype=torch.float32)
    zero, one = torch.zeros_like(score), torch.ones_like(score)
    problem = SigmoidProblem(score, zero, weight, None, SigmoidSpec(), "none")
    sigmoid_xent.backward(problem, one, torch.zeros(()), out, None, NO_GUESS)


def through_nll(log_p: Tensor) -> Tensor:
    """−x of each element, as one class of a position each: read and written one by one."""
    loss, total = torch.full((log_p.numel(),), torch.nan), torch.zeros((), dtype=torch.float64)
    labels = torch.zeros(log_p.numel(), dtype=torch.int64)
    nll.forward(log_p.unsqueeze(1), NLLProblem(labels, None, -100, "none"), Results(loss, total))
    return loss


@SHORT
@RUNS
def test_reading(dtype: torch.dtype, run: slice) -> None:
    """Every 16-bit number becomes its float32, in vectors, in strides, and at the end of a run."""
    given = patterns(dtype)[run]
    out = torch.full(given.shape, torch.nan)
    through_binary(given, out)
    assert_same(out, given.float())


@SHORT
@RUNS
def test_writing(dtype: torch.dtype, run: slice) -> None:
    """Every float32 at, beside and half-way between 16-bit numbers is rounded as torch rounds it."""
    given = between(dtype)[run].contiguous()
    whole = torch.full((3 * given.numel(),), torch.nan, dtype=dtype)
    for out in (whole[: given.numel()], whole[::3]):
        through_binary(given, out)
        assert_same(out, given.to(dtype))


@SHORT
def test_reading_one_by_one(dtype: torch.dtype) -> None:
    """And a single element likewise."""
    given = patterns(dtype)
    assert_same(-through_nll(given), given.float())


@SHORT
def test_writing_one_by_one(dtype: torch.dtype) -> None:
    """And so is a single element written."""
    given = between(dtype)
    labels, out = torch.zeros(given.numel(), dtype=torch.int64), torch.full((given.numel(), 1), torch.nan, dtype=dtype)
    total = torch.zeros((), dtype=torch.float64)
    nll.backward(NLLProblem(labels, None, -100, "none"), -given, total, out)
    assert_same(out.squeeze(1), given.to(dtype))


@SHORT
def test_reading_into_float64(dtype: torch.dtype) -> None:
    """Beside a float64 input 16-bit weights become float64 numbers, exactly."""
    given = patterns(dtype)
    given = given[given.isfinite()]
    score, out = torch.full(given.shape, 800.0).double(), torch.full(given.shape, torch.nan).double()
    zero, one = torch.zeros_like(score), torch.ones_like(score)
    problem = SigmoidProblem(score, zero, given, None, SigmoidSpec(), "none")
    sigmoid_xent.backward(problem, one, torch.zeros(()), out, None, NO_GUESS)
    assert torch.equal(out, given.double())
