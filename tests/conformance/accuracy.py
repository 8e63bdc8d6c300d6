"""The accuracy rule: as close to the float64 truth as torch is at the same dtype, or within one tolerance."""

import torch
from torch import Tensor

# (relative, absolute). 16 bits: one rounding step of the dtype. float32: torch.testing's own default.
# float64: the truth is torch at float64 itself, so only the order of a sum may differ.
TOLERANCE = {
    torch.float64: (1e-12, 1e-12),
    torch.float32: (1.3e-6, 1e-5),
    torch.bfloat16: (torch.finfo(torch.bfloat16).eps, 0.0),
    torch.float16: (torch.finfo(torch.float16).eps, 0.0),
}


def allowed(truth: Tensor, torchs: Tensor, products: bool = False) -> Tensor:
    """How far from the truth each element may lie.

    With `products` the largest error of torch and the largest element set it for all: an element of a 16-bit matrix
    product is a sum of rounded terms, whose errors fall on one element or on another.
    """
    relative, absolute = TOLERANCE[torchs.dtype]
    size, torchs_error = truth.abs(), (torchs.double() - truth).abs()
    if not truth.numel():
        return size
    largest = size.max()
    if products:
        size, torchs_error = largest.expand_as(size), torchs_error.max()
    # Below the smallest normal number a rounding step stops shrinking.
    step = relative * size.clamp_min(torch.finfo(torchs.dtype).smallest_normal)
    # A small difference of large terms (p − 1 of a confident row) is known to a float32 step of these terms.
    cancelled = torch.finfo(torch.float32).eps * largest if torchs.dtype.itemsize == 2 else 0.0
    return torchs_error + step + absolute + cancelled


def assert_as_accurate(ours: Tensor, torchs: Tensor, truth: Tensor, what: str, products: bool = False) -> None:
    """Assert the rule elementwise, and that dtype, shape and device are torch's."""
    for kind in ("dtype", "shape", "device"):
        got, expected = getattr(ours, kind), getattr(torchs, kind)
        assert got == expected, f"{what}: {kind} is {got}, torch's is {expected}"
    torchs, truth = torchs.detach(), truth.detach()
    limit = allowed(truth, torchs, products)
    value = ours.detach().double()
    # A value that overflows the dtype, or is not a number, has no distance: it must be the one that torch gives.
    close = (value - truth).abs() <= limit
    same = (value == torchs.double()) | (value.isnan() & torchs.isnan())
    bad = ~(close | same)
    if bad.any():
        i = tuple(bad.nonzero()[0].tolist())
        raise AssertionError(
            f"{what}: {int(bad.sum())} of {bad.numel()} elements are off, first at {i}: "
            f"ours {value[i].item()!r}, torch {torchs[i].item()!r}, truth {truth[i].item()!r}, "
            f"allowed {limit[i].item():.3g}"
        )


def assert_equal(got: Tensor, expected: Tensor, what: str) -> None:
    """Assert that two results at one dtype agree within its tolerance."""
    relative, absolute = TOLERANCE[expected.dtype]
    torch.testing.assert_close(
        got, expected, rtol=relative, atol=absolute, equal_nan=True, msg=lambda m: f"{what}: {m}"
    )


def assert_identical(got: Tensor, expected: Tensor, what: str) -> None:
    """Assert that two results are bitwise the same."""
    torch.testing.assert_close(
        got, expected, rtol=0, atol=0, equal_nan=True, msg=lambda m: f"{what}: not the same bits: {m}"
    )
