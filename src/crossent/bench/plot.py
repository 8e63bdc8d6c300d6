"""Pictures of measurements; the one place of the bench that needs matplotlib (the extra `crossent[bench]`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from ..files import replacing

# Told apart in black and white too: a light grey and a dark blue.
COLORS = {"torch.compile": "#b9c0cb", "crossent": "#1f5fa8"}
LINES = ("#1f5fa8", "#d97706", "#4b8b5f", "#7a5195")
_INK, _FAINT, _GRID = "#22262b", "#6b7280", "#e6e8ec"
# A bar that goes on beyond this is cut and keeps its number: one slow case must not flatten the others.
_LONGEST = 2.5
_THICK = 0.37

_LEGEND: dict[str, Any] = {"ncols": 2, "frameon": False, "fontsize": 9, "labelcolor": _INK, "borderpad": 0}

Ratios = Mapping[str, float | None]


def bars(ax: Axes, ratios: Mapping[str, Ratios]) -> Axes:
    """Horizontal bars, a group per case: time over that of torch eager, which is the line at 1."""
    known = [value for row in ratios.values() for value in row.values() if value is not None]
    limit = min(_LONGEST, 1.1 * max([1.0, *known]))
    names = [name for name in COLORS if any(row.get(name) is not None for row in ratios.values())]
    for place, row in enumerate(ratios.values()):
        for number, name in enumerate(names):
            value = row.get(name)
            if value is not None:
                _bar(ax, place + (number - (len(names) - 1) / 2) * _THICK, value, name, limit)
    ax.axvline(1.0, color=_INK, linewidth=1.2, zorder=1)
    ax.text(1.0, -0.6, "torch eager", ha="center", va="bottom", fontsize=9, color=_INK)
    ax.set_xlim(0, limit)
    ax.set_ylim(len(ratios) - 0.45, -0.55)
    ax.set_yticks(range(len(ratios)), list(ratios))
    ax.set_xlabel("time of forward + backward ÷ torch eager (shorter is faster)", loc="left")
    handles = [ax.barh([0], [0], color=COLORS[name], label=name) for name in names]
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(0, 0), borderaxespad=3.4, **_LEGEND)
    return _clean(ax, "x")


def curves(ax: Axes, series: Mapping[str, Sequence[tuple[float, float]]], title: str, x_label: str) -> Axes:
    """Named lines through (x, y) points, over a logarithmic axis and from 0 up."""
    for color, (name, points) in zip(LINES, series.items(), strict=False):
        ax.plot(*zip(*points, strict=True), color=color, label=name, marker="o", markersize=4, linewidth=1.8, zorder=3)
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlabel(x_label, loc="left")
    ax.set_ylim(bottom=0)
    ax.set_title(title, loc="left", fontsize=10, color=_INK)
    ax.legend(**_LEGEND)
    return _clean(ax, "both")


def figure(width: float, height: float, title: str, subtitle: str) -> Figure:
    """An empty figure (inches) below two lines of title, with no window and none of pyplot's global state."""
    made = Figure(figsize=(width, height))
    FigureCanvasAgg(made)
    made.set_layout_engine("constrained", rect=(0.005, 0.01, 0.985, 0.99 - 0.68 / height), wspace=0.06)
    made.text(0.14 / width, 1 - 0.14 / height, title, va="top", fontsize=13, fontweight="bold", color=_INK)
    made.text(0.14 / width, 1 - 0.43 / height, subtitle, va="top", fontsize=9, color=_FAINT)
    return made


def save(made: Figure, path: Path) -> None:
    """Write a PNG file as a whole."""
    with replacing(path) as temporary:
        made.savefig(temporary, format="png", dpi=160)


def _bar(ax: Axes, y: float, value: float, name: str, limit: float) -> None:
    """A bar with its number, which stands inside the end of the bar unless that is too short."""
    end, inside = min(value, limit), value > 0.12 * limit
    ax.barh(y, end, _THICK * 0.94, color=COLORS[name], zorder=2)
    ax.annotate(
        f"{value:.2f}" if value <= limit else f"{value:.2f} ▸",
        (end, y),
        (-4 if inside else 4, 0),
        textcoords="offset points",
        ha="right" if inside else "left",
        va="center_baseline",
        fontsize=8.5,
        fontweight="bold" if name == "crossent" else "normal",
        color="white" if inside and name == "crossent" else _INK,
        zorder=3,
    )


def _clean(ax: Axes, grid: Literal["both", "x", "y"]) -> Axes:
    ax.grid(axis=grid, color=_GRID, linewidth=0.8, zorder=0)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(_GRID)
    ax.tick_params(colors=_INK, length=0, labelsize=9)
    ax.xaxis.label.set(color=_FAINT, fontsize=9)
    return ax
