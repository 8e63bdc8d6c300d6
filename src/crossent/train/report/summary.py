"""The closing text of a run, for the console and for report.txt."""

from __future__ import annotations

from ..evaluation.scores import Scores
from ..tasks.base import Target
from ..tasks.metrics import ClassMetrics
from .findings import Report

# On the console; report.txt has all of them.
_CLASSES, _SUSPECTS, _COLUMNS = 30, 5, 10
TITLES = {
    "accuracy": "accuracy",
    "pixel_accuracy": "pixel accuracy",
    "balanced_accuracy": "balanced accuracy",
    "exact_match": "all labels right",
    "micro_f1": "micro F1",
    "macro_f1": "macro F1",
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "miou": "mean IoU",
    "dice": "mean Dice",
    "top_5_accuracy": "top-5 accuracy",
    "roc_auc": "ROC-AUC",
    "average_precision": "average precision",
    "log_loss": "log loss",
    "brier": "Brier score",
    "ece": "calibration error (ECE)",
}
# Said in another place, or in report.html.
_ELSEWHERE = ("top_5_accuracy", "log_loss", "brier", "ece")
_PERCENT = ("accuracy", "pixel_accuracy", "balanced_accuracy", "exact_match", "top_5_accuracy", "ece")


def summary(report: Report, whole: bool = False) -> str:
    """Why the run stopped, the figures, a line per class, what to look at.

    Args:
        report: what is known.
        whole: all classes and suspects, and the confusion matrix; else what fits a screen.
    """
    parts = [report.closing]
    if report.scores is not None:
        parts += [_headline(report, report.scores), "\n".join(_table(report, report.scores, whole))]
        parts += [
            _calibration(report),
            _thresholds(report),
            compared(report),
            looks_at(report, whole),
            _confused(report.scores, whole),
            _worst(report, whole),
        ]
        if whole and report.scores.confusion is not None and len(report.scores.classes) <= _CLASSES:
            parts.append("\n".join(_matrix(report.scores)))
    parts.append("\n".join(f"Note: {warning}" for warning in report.warnings))
    return "\n\n".join(part for part in parts if part)


def figure(name: str, value: float | None) -> str:
    """A figure as people read it; a dash where there is none."""
    if value is None:
        return "–"
    return f"{value:.2%}" if name in _PERCENT else f"{value:.4f}"


def title(name: str) -> str:
    """A metric by the name that people give it."""
    return TITLES.get(name, name.replace("_", " "))


def short(value: float | None) -> str:
    """Three decimals, or a dash."""
    return "–" if value is None else f"{value:.3f}"


def _headline(report: Report, scores: Scores) -> str:
    samples = f"{scores.samples:,} {'image' if report.task.target is Target.MASK else 'sample'}s"
    loss = "" if scores.loss is None else f"loss {scores.loss:.4f}, "
    said = ((name, value) for name, value in scores.figures.items() if name not in _ELSEWHERE and value is not None)
    shown = (f"{title(name)} {figure(name, value)}" for name, value in said)
    right = ""
    if report.task.target is Target.CLASS:
        right = f" ({sum(line.hits for line in scores.classes):,} of {scores.counted:,} right)"
    text = ", ".join(shown)
    first, comma, rest = text.partition(", ")
    where = report.split if "." in report.split or "/" in report.split else report.split.capitalize()
    wrapped = f"{where}, {samples}: {loss}{first}{right}"
    return f"{wrapped}\n  {rest}" if comma else wrapped


def _table(report: Report, scores: Scores, whole: bool) -> list[str]:
    lines = scores.classes
    note = []
    if not whole and len(lines) > _CLASSES:
        # The classes that need attention.
        lines = sorted(lines, key=lambda line: (line.f1 is None, line.f1))[:_CLASSES]
        note = [f"(the {_CLASSES} of {len(scores.classes)} classes with the lowest F1; report.txt has all)"]
    iou = report.task.target is Target.MASK
    width = max(len("weighted mean"), *(len(line.name) for line in lines))
    rows = [f"{'class':<{width}}  precision  recall     f1{'    iou' if iou else ''}  support"]
    rows += [_class_line(line, width, iou) for line in lines]
    for name in ("macro", "weighted"):
        mean = scores.averages[name]
        cells = f"{short(mean.precision):>9}  {short(mean.recall):>6}  {short(mean.f1):>5}"
        rows.append(f"{name + ' mean':<{width}}  {cells}")
    return rows + note


