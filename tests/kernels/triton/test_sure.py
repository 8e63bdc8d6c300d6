"""Rows and scores that are nearly sure keep the digits of what is left."""

import pytest
import torch

from crossent.kernels.triton import _launch
from crossent.kernels.triton._launch import Launch

from ...functional.test_sure import test_infinite_scores, test_sure_scores
from ..cpu.test_sure import OPTIONS, SIZES, compare_digits, compare_sure_of_another_class, compare_two_classes

__all__ = ["test_infinite_scores", "test_sure_scores"]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_two_classes(dtype: torch.dtype) -> None:
    """[17.5, 0], and its gradient."""
    compare_two_classes(dtype, 100)


def test_sure_of_another_class() -> None:
    """A row that is sure of another class than its own."""
    compare_sure_of_another_class(30)


@pytest.mark.parametrize("planes", [False, True], ids=["rows", "planes"])
@pytest.mark.parametrize("classes", SIZES)
@pytest.mark.parametrize("name", OPTIONS)
def test_digits(name: str, classes: int, planes: bool) -> None:
    """Six digits, of labels: lists and probabilities are summed with the class that is sure."""
    compare_digits(name, classes, planes, listed=False)


@pytest.mark.parametrize("how", [Launch(4, 16, 4), Launch(1, 16, 4, splits=3), Launch(1, 16, 4, peel=4)], ids=str)
@pytest.mark.parametrize("name", ["plain", "weighted", "z-loss"])
def test_rows_of_several_tiles(name: str, how: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    """The label's class may stand in any tile of a walk, or in any part of a row that is split."""
    monkeypatch.setattr(_launch, "forward", lambda *sizes: how)
    compare_digits(name, 40, planes=False, listed=False)
