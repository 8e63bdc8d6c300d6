"""The kernels of plain torch: the size of a tile changes nothing."""

import pytest
import torch

from crossent.core import layout

from ..backend import each
from ..values import Call
from .every_call import calls, run

backend = each("aten")


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
