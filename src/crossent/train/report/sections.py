"""The contents of the sections of the report's page; their looks are in page.html."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ...wording import say
from ..evaluation.outputs import Outputs
from ..evaluation.scores import Scores
from ..tasks.base import Target
from ..tasks.metrics import ClassMetrics
from . import plots
from .findings import Report
from .summary import MEANS, counted, figure, short, title

# A matrix of more classes is a picture, not a table.
_CELLS = 25
# Beyond this, the classes with a good F1 are folded away.
CLASSES = 40


class Drawing(NamedTuple):
    """A drawing under its title."""

    title: str
    svg: str
    note: str = ""


class Cell(NamedTuple):
    """A cell of a table: its text, the length of the bar behind it, how it is set, and what it says when asked."""

    text: str
    share: float | None = None
    kind: str = ""
    title: str = ""


@dataclass
class Table:
    """A table whose rows have names; `foot` are means of the columns."""

    head: list[str]
    rows: list[tuple[str, list[Cell]]]
    foot: list[tuple[str, list[Cell]]] = field(default_factory=list)


class Classes(NamedTuple):
    """The table of classes; of many those with the lowest F1, and all of them folded away."""

    table: Table
    everything: Table | None
    dashes: bool


class Confusion(NamedTuple):
    """The matrix, as a table or a drawing, and the pairs confused most often."""

    table: Table | None
    drawing: Drawing | None
    pairs: list[str]


class Trust(NamedTuple):
    """How far probabilities can be trusted, in words and drawings."""

    words: str
    drawings: list[Drawing]


class Data(NamedTuple):
    """The data that were learnt from."""

    line: str
    warnings: list[str]
    table: Table


def curves(folder: Path, prefix: str = "") -> list[Drawing]:
    """Losses, metrics and the learning rate over the steps; `prefix`: of the names of the drawings."""
    path = folder / "history.csv"
    if not path.exists():
        return []
    with open(path, newline="", encoding="utf-8") as file:
        rows = [{name: float(value) for name, value in row.items() if value} for row in csv.DictReader(file)]
    if not rows:
        return []
    best = next((row for row in reversed(rows) if row.get("best")), None)
    along = "step" if "step" in rows[0] else "epoch"
    drawn = []
    for name in (name.removeprefix("val_") for name in rows[0] if name.startswith("val_")):
        parts = {"training": f"train_{name}", "validation": f"val_{name}"}
        points = {
            part: [(row[along], row[key]) for row in rows if _finite(row.get(key))] for part, key in parts.items()
        }
        series = {part: found for part, found in points.items() if found}
        mark = (best[along], best[f"val_{name}"]) if best is not None and _finite(best.get(f"val_{name}")) else None
        if series:
            label = say(f"{title(name)} over the training {along}s")
            drawing = plots.svg(plots.curves, series, mark, say(along), name=f"{prefix}curve-{name}", label=label)
            drawn.append(Drawing(title(name), drawing))
    rates = [(row[along], row["lr"]) for row in rows if _finite(row.get("lr"))]
    if len({rate for _, rate in rates}) > 1 and min(rate for _, rate in rates) > 0:
        label = say(f"learning rate over the training {along}s")
        drawing = plots.svg(plots.curves, {"lr": rates}, None, say(along), True, name=f"{prefix}curve-lr", label=label)
        drawn.append(Drawing(say("learning rate"), drawing))
    return drawn


def classes(report: Report) -> Classes | None:
    """The table of classes."""
    scores = report.scores
    if scores is None:
        return None
    lines = scores.classes
    whole = _classes(report, scores, lines, means=True)
    if len(lines) <= CLASSES:
        missing = any(value is None for line in lines for value in (line.precision, line.recall))
        return Classes(whole, None, missing)
    lowest = sorted(lines, key=lambda line: (line.f1 is None, line.f1))[:CLASSES]
    return Classes(_classes(report, scores, lowest, means=False), whole, False)


def _classes(report: Report, scores: Scores, lines: list[ClassMetrics], means: bool) -> Table:
    iou = report.task.target is Target.MASK
    ranked = any(line.roc_auc is not None for line in lines)
    rows = []
    for line in lines:
        values = [line.precision, line.recall, line.f1] + [line.iou] * iou
        cells = [Cell(short(value), value) for value in values]
        cells += [Cell(short(value)) for value in (line.roc_auc, line.average_precision)] * ranked
        rows.append((line.name, [*cells, Cell(f"{line.support:,.9g}"), Cell(f"{line.predicted:,.9g}")]))
    head = ["precision", "recall", "F1"] + ["IoU"] * iou + ["ROC-AUC", "AP"] * ranked + [counted(scores), "predicted"]
    averages = {name: scores.averages[name] for name in ("macro", "weighted", "micro")} if means else {}
    foot = [
        (say(MEANS[name]), [*_shorts((mean.precision, mean.recall, mean.f1)), *[Cell("")] * (len(head) - 3)])
        for name, mean in averages.items()
    ]
    return Table(list(map(say, head)), rows, foot)


def confusion(report: Report) -> Confusion | None:
    """The matrix, as a table or a picture, and the pairs confused most often."""
    scores = report.scores
    if scores is None:
        return None
    pairs = [say(f"{pair.label} taken for {pair.prediction}: {pair.count:,}") for pair in scores.confused[:10]]
    names, matrix = [line.name for line in scores.classes], scores.confusion
    if matrix is None:
        return Confusion(None, None, pairs)
    if len(names) > _CELLS:
        label = say("confusion matrix, each row scaled to its sum")
        drawing = plots.svg(plots.heat, matrix, name="confusion", label=label, size=(5, 5))
        return Confusion(None, Drawing("", drawing, say("Each row scaled to its sum.")), pairs)
    rows = [(name, _matrix_row(names, place, matrix[place])) for place, name in enumerate(names)]
    return Confusion(Table(names, rows), None, pairs)


def _matrix_row(names: list[str], place: int, counts: list[float]) -> list[Cell]:
    total = sum(counts) or 1
    cells = []
    for column, count in enumerate(counts):
        share = count / total
        # Rare confusions stay visible.
        shade = share if column == place else min(1.0, 2 * math.sqrt(share))
        kind = ("zero" if not count else "hit" if column == place else "miss") + (" deep" if shade > 0.55 else "")
        words = say(f"{names[place]} taken for {names[column]}: {count:,.9g} of {total:,.9g}")
        cells.append(Cell(f"{count:,.9g}", shade if count else None, kind, words))
    return cells


def trust(report: Report, outputs: Any) -> Trust | None:
    """The reliability diagram, and where there is one threshold the ROC and precision-recall curves."""
    scores, task = report.scores, report.task
    if scores is None or not scores.calibration.samples:
        return None
    words = ("probability", "share that is positive") if task.yes_no else ("confidence", "share that is right")
    after, fitted = report.calibrated, report.temperature
    useful = fitted is not None and fitted.value != 1.0
    label = say("how often predictions of each confidence came true")
    sides = (say(words[0]), say(words[1]))
    drawing = plots.svg(
        plots.reliability, scores.calibration, after if useful else None, sides, name="reliability", label=label
    )
    drawn = [Drawing(say("Reliability"), drawing, say("Below the dashed line the model is too sure of itself."))]
    if isinstance(outputs, Outputs) and len(task.thresholded) == 1 and scores.figures.get("roc_auc") is not None:
        drawn += _trade_offs(outputs, scores)
    sentence = say(f"Calibration error (ECE) {figure('ece', scores.calibration.ece)}")
    if fitted is not None and useful and after is not None:
        sentence += say(
            f"; with the logits divided by the temperature {fitted.value:.3g}, fitted on validation data, "
            f"{figure('ece', after.ece)}."
        )
        # Masks have classes and no probabilities.
        sentence += "" if task.target is Target.MASK else say(" `crossent predict --calibrated` uses it.")
    elif fitted is not None:
        sentence += say(f". No temperature was fitted: {fitted.reason}.")
    if task.target is Target.MASK:
        sentence += say(f" Measured on {scores.calibration.samples:,} pixels drawn from all images.")
    return Trust(sentence, drawn)


def _trade_offs(outputs: Outputs, scores: Scores) -> list[Drawing]:
    from sklearn.metrics import precision_recall_curve, roc_curve

    targets, counts = outputs.labelled()
    there = counts & ~outputs.logits.isnan()
    truth, p = (targets[there] == 1).numpy(), outputs.probabilities()[there].numpy()
    false, true, _ = roc_curve(truth, p)
    precision, recall, _ = precision_recall_curve(truth, p)
    share = float(truth.mean())
    roc = (list(zip(false, true, strict=True)), (say("false positives"), say("true positives")), [(0, 0), (1, 1)])
    pairs = list(zip(recall[::-1], precision[::-1], strict=True))
    curve = (pairs, (say("recall"), say("precision")), [(0, share), (1, share)])
    drawn = []
    for heading, name, arguments in (("ROC", "roc_auc", roc), ("Precision and recall", "average_precision", curve)):
        note = say(f"{title(name)} {figure(name, scores.figures[name])}; dashed: guessing.")
        drawing = plots.svg(plots.trade_off, *arguments, name=f"curve-{name}", label=say(heading))
        drawn.append(Drawing(say(heading), drawing, note))
    return drawn


def thresholds(report: Report) -> Table | None:
    """The thresholds tuned on validation, and what they change on the tested data."""
    if not report.thresholds or report.scores is None or report.tuned is None:
        return None
    offset = len(report.scores.classes) - len(report.thresholds)
    rows = []
    for place, item in enumerate(report.thresholds, start=offset):
        before, after = report.scores.classes[place], report.tuned.classes[place]
        cells = [*_shorts((item.probability, before.f1, after.f1)), Cell(f"{item.positives:,}")]
        rows.append((item.name, [*cells, Cell(say(item.rule), kind="name")]))
    head = ["threshold", f"F1 on {say(report.split)} at 0.5", "with the threshold", "in validation", ""]
    return Table(list(map(say, head)), rows)


def census(folder: Path) -> Data | None:
    """The data that were learnt from."""
    path = folder / "census.json"
    if not path.exists():
        return None
    known = json.loads(path.read_text(encoding="utf-8"))
    parts = {"train": "training", "val": "validation", "test": "test"}
    rows = [(line["name"], [Cell(f"{line[part]:,}") for part in parts]) for line in known.get("classes", [])]
    sizes = known.get("rows", {})
    counted = ", ".join(f"{sizes[part]:,} {say(name)}" for part, name in parts.items() if part in sizes)
    line = say(f"{known.get('source', '')}: {known.get('inputs', '')}; {counted} rows.")
    return Data(line, list(map(say, known.get("warnings", []))), Table(list(map(say, parts.values())), rows))


def _shorts(values: Iterable[float | None]) -> list[Cell]:
    return [Cell(short(value)) for value in values]


def _finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
