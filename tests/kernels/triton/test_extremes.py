"""Infinities, NaN, masks and numbers near the end of their dtype, in rows of one tile and of several."""

import pytest
import torch

from crossent.kernels.triton import _launch
from crossent.kernels.triton._launch import Launch

from ...functional.check import check_accuracy, result
from ..cpu.test_extremes import EACH, LAYOUTS, extreme


@EACH
@LAYOUTS
def test_rows(lay, target: str) -> None:  # type: ignore[no-untyped-def]
    """Loss and gradient of every row are the truth's: NaN where it is NaN, infinite where it is infinite."""
    check_accuracy(lay(extreme(20, target, torch.float32)))


@pytest.mark.parametrize("target", ["weighted", "smoothed_class", "one_hot", "everything", "z_loss"])
@pytest.mark.parametrize("how", [Launch(32, 8, 4), Launch(32, 8, 4, splits=3)], ids=["walk", "split"])
def test_rows_of_several_tiles(how: Launch, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A −∞ or NaN in one tile is no harm to the next."""
    monkeypatch.setattr(_launch, "forward", lambda *sizes: how)
    check_accuracy(extreme(20, target, torch.float32))


@pytest.mark.parametrize("how", [Launch(32, 32, 4), Launch(32, 8, 4), Launch(32, 8, 4, splits=3)], ids=str)
@pytest.mark.parametrize("target", ["weighted", "smoothed_class", "capped", "z_loss"])
def test_ignored_rows_do_not_matter(target: str, how: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loss 0 and a gradient of exactly 0 for any logits; their neighbours have the bits of a call without."""
    monkeypatch.setattr(_launch, "forward", lambda *sizes: how)
    given = extreme(20, target, torch.float32)
    x, y = given.arguments["input"], given.arguments["target"].clone()
    y[1:] = -100
    clean = given.with_(input=torch.where((y == -100)[:, None], 0.5, x), target=y)
    for reduction in ("none", "mean"):
        (loss, slopes), (expected, others) = (result(c, "ours", reduction) for c in (given.with_(target=y), clean))
        assert torch.equal(loss, expected)
        assert torch.equal(slopes["input"], others["input"])
        assert not slopes["input"][y == -100].any()
