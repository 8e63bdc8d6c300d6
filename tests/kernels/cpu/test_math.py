"""The elementary functions of the kernels: within 2 units in the last place of the truth, wherever they are used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import pytest
import torch

from crossent.kernels import cpu

# Units in the last place. tanh, of the soft cap alone, is a quotient of two results of expm1, each with its rounding.
LIMIT = 2.0
TANH_LIMIT = 3.0
Sweep = tuple[float, float, int]


@dataclass(frozen=True)
class Function:
    """One function: its truth in NumPy and in mpmath, and where and how densely it is looked at.

    A sweep is (from, to, step): every step-th float32 between two numbers of one sign. Steps are primes, so that no
    pattern of low bits is left out. `ends` are pairs of x and f(x).
    """

    name: str
    numpy: Callable[[Any], Any]
    mpmath: Callable[[Any], Any]
    sweeps: tuple[Sweep, ...]
    ends: tuple[tuple[float, float], ...]
    limit: float = LIMIT


INF, NAN, TINY = float("inf"), float("nan"), 2.0**-149

# The kernels compute exp of distances from the maximum, expm1 and tanh of soft-capped logits, log of sums, log1p of
# exp(−|x|), and log1m of a probability.
FUNCTIONS = [
    Function(
        "exp", np.exp, mpmath.exp,
        # Below −87.3 results are subnormal, below −103.97 they are 0; from 88.73 on they are infinite. Where the
        # result is 1 a few are enough.
        ((2.0**-20, 89, 37), (-(2.0**-20), -104, 37), (0, 2.0**-20, 9973), (-TINY, -(2.0**-20), 9973)),
        ((0, 1), (-0.0, 1), (INF, INF), (-INF, 0), (89, INF), (-104, 0), (3e38, INF), (-3e38, 0), (NAN, NAN)),
    ),
    Function(
        "expm1", np.expm1, mpmath.expm1,
        ((-TINY, -104, 101),),
        ((0, 0), (-0.0, 0), (-INF, -1), (-104, -1), (-3e38, -1), (-TINY, -TINY), (NAN, NAN)),
    ),
    Function(
        "log", np.log, mpmath.log,
        # All magnitudes, subnormals included; and next to 1, where the result vanishes.
        ((TINY, 3.4028235e38, 211), (0.9, 1.1, 3)),
        ((0, -INF), (-0.0, -INF), (1, 0), (INF, INF), (-1, NAN), (-TINY, NAN), (-INF, NAN), (NAN, NAN)),
    ),
    Function("log1p", np.log1p, mpmath.log1p, ((0, 1, 101),), ((0, 0), (TINY, TINY), (NAN, NAN))),
    Function(
        "log1m", lambda x: np.log1p(-x), lambda x: mpmath.log(1 - x) if x == 1 else mpmath.log1p(-x),
        ((0, 1, 101), (0.999, 1, 3)),
        ((0, 0), (1, -INF), (TINY, -TINY), (NAN, NAN)),
    ),
    Function(
        "tanh", np.tanh, mpmath.tanh,
        ((0, 20, 101), (-TINY, -20, 9973)),
        ((0, 0), (-0.0, 0), (20, 1), (-20, -1), (INF, 1), (-INF, -1), (3e38, 1), (TINY, TINY), (NAN, NAN)),
        TANH_LIMIT,
    ),
]  # fmt: skip
EACH = pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.name)
CODES = {np.dtype(np.float32): 0, np.dtype(np.float64): 1}


def evaluate(name: str, x: np.ndarray) -> np.ndarray:
    """f(x) as the kernels compute it."""
    y = np.full_like(x, 77)
    cpu._kernels.evaluate(name, CODES[x.dtype], x.ctypes.data, y.ctypes.data, x.size)
    return y


def swept(sweep: Sweep) -> Iterator[np.ndarray]:
    """The float32 numbers of a sweep, in pieces that stay in cache."""
    low, high, step = np.float32(sweep[0]).view(np.uint32), np.float32(sweep[1]).view(np.uint32), sweep[2]
    for start in range(int(low), int(high) + 1, step << 16):
        yield np.arange(start, min(start + (step << 16), int(high) + 1), step, dtype=np.uint32).view(np.float32)


def off(y: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """How many units in the last place of float32 lie between y and a truth in float64; infinity is the next number."""
    # 2**128, where float32 ends.
    y, truth = (np.clip(v.astype(np.float64), -(2.0**128), 2.0**128) for v in (y, truth))
    exponent = np.frexp(truth)[1] - 1
    return np.abs(y - truth) / np.ldexp(1.0, np.clip(exponent, -126, 127) - 23)


@EACH
def test_float32(function: Function) -> None:
    """A dense sweep of float32 against float64."""
    for sweep in function.sweeps:
        for x in swept(sweep):
            with np.errstate(divide="ignore", under="ignore"):
                wrong = off(evaluate(function.name, x), function.numpy(x.astype(np.float64)))
            worst = int(wrong.argmax())
            assert wrong[worst] <= function.limit, (
                f"{function.name}({float(x[worst]).hex()}) is {wrong[worst]:.3f} ulp off"
            )


def points(function: Function) -> np.ndarray:
    """Float64 numbers, a few thousand to a sweep: all magnitudes evenly, and the neighbours of the ends."""
    noise, found = np.random.default_rng(0), []
    for low, high, _ in function.sweeps:
        # exp of float64 ends at ±745, not at ±104.
        scale = 7.1 if function.name in ("exp", "expm1") and abs(high) > 80 else 1.0
        ends = np.sort(np.abs(np.array([low, high * scale]))).view(np.uint64)
        bits = noise.integers(ends[0], ends[1], 3000, dtype=np.uint64, endpoint=True)
        near = np.concatenate([ends + np.uint64(1), ends[1:] - np.arange(5, dtype=np.uint64)])
        values = np.concatenate([bits, near[(near >= ends[0]) & (near <= ends[1])]]).view(np.float64)
        even = noise.uniform(*ends.view(np.float64), 3000)
        found.append(np.copysign(np.concatenate([values, even]), high))
    return np.concatenate(found)


@EACH
def test_float64(function: Function) -> None:
    """Random numbers of every magnitude in float64 against 120 bits."""
    x = points(function)
    y = evaluate(function.name, x)
    with mpmath.workprec(120):
        truths = [
            function.mpmath(mpmath.mpf(float(v))) if v != 1 or function.name != "log1m" else -mpmath.inf for v in x
        ]
        wrong = [_off(float(got), truth) for got, truth in zip(y, truths, strict=True)]
    worst = int(np.argmax(wrong))
    assert wrong[worst] <= function.limit, f"{function.name}({float(x[worst]).hex()}) is {wrong[worst]:.3f} ulp off"


def _off(y: float, truth: Any) -> float:
    """As `off`, of one float64 and a truth of many digits."""
    if mpmath.isinf(truth) or truth == 0 or abs(truth) >= mpmath.mpf(2) ** 1024:
        return 0.0 if y == float(truth) else INF
    y = mpmath.mpf(2) ** 1024 * (1 if y > 0 else -1) if y in (INF, -INF) else mpmath.mpf(y)
    exponent = max(mpmath.frexp(truth)[1] - 1, -1022)
    return float(abs(y - truth) / mpmath.mpf(2) ** (exponent - 52))


@EACH
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_ends(function: Function, dtype: type) -> None:
    """Infinities, zeros, NaN, and numbers beyond the ranges, at every place of a vector and in what is left of one."""
    # 89 and 104 are ends of float32 alone.
    ends = [pair for pair in function.ends if dtype is np.float32 or abs(pair[0]) not in (89, 104)]
    for size in (1, 16, 19):
        for value, expected in ends:
            y = evaluate(function.name, np.full(size, value, dtype))
            np.testing.assert_array_equal(y, np.full(size, expected, dtype))


@EACH
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_place_changes_nothing(function: Function, dtype: type) -> None:
    """The same number gives the same bits at every place of a vector, and in what is left of one."""
    low, high, _ = function.sweeps[0]
    x = np.linspace(low, high, 41).astype(dtype)
    whole = evaluate(function.name, x)
    for start in range(1, 18):
        np.testing.assert_array_equal(evaluate(function.name, x[start:]), whole[start:])


def test_unknown_function() -> None:
    """A misspelt name must not look like a function that is exact."""
    x = torch.zeros(1)
    with pytest.raises(ValueError, match="there is no function sinh"):
        cpu._kernels.evaluate("sinh", 0, x.data_ptr(), x.data_ptr(), 1)
