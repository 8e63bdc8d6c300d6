"""Correctness before speed: loss and gradients are compared with torch's before anything is timed."""

from __future__ import annotations

import torch
from torch import Tensor

from .problem import Problem, step

# Elements compared at a time: the comparison takes little memory beside what it compares.
_CHUNK = 2**22


class WrongResultError(AssertionError):
    """A loss or gradient is not torch's; the text says which and by how much."""


def check(problem: Problem) -> None:
    """Compare our loss and gradients with torch's, which computes them in float32 where the tensors are narrower.

    Raises:
        WrongResultError: a number is too far away, or not finite.
    """
    dtype = problem.tensors[0].dtype
    ours, exact = problem.loss("crossent"), problem.widened()
    theirs = exact.loss("torch")
    _compare("the loss", ours(*problem.tensors), theirs(*exact.tensors), dtype, problem.slack)
    found, right = step(ours, problem.tensors), step(theirs, exact.tensors)
    for number, (gradient, expected) in enumerate(zip(found, right, strict=True), start=1):
        what = "the gradient" if len(found) == 1 else f"gradient {number}"
        _compare(what, gradient, expected, dtype, problem.slack)


def _compare(what: str, ours: Tensor, theirs: Tensor, dtype: torch.dtype, slack: float) -> None:
    """Compare elementwise: rtol alone would forbid any cancellation, a large atol would hide most of a softmax."""
    info = torch.finfo(dtype)
    relative = 1e-4 if dtype in (torch.float32, torch.float64) else 8 * info.eps
    # The second part is a step between the smallest numbers of the dtype, where gradients may underflow.
    absolute = slack * float(theirs.detach().abs().max()) + info.tiny * info.eps
    flat = (ours.detach().flatten(), theirs.detach().flatten())
    for mine, torchs in zip(*(t.split(_CHUNK) for t in flat), strict=True):
        # Not "too far": of NaN that is never true.
        near = (mine.to(torchs.dtype) - torchs).abs_() <= torchs.abs().mul_(relative).add_(absolute)
        if not bool(near.all()):
            first = int((~near).nonzero()[0, 0])
            raise WrongResultError(
                f"{what} is not torch's: {float(mine[first]):.6g} instead of {float(torchs[first]):.6g}; not timed"
            )
