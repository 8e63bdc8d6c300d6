"""The pictures of the report: matplotlib drawings that take their colours from the page they stand in."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Sequence
from typing import Any

import matplotlib
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ...wording import say
from ..evaluation.calibration import Calibration

# Drawn in these, and then replaced by the page's own, which know whether it is dark.
INK, FAINT, GRID = "#010101", "#020202", "#030303"
FIRST, SECOND, PAPER = "#040404", "#050505", "#060606"
_VARIABLES = {INK: "ink", FAINT: "faint", GRID: "line", FIRST: "first", SECOND: "second", PAPER: "paper"}
# A curve of more points would only make the page heavy.
_POINTS = 400

Series = Sequence[tuple[float, float]]


def curves(
    ax: Axes, series: dict[str, Series], best: tuple[float, float] | None, x_label: str, log: bool = False
) -> Axes:
    """Named lines over the steps, and where the best weights are from."""
    for name, points in series.items():
        points, color = thinned(points), SECOND if name == "validation" else FIRST
        marker = "o" if len(points) < 40 else None
        ax.plot(*zip(*points, strict=True), color=color, label=say(name), marker=marker, markersize=3, linewidth=1.7)
    if best is not None:
        ax.plot(*best, color=INK, marker="o", markersize=8, fillstyle="none", linestyle="none", label=say("best"))
    if log:
        ax.set_yscale("log")
    if len(series) > 1 or best is not None:
        ax.legend(frameon=False, fontsize=9, labelcolor=INK, loc="best", handlelength=1.4)
    ax.set_xlabel(x_label, loc="right")
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.xaxis.set_major_formatter("{x:,.0f}")
    return _clean(ax)


def reliability(ax: Axes, before: Calibration, after: Calibration | None, words: tuple[str, str]) -> Axes:
    """How often predictions of each confidence came true, beside the line on which they should lie."""
    ax.plot([0, 1], [0, 1], color=FAINT, linestyle=(0, (4, 3)), linewidth=1, label=say("perfect"))
    shown = ((before, FIRST, "as trained"), (after, SECOND, "with temperature"))
    most = max([1, *(bin.count for bin in before.bins)])
    for calibration, color, name in shown:
        full = [bin for bin in calibration.bins if bin.count] if calibration is not None else []
        if not full:
            continue
        x, y = [bin.confidence for bin in full], [bin.accuracy for bin in full]
        # The area of a point is the share of the predictions.
        sizes = [14 + 110 * bin.count / most for bin in full]
        ax.plot(x, y, color=color, linewidth=1.2, alpha=0.6)  # type: ignore[arg-type]
        ax.scatter(x, y, s=sizes, color=color, label=say(name), edgecolors=PAPER, linewidths=0.8, zorder=3)  # type: ignore[arg-type]
    ax.set_xlim(-0.03, 1.03)
    ax.set_ylim(-0.03, 1.03)
    ax.set_xlabel(words[0], loc="right")
    ax.set_ylabel(words[1], loc="top")
    legend = ax.legend(frameon=False, fontsize=9, labelcolor=INK, loc="lower right", handlelength=1.4)
    for handle in legend.legend_handles:
        if handle is not None and hasattr(handle, "set_sizes"):
            handle.set_sizes([40])
    return _clean(ax)


def trade_off(ax: Axes, points: Series, words: tuple[str, str], chance: Series) -> Axes:
    """A ROC or a precision-recall curve, with the line that guessing would give."""
    ax.plot(*zip(*chance, strict=True), color=FAINT, linestyle=(0, (4, 3)), linewidth=1)
    ax.plot(*zip(*thinned(points), strict=True), color=FIRST, linewidth=1.8)
    ax.set_xlim(-0.03, 1.03)
    ax.set_ylim(-0.03, 1.03)
    ax.set_xlabel(words[0], loc="right")
    ax.set_ylabel(words[1], loc="top")
    return _clean(ax)


def heat(ax: Axes, rows: Sequence[Sequence[float]]) -> Axes:
    """A matrix of many classes as shades, row by row scaled to its sum."""
    shades = [[value / (sum(row) or 1) for value in row] for row in rows]
    ax.imshow(shades, cmap="viridis", vmin=0, vmax=1, interpolation="nearest")
    ax.set_xlabel(say("prediction (number of the class)"), loc="right")
    ax.set_ylabel(say("label"), loc="top")
    return _clean(ax, grid=False)


def svg(draw: Any, *arguments: Any, name: str, label: str, size: tuple[float, float] = (4.4, 2.9)) -> Markup:
    """The drawing as SVG for the inside of a page: text as text, colours and fonts of the page, ids of its own.

    Args:
        draw: one of the functions above; the rest of its arguments follow.
        name: makes its ids differ from those of other drawings; no other drawing of the page has it.
        label: says what it shows to those who cannot see it.
        size: in inches at 10 points.
    """
    settings: Any = {"svg.fonttype": "none", "font.size": 10, "svg.hashsalt": name, "font.family": "sans-serif"}
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        # Only the measure is matplotlib's: the glyphs are those of the browser's fonts.
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        figure = Figure(figsize=size, layout="constrained")
        draw(figure.add_subplot(), *arguments)
        text = io.StringIO()
        FigureCanvasSVG(figure).print_svg(text, metadata={"Date": None, "Creator": None})  # type: ignore[no-untyped-call]
    return _embedded(text.getvalue(), name, label)


def thinned(points: Series) -> Series:
    """At most some hundreds of the points, with the first and the last."""
    step = -(-len(points) // _POINTS)
    return points if step <= 1 else [*points[:-1:step], points[-1]]


def _embedded(text: str, name: str, label: str) -> Markup:
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'<g id="patch_1">.*?</g>', "", text, count=1, flags=re.DOTALL)
    # Ids of matplotlib's are the same in every drawing; those that nothing refers to go.
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', text))
    text = re.sub(r' id="([^"]*)"', lambda m: f' id="{name}-{m[1]}"' if m[1] in used else "", text)
    text = re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", text)
    text = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font-size: \1px", text)
    text = re.sub(r' width="[\d.]+pt"| height="[\d.]+pt"', "", text, count=2)
    for color, variable in _VARIABLES.items():
        text = text.replace(color, f"var(--{variable})")
    return Markup(text.replace("<svg ", Markup('<svg role="img" aria-label="{}" ').format(label), 1).strip())


def _clean(ax: Axes, grid: bool = True) -> Axes:
    ax.set_facecolor("none")
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(GRID)
    ax.tick_params(colors=FAINT, which="both", length=0, labelsize=9)
    ax.xaxis.label.set_color(FAINT)
    ax.yaxis.label.set_color(FAINT)
    if grid:
        ax.grid(color=GRID, linewidth=0.8)
        ax.set_axisbelow(True)
    return ax
