"""The blocked kernels: they overwrite their buffers completely, and the size of a tile changes nothing."""

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from xent.core import layout

from ..cases import LINEAR, SIGMOID, SOFTMAX
from ..functional.check import result
from ..ops.recorder import poisoned, recorded, written
from ..values import Call

SOFTMAX_ONLY = {"label_smoothing", "smoothing_weight", "z_loss", "softcap"}


def calls(dtype: torch.dtype) -> list[Any]:
    """Every named instance at one dtype."""
    found = [("cross_entropy", case) for case in SOFTMAX]
    found += [("nll_loss", case) for case in SOFTMAX if case.by_index and not SOFTMAX_ONLY & set(case.options)]
    for name in ("binary_cross_entropy_with_logits", "binary_cross_entropy"):
        found += [(name, case) for case in SIGMOID if (case.values == "edges") <= (name == "binary_cross_entropy")]
    made = [(f"{name}-{case.name}", case.call(dtype, name)) for name, case in found if case.fits(dtype)]
    made += [(f"linear_cross_entropy-{case.name}", case.call(dtype)) for case in LINEAR]
    return [pytest.param(call, id=name) for name, call in made]


def run(call: Call) -> list[Tensor]:
    """Losses, gradients and stats of a call, summed and not."""
    values: list[Tensor] = []
    for reduction in ("mean",) if "normalizer" in call.arguments else ("none", "mean"):
        loss, slopes = result(call, "ours", reduction)
        values += [loss, *slopes.values()]
    if call.function not in ("nll_loss", "binary_cross_entropy"):
        values += [value for value in call.ours(return_stats=True)[1] if value is not None]
    return values


@pytest.mark.parametrize("call", calls(torch.float32) + calls(torch.bfloat16))
def test_buffers_are_overwritten_completely(call: Call) -> None:
    """Whatever a buffer held before, it holds the result after, and what is no buffer keeps its bits."""
    with recorded() as operators:
        run(call)
    assert operators
    for operator, arguments in operators:
        again = poisoned((operator, arguments))
        given = [x for x in tree_leaves(arguments) if isinstance(x, Tensor)]
        copies = [x.clone() for x in given]
        operator(*again[1])
        pairs = zip(tree_leaves(written(again)), tree_leaves(written((operator, arguments))), strict=True)
        for got, expected in [*pairs, *zip(given, copies, strict=True)]:
            if expected is not None:
                torch.testing.assert_close(got, expected, rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("elements", [1, 7, 64])
@pytest.mark.parametrize("call", calls(torch.float64))
def test_tiles_change_nothing(call: Call, elements: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiles of one position, of a few with a ragged last one, and of many give what one tile gives."""
    expected = run(call)
    monkeypatch.setattr(layout, "tile_elements", lambda device: elements)
    for a, b in zip(run(call), expected, strict=True):
        # The order of a sum may differ, nothing else.
        torch.testing.assert_close(a, b, rtol=1e-13, atol=1e-15, equal_nan=True)


def test_tiny_tiles_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above does cut: 150 positions of 2 planes fall into 64 + 64 + 22 twice, 7 rows into 7."""
    monkeypatch.setattr(layout, "tile_elements", lambda device: 7)
    tiles = [at for _, at in layout.class_tiles(torch.Size((2, 3, 150)), layout.tile_elements(torch.device("cpu")))]
    assert [(at[0].start, at[1].start, at[1].stop) for at in tiles] == [
        (o, start, stop) for o in range(2) for start, stop in ((0, 64), (64, 128), (128, 150))
    ]
    assert len(list(layout.class_tiles(torch.Size((7, 37)), 7))) == 7


@pytest.mark.parametrize("threads", [1, 2])
def test_tiles_grow_with_the_threads(threads: int) -> None:
    """A CPU tile holds several of torch's grains (32,768 elements) for every thread; other devices take more."""
    torch.set_num_threads(threads)
    size = layout.tile_elements(torch.device("cpu"))
    torch.set_num_threads(1)
    assert size >= 4 * 32_768 * threads
    assert layout.tile_elements(torch.device("cuda")) > size