def _class_line(line: ClassMetrics, width: int, iou: bool) -> str:
    cells = f"{short(line.precision):>9}  {short(line.recall):>6}  {short(line.f1):>5}"
    return f"{line.name:<{width}}  {cells}{f'  {short(line.iou):>5}' if iou else ''}  {line.support:>7,}"


def _calibration(report: Report) -> str:
    before = None if report.scores is None else report.scores.calibration.ece
    if report.temperature is None or before is None or report.calibrated is None or report.calibrated.ece is None:
        return ""
    if report.temperature.value == 1.0:
        return f"Calibration error {before:.2%}; no temperature was fitted: {report.temperature.reason}."
    return (
        f"Calibration error {before:.2%}, with the temperature {report.temperature.value:.3g} fitted on validation "
        f"{report.calibrated.ece:.2%}."
    )


def _thresholds(report: Report) -> str:
    if report.tuned is None or report.scores is None:
        return ""
    name = report.task.tuned_metric
    before, after = report.scores.figures[name], report.tuned.figures[name]
    if len(report.thresholds) == 1:
        what = f"{report.thresholds[0].probability:.3g}"
    else:
        tuned = [item.probability for item in report.thresholds]
        what = f"{min(tuned):.3g} to {max(tuned):.3g}"
    if all(item.cut == 0 for item in report.thresholds):
        return f"Threshold 0.5: {report.thresholds[0].rule}."
    return (
        f"With the threshold{'' if len(report.thresholds) == 1 else 's'} {what} tuned on validation, {title(name)} is "
        f"{figure(name, after)} instead of {figure(name, before)}."
    )


def compared(report: Report) -> str:
    """Says how a plain model does on the same split, and whether that is better."""
    plain = report.baseline
    own = None if plain is None or report.scores is None else report.scores.figures.get(plain.metric)
    if plain is None or own is None:
        return ""
    got = f"{title(plain.metric)} {figure(plain.metric, plain.value)} in {plain.seconds:.1f} s"
    if plain.value <= own:
        return f"For comparison: {plain.name} gets {got} on the same split."
    return (
        f"A plain model is better on the same split: {plain.name} gets {got}, instead of {figure(plain.metric, own)}."
    )


def looks_at(report: Report, whole: bool = True) -> str:
    """The columns and n-grams that the predictions depend on most."""
    lines = []
    if report.importances:
        shown = report.importances if whole else report.importances[:_COLUMNS]
        columns = ", ".join(f"{item.name} ({item.rise:+.3f})" for item in shown)
        more = "" if len(shown) == len(report.importances) else ", …"
        lines.append(
            f"Columns, by the rise of the log loss where their values are exchanged between rows: {columns}{more}"
        )
    for item in report.evidence if whole else report.evidence[:_COLUMNS]:
        lines.append(
            f"For {item.name}: {' · '.join(item.speaks_for) or '–'}; against: {' · '.join(item.speaks_against) or '–'}"
        )
    return "\n".join(lines)


def _confused(scores: Scores, whole: bool) -> str:
    pairs = scores.confused if whole else scores.confused[:3]
    if not pairs:
        return ""
    return "Most often confused: " + ", ".join(f"{p.label} taken for {p.prediction} ({p.count:,})" for p in pairs) + "."


def _worst(report: Report, whole: bool) -> str:
    shown = report.worst if whole else report.worst[:_SUSPECTS]
    if not shown:
        return ""
    lines = ["Most surprising samples (is the label right?):"]
    for suspect in shown:
        what = (
            f"labelled {suspect.label or 'nothing'}, predicted {suspect.prediction or 'nothing'}"
            if suspect.figures is None
            else f"mean IoU {suspect.figures['miou']:.3f}"
        )
        lines.append(f"  {suspect.id}: {what}, loss {suspect.loss:.2f}")
    return "\n".join(lines)


def _matrix(scores: Scores) -> list[str]:
    assert scores.confusion is not None, "asked only where there is one"
    names = [line.name for line in scores.classes]
    widest = max(*map(len, names), len(f"{max(map(max, scores.confusion)):,}"))
    side = max(len("label"), *map(len, names))
    lines = [f"{'label':<{side}}  predicted as", " " * side + "".join(f"  {name:>{widest}}" for name in names)]
    for name, row in zip(names, scores.confusion, strict=True):
        lines.append(f"{name:<{side}}" + "".join(f"  {count:>{widest},}" for count in row))
    return lines
