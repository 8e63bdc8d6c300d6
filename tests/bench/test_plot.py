"""Pictures hold what they should, and are written as PNG files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from crossent.bench import plot

RATIOS = {
    "cross entropy (1024, 1000)": {"torch.compile": 0.8, "crossent": 0.25},
    "BCE (32, 10)": {"torch.compile": 7.5, "crossent": 1.02},
    "no compiler here": {"torch.compile": None, "crossent": 0.02},
}


def test_bars_tell_their_numbers() -> None:
    ax = plot.figure(6, 4, "title", "subtitle").subplots()
    assert plot.bars(ax, RATIOS) is ax
    texts = [text.get_text() for text in ax.texts]
    # One bar is cut: at its length nothing else could be read.
    assert texts == ["0.80", "0.25", "7.50 ▸", "1.02", "0.02", "torch eager"]
    assert [label.get_text() for label in ax.get_yticklabels()] == list(RATIOS)
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["torch.compile", "crossent"]


def test_what_nobody_has_is_not_in_the_legend() -> None:
    ax = plot.bars(plot.figure(6, 4, "title", "subtitle").subplots(), {"a": {"torch.compile": None, "crossent": 0.5}})
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["crossent"]


def test_curves_go_through_their_points() -> None:
    ax = plot.figure(6, 4, "title", "subtitle").subplots()
    assert plot.curves(ax, {"1 thread": [(10, 0.5), (1000, 0.3)]}, "above", "classes") is ax
    assert [tuple(point) for point in ax.lines[0].get_xydata()] == [(10, 0.5), (1000, 0.3)]
    assert (ax.get_xscale(), ax.get_xlabel(), ax.get_ylim()[0]) == ("log", "classes", 0)


def test_a_picture_is_a_png_with_something_on_it(tmp_path: Path) -> None:
    path = tmp_path / "picture"
    made = plot.figure(6, 4, "title", "subtitle")
    plot.bars(made.subplots(), RATIOS)
    plot.save(made, path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert [file.name for file in tmp_path.iterdir()] == ["picture"]
    pixels = imread(path, format="png")
    assert pixels.shape == (640, 960, 4)
    # The background is white, and the bars of both are there in their colours.
    assert np.all(pixels[-1, -1] == 1)
    for color in plot.COLORS.values():
        rgb = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        assert np.isclose(pixels[..., :3], rgb, atol=0.01).all(-1).sum() > 1000


def test_a_failed_save_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = plot.figure(6, 4, "title", "subtitle")

    def fail(*arguments: object, **options: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(made, "savefig", fail)
    with pytest.raises(OSError, match="no space left"):
        plot.save(made, tmp_path / "picture.png")
    assert list(tmp_path.iterdir()) == []
