"""The bits do not depend on the threads, nor on the run: work and the order of sums are cut by the shape alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from ...functional.check import result
from ...values import Call

# One, the two of a small machine, an odd number, and more than there are processors here.
THREADS = (1, 2, 3, 7)
# More than seven tasks of 32,768 elements each, so that every thread gets one; ragged in every direction.
SHAPES = {
    "rows": (301, 1003),
    "long rows": (9, 40_001),
    "few classes": (60_001, 5),
    "planes": (2, 33, 5_003),
    "many planes": (1, 1_049, 301),
}


@pytest.fixture(autouse=True)
def threads_put_back() -> Iterator[None]:
    """Other tests run on one thread."""
    yield
    torch.set_num_threads(1)


def calls(shape: tuple[int, ...]) -> Iterator[tuple[str, Call]]:
    """Every kernel at a shape, in float32, and in bfloat16 for the path through scratch memory."""
    noise = torch.manual_seed(0)
    x = torch.randn(shape, generator=noise)
    positions = shape[:1] + shape[2:]
    y = torch.randint(shape[1], positions, generator=noise)
    y.view(-1)[::11] = -100
    p = torch.rand(shape, generator=noise)
    w = torch.rand(shape[1], generator=noise)
    for kind in (torch.float32, torch.bfloat16):
        z = x.to(kind)
        yield f"index {kind}", Call("cross_entropy", {"input": z, "target": y, "weight": w, "label_smoothing": 0.1})
        yield f"probabilities {kind}", Call("cross_entropy", {"input": z, "target": p.to(kind), "z_loss": 0.01})
        yield f"nll {kind}", Call("nll_loss", {"input": z, "target": y, "weight": w})
        yield f"scores {kind}", Call("binary_cross_entropy_with_logits", {"input": z, "target": p, "pos_weight": p})
        yield f"probability {kind}", Call("binary_cross_entropy", {"input": p.to(kind), "target": p, "weight": p})


def everything(call: Call) -> list[Tensor]:
    """All numbers that a call makes: each loss and its gradients, the mean, and the stats."""
    found: list[Any] = []
    for reduction in ("none", "mean"):
        loss, slopes = result(call, "ours", reduction)
        found += [loss, *slopes.values()]
    if call.function == "cross_entropy":
        found += call.ours(return_stats=True)[1]
    return found


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_threads_change_nothing(shape: tuple[int, ...]) -> None:
    """1, 2, 3 and 7 threads, and one again, give the same bits."""
    for name, call in calls(shape):
        torch.set_num_threads(1)
        expected = everything(call)
        for threads in (*THREADS[1:], 1):
            torch.set_num_threads(threads)
            for got, first in zip(everything(call), expected, strict=True):
                assert torch.equal(got, first), f"{name}, {threads} threads"
