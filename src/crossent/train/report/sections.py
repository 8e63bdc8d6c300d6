"""The sections of the report's page."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..evaluation.outputs import Outputs
from ..tasks.base import Target
from . import plots
from .markup import cell, details, figure, paragraph, section, text
from .summary import figure as number
from .summary import short, title

if TYPE_CHECKING:
    from ..evaluation.scores import Scores
    from ..tasks.metrics import ClassMetrics
    from .finish import Report

# A matrix of more classes is a picture, not a table.
_CELLS = 25
# Beyond this, the classes with a good F1 are folded away.
_CLASSES = 40


def curves(folder: Path) -> str:
    """Losses, figures and the learning rate over the steps."""
    path = folder / "history.csv"
    if not path.exists():
        return ""
    with open(path, newline="", encoding="utf-8") as file:
        rows = [{name: float(value) for name, value in row.items() if value} for row in csv.DictReader(file)]
    if not rows:
        return ""
    best = next((row for row in reversed(rows) if row.get("best")), None)
    along = "step" if "step" in rows[0] else "epoch"
    drawn = []
    names = [name.removeprefix("val_") for name in rows[0] if name.startswith("val_")]
    for name in names:
        series = {}
        for part, word in (("train", "training"), ("val", "validation")):
            points = [(row[along], row[key]) for row in rows if _finite(row.get(key := f"{part}_{name}"))]
            if points:
                series[word] = points
        mark = (best[along], best[f"val_{name}"]) if best is not None and _finite(best.get(f"val_{name}")) else None
        if series:
            heading = title(name)
            label = f"{heading} over the training {along}s"
            drawing = plots.svg(plots.curves, series, mark, along, name=f"curve-{name}", label=text(label))
            drawn.append(figure(heading, drawing))
    rates = [(row[along], row["lr"]) for row in rows if _finite(row.get("lr"))]
    if len({rate for _, rate in rates}) > 1 and min(rate for _, rate in rates) > 0:
        label = f"learning rate over the training {along}s"
        drawing = plots.svg(plots.curves, {"lr": rates}, None, along, True, name="curve-lr", label=label)
        drawn.append(figure("learning rate", drawing))
    return section("Training", f'<div class="plots">{"".join(drawn)}</div>') if drawn else ""


def classes(report: Report) -> str:
    """The table of classes."""
    scores = report.scores
    if scores is None:
        return ""
    lines = scores.classes
    if len(lines) <= _CLASSES:
        return section("Classes", _table(report, scores, lines, means=True), _dash_note(lines))
    lowest = sorted(lines, key=lambda line: (line.f1 is None, line.f1))
    count = f"The {_CLASSES} of {len(lines):,} classes with the lowest F1."
    everything = details("All classes", _table(report, scores, lines, means=True))
    return section(
        "Classes", paragraph(count, "faint"), _table(report, scores, lowest[:_CLASSES], means=False), everything
    )


def _table(report: Report, scores: Scores, lines: list[ClassMetrics], means: bool) -> str:
    iou = report.task.target is Target.MASK
    ranked = any(line.roc_auc is not None for line in lines)
    titles = ["precision", "recall", "F1"] + ["IoU"] * iou + ["ROC-AUC", "AP"] * ranked + ["support", "predicted"]
    head = "".join(f"<th>{title}</th>" for title in titles)
    rows = []
    for line in lines:
        values = [line.precision, line.recall, line.f1] + [line.iou] * iou
        cells = "".join(cell(short(value), value) for value in values)
        if ranked:
            cells += cell(short(line.roc_auc)) + cell(short(line.average_precision))
        cells += cell(f"{line.support:,}") + cell(f"{line.predicted:,}")
        rows.append(f'<tr><th scope="row" class="name">{text(line.name)}</th>{cells}</tr>')
    foot = ""
    for name in ("macro", "weighted", "micro") if means else ():
        average = scores.averages[name]
        cells = "".join(cell(short(value)) for value in (average.precision, average.recall, average.f1))
        rest = "<td></td>" * (len(titles) - 3)
        foot += f'<tr><th scope="row" class="name">{name} mean</th>{cells}{rest}</tr>'
    return (
        f'<div class="wide"><table><thead><tr><th class="name">class</th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody><tfoot>{foot}</tfoot></table></div>"
    )


def _dash_note(lines: list[ClassMetrics]) -> str:
    missing = any(value is None for line in lines for value in (line.precision, line.recall))
    return paragraph("A dash: there is no sample to compute the figure from.", "faint") if missing else ""


def confusion(report: Report) -> str:
    """The matrix, as a table or a picture, and the pairs confused most often."""
    scores = report.scores
    if scores is None:
        return ""
    parts = []
    if scores.confusion is not None:
        names = [line.name for line in scores.classes]
        if len(names) <= _CELLS:
            parts += [paragraph("Rows: the label. Columns: the prediction.", "faint"), _cells(names, scores.confusion)]
        else:
            label = "confusion matrix, each row scaled to its sum"
            drawing = plots.svg(plots.heat, scores.confusion, name="confusion", label=label, size=(5, 5))
            parts.append(figure("", drawing, "Each row scaled to its sum."))
    if scores.confused:
        items = "".join(
            f"<li>{text(p.label)} taken for {text(p.prediction)}: {p.count:,}</li>" for p in scores.confused[:10]
        )
        parts.append(details("Most often confused", f"<ol>{items}</ol>"))
    return section("Confusion", *parts)


def _cells(names: list[str], matrix: list[list[int]]) -> str:
    head = "".join(f'<th scope="col" title="{text(name)}">{text(name)}</th>' for name in names)
    rows = []
    for place, (name, counts) in enumerate(zip(names, matrix, strict=True)):
        total = sum(counts) or 1
        cells = []
        for column, count in enumerate(counts):
            share = count / total
            # Rare confusions stay visible.
            shade = 100 * share if column == place else 100 * min(1.0, 2 * math.sqrt(share))
            kind = "zero" if not count else "hit" if column == place else "miss"
            deep = " deep" if shade > 55 else ""
            title = f"{name} taken for {names[column]}: {count:,} of {total:,}"
            style = f' style="--share:{shade:.0f}%"' if count else ""
            cells.append(f'<td class="{kind}{deep}"{style} title="{text(title)}">{count:,}</td>')
        rows.append(f'<tr><th scope="row" class="name">{text(name)}</th>{"".join(cells)}</tr>')
    return (
        '<div class="wide"><table class="cells">'
        f"<thead><tr><th></th>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def trust(report: Report, outputs: Any) -> str:
    """The reliability diagram, and for a binary task its ROC and precision-recall curves."""
    scores = report.scores
    if scores is None or not scores.calibration.samples:
        return ""
    positive = report.task.yes_no
    words = ("probability", "share that is positive") if positive else ("confidence", "share that is right")
    after, fitted = report.calibrated, report.temperature
    useful = fitted is not None and fitted.value != 1.0
    label = "how often predictions of each confidence came true"
    drawing = plots.svg(
        plots.reliability, scores.calibration, after if useful else None, words, name="reliability", label=label
    )
    drawn = [figure("Reliability", drawing, "Below the dashed line the model is too sure of itself.")]
    if isinstance(outputs, Outputs) and len(report.task.thresholded) == 1 and scores.figures.get("roc_auc") is not None:
        drawn += _trade_offs(outputs, scores)
    sentence = f"Calibration error (ECE) {number('ece', scores.calibration.ece)}"
    if fitted is not None and useful and after is not None:
        sentence += (
            f"; with the logits divided by the temperature {fitted.value:.3g}, fitted on validation data, "
            f"{number('ece', after.ece)}."
        )
        # Masks have classes and no probabilities.
        sentence += "" if report.task.target is Target.MASK else " `crossent predict --calibrated` uses it."
    elif fitted is not None:
        sentence += f". No temperature was fitted: {fitted.reason}."
    if report.task.target is Target.MASK:
        sentence += f" Measured on {scores.calibration.samples:,} pixels drawn from all images."
    return section(
        "How far its probabilities can be trusted", paragraph(sentence), f'<div class="plots">{"".join(drawn)}</div>'
    )


def _trade_offs(outputs: Outputs, scores: Scores) -> list[str]:
    from sklearn.metrics import precision_recall_curve, roc_curve

    targets, counts = outputs.labelled()
    there = counts & ~outputs.logits.isnan()
    truth, logits = (targets[there] == 1).numpy(), outputs.probabilities()[there].numpy()
    false, true, _ = roc_curve(truth, logits)
    precision, recall, _ = precision_recall_curve(truth, logits)
    share = float(truth.mean())
    pairs = (
        (
            "ROC",
            "roc_auc",
            list(zip(false, true, strict=True)),
            ("false positives", "true positives"),
            [(0, 0), (1, 1)],
        ),
        (
            "Precision and recall",
            "average_precision",
            list(zip(recall[::-1], precision[::-1], strict=True)),
            ("recall", "precision"),
            [(0, share), (1, share)],
        ),
    )
    drawn = []
    for heading, name, points, words, chance in pairs:
        note = f"{title(name)} {number(name, scores.figures[name])}; dashed: guessing."
        drawing = plots.svg(plots.trade_off, points, words, chance, name=f"curve-{name}", label=heading)
        drawn.append(figure(heading, drawing, note))
    return drawn


def thresholds(report: Report) -> str:
    """The thresholds tuned on validation, and what they change on the tested data."""
    if not report.thresholds or report.scores is None or report.tuned is None:
        return ""
    offset = len(report.scores.classes) - len(report.thresholds)
    rows = []
    for place, item in enumerate(report.thresholds, start=offset):
        before, after = report.scores.classes[place], report.tuned.classes[place]
        cells = "".join(map(cell, (short(item.probability), short(before.f1), short(after.f1), f"{item.positives:,}")))
        name = f'<th scope="row" class="name">{text(item.name)}</th>'
        rows.append(f'<tr>{name}{cells}<td class="name">{text(item.rule)}</td></tr>')
    titles = ("threshold", f"F1 on {report.split} at 0.5", "with the threshold", "in validation", "")
    head = "".join(f"<th>{text(title)}</th>" for title in titles)
    table = (
        f'<div class="wide"><table><thead><tr><th class="name">class</th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )
    words = "Tuned on validation data for the highest F1; `crossent predict --threshold tuned` uses them."
    return section("Thresholds", paragraph(words), table)


def census(folder: Path) -> str:
    """What the data were."""
    path = folder / "census.json"
    if not path.exists():
        return ""
    known = json.loads(path.read_text(encoding="utf-8"))
    parts, counted = ("train", "val", "test"), known.get("classes", [])
    head = "".join(f"<th>{text(name)}</th>" for name in ("training", "validation", "test"))
    rows = [
        f'<tr><th scope="row" class="name">{text(line["name"])}</th>'
        + "".join(cell(f"{line[part]:,}") for part in parts)
        + "</tr>"
        for line in counted
    ]
    table = (
        f'<div class="wide"><table><thead><tr><th class="name">class</th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )
    sizes = known.get("rows", {})
    sizes_line = ", ".join(
        f"{sizes[part]:,} {name}"
        for part, name in zip(parts, ("training", "validation", "test"), strict=True)
        if part in sizes
    )
    line = f"{known.get('source', '')}: {known.get('inputs', '')}; {sizes_line} rows."
    warnings = "".join(f"<li>{text(warning)}</li>" for warning in known.get("warnings", []))
    note = f'<div class="note"><ul>{warnings}</ul></div>' if warnings else ""
    return section("Data", paragraph(line), note, table if len(rows) <= _CLASSES else details("Classes", table))


def _finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
