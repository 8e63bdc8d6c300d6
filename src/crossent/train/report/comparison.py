"""Runs side by side: their figures, what their settings differ in, and what of their differences may be chance."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...files import write_text
from ...printable import in_shell
from ...wording import left, right, say, spoken, width
from ..errors import RunError
from ..evaluation.paired import Difference, paired_bootstrap
from ..state.folder import flat, read_config_file
from ..state.history import read_rows
from ..state.manifest import read_json
from .page import environment, style
from .sections import Cell, Drawing, Table, curves
from .summary import ELSEWHERE, figure, title

# Settings that say nothing about the model.
_NOT_OF_IT = ("out", "name", "lang", "logger", "threads", "accelerator", "devices", "nodes", "time_limit")
# Columns of predictions.csv that are compared, and what their means are called.
_COMPARED = {"correct": "samples right", "miou": "mean IoU", "pixel_accuracy": "pixel accuracy", "loss": "log loss"}
_LOWER = ("loss",)
_PERCENT = ("correct", "pixel_accuracy")
# Fewer common samples tell little.
_FEW = 30
_SURE = 0.001


@dataclass(frozen=True)
class Finished:
    """A finished run, as far as a comparison needs it.

    Attributes:
        folder: of the run.
        split: what was tested.
        figures: of that, by name.
        samples: what is known of each sample that was tested, by its id.
        settings: by whole name.
        seconds: of the training.
    """

    folder: Path
    split: str
    figures: dict[str, float | None]
    samples: dict[str, dict[str, str]]
    settings: dict[str, Any]
    seconds: float


@dataclass(frozen=True)
class Contrast:
    """The differences of a run to the first one, by column of predictions.csv."""

    folder: Path
    differences: dict[str, Difference]


@dataclass(frozen=True)
class Comparison:
    """Runs, the differences of all others to the first, and the settings in which they are not all alike."""

    runs: list[Finished]
    contrasts: list[Contrast]
    settings: dict[str, list[Any]]
    notes: list[str]


def compare(folders: Sequence[Path]) -> Comparison:
    """Compare finished runs by what they predicted for the samples that all of a pair were tested on.

    Raises:
        RunError: a folder holds no finished run, or runs were tested on different labels.
    """
    runs = [_finished(folder) for folder in folders]
    first, notes = runs[0], []
    contrasts = []
    for other in runs[1:]:
        common = [name for name in first.samples if name in other.samples]
        if len(common) < _FEW:
            notes.append(
                f"{other.folder} and {first.folder} were tested on {len(common):,} common samples, too few to compare "
                "by: train both with the same --seed, or with --folds"
            )
            continue
        contrasts.append(Contrast(other.folder, _differences(first, other, common)))
    names = [name for name in first.settings if name not in _NOT_OF_IT]
    values = {name: [run.settings[name] for run in runs] for name in names}
    settings = {name: each for name, each in values.items() if any(value != each[0] for value in each)}
    return Comparison(runs, contrasts, settings, notes)


def _finished(folder: Path) -> Finished:
    metrics, config = read_json(folder / "metrics.json"), folder / "config.yaml"
    if not metrics or not config.exists():
        raise RunError(
            f"{folder} holds no finished run: metrics.json is missing. If its training was interrupted: "
            f"crossent fit --resume {in_shell(folder)}"
        )
    scores = metrics.get("scores", {})
    figures = {"loss": scores.get("loss"), **scores.get("figures", {})}
    histories = [folder / "history.csv", *sorted(folder.glob("fold-*/history.csv"))]
    seconds = sum(row.seconds for path in histories if path.exists() for row in read_rows(path))
    samples: dict[str, dict[str, str]] = {}
    if (folder / "predictions.csv").exists():
        with open(folder / "predictions.csv", newline="", encoding="utf-8") as file:
            kept = ("label", *_COMPARED)
            samples = {row["id"]: {name: row[name] for name in kept if name in row} for row in csv.DictReader(file)}
    return Finished(folder, metrics.get("split", ""), figures, samples, flat(read_config_file(config)), seconds)


def _differences(first: Finished, other: Finished, common: list[str]) -> dict[str, Difference]:
    for name in common:
        one, two = (run.samples[name].get("label") for run in (first, other))
        if one != two:
            raise RunError(
                f"{name} is labelled {one!r} in {first.folder} and {two!r} in {other.folder}: they were tested on "
                "different data"
            )
    found = {}
    for column in _COMPARED:
        pairs = [(other.samples[name].get(column), first.samples[name].get(column)) for name in common]
        numbers = np.array([(float(a), float(b)) for a, b in pairs if a and b], dtype=np.float64).reshape(-1, 2)
        if len(numbers):
            found[column] = paired_bootstrap(numbers[:, 0] - numbers[:, 1])
    return found


def text(found: Comparison) -> str:
    """The comparison for a console."""
    parts = [_aligned(figures_table(found, ELSEWHERE), say("run"))]
    first = found.runs[0].folder
    for contrast in found.contrasts:
        lines = [f"  {sentence(column, item)}" for column, item in contrast.differences.items()]
        count = max(item.samples for item in contrast.differences.values())
        lines.insert(0, say(f"{contrast.folder} against {first}, on {count:,} common samples (95 % of resamples):"))
        parts.append("\n".join(lines))
    if found.settings:
        parts.append(_aligned(settings_table(found), say("setting")))
    parts += [say(f"Note: {note}") for note in found.notes]
    return "\n\n".join(parts)


def sentence(column: str, item: Difference) -> str:
    """One difference in words: how large it is, and whether chance alone explains it."""
    shown = [f"{100 * value:+.2f} %" if column in _PERCENT else f"{value:+.4f}" for value in item[:3]]
    better = (item.mean < 0) is (column in _LOWER)
    verdict = say("may be chance" if item.low <= 0 <= item.high else "better" if better else "worse")
    chance = f"= {item.p:.2g}" if item.p >= _SURE else f"< {_SURE:g}"
    return f"{say(_COMPARED[column])} {shown[0]} [{shown[1]}, {shown[2]}], p {chance}: {verdict}"


def figures_table(found: Comparison, left_out: Sequence[str] = ()) -> Table:
    """The figures of each run, but for some."""
    names = [name for name in dict.fromkeys(name for run in found.runs for name in run.figures) if name not in left_out]
    rows = []
    for run in found.runs:
        cells = [Cell(say(run.split)), Cell(f"{len(run.samples):,}")]
        cells += [Cell(figure(name, run.figures.get(name))) for name in names]
        rows.append((str(run.folder), [*cells, Cell(f"{run.seconds:.1f}")]))
    return Table([say("tested"), say("samples"), *map(title, names), say("seconds of training")], rows)


def settings_table(found: Comparison) -> Table:
    """The settings in which the runs differ."""
    rows = [(name, [Cell(str(value)) for value in values]) for name, values in found.settings.items()]
    return Table([str(run.folder) for run in found.runs], rows)


def _aligned(table: Table, corner: str) -> str:
    lines = [[corner, *table.head], *([name, *(cell.text for cell in cells)] for name, cells in table.rows)]
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join([left(line[0], widths[0]), *map(right, line[1:], widths[1:])]).rstrip() for line in lines
    )


def write_comparison(path: Path, found: Comparison) -> None:
    """Write the comparison as one page that needs no network."""
    drawings = []
    for number, run in enumerate(found.runs):
        for drawing in curves(run.folder, f"run{number}-")[:1]:
            drawings.append(Drawing(str(run.folder), drawing.svg))
    first = found.runs[0].folder
    contrasts = [
        (f"{item.folder} − {first}", [sentence(column, each) for column, each in item.differences.items()])
        for item in found.contrasts
    ]
    content = (
        environment()
        .get_template("compare.html")
        .render(
            figures=figures_table(found),
            settings=settings_table(found),
            contrasts=contrasts,
            curves=drawings,
            notes=list(map(say, found.notes)),
            language="zh-CN" if spoken() == "zh" else "en",
            style=style(),
        )
    )
    write_text(path, content)


def to_json(found: Comparison) -> dict[str, Any]:
    """The comparison in plain values."""
    return {
        "runs": [{"run": str(run.folder), "figures": run.figures, "seconds": run.seconds} for run in found.runs],
        "differences": [
            {
                "run": str(item.folder),
                "to": str(found.runs[0].folder),
                **{k: v._asdict() for k, v in item.differences.items()},
            }
            for item in found.contrasts
        ],
        "settings": found.settings,
        "notes": found.notes,
    }
