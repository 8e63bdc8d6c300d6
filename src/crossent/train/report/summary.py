"""The closing text of a run, for the console and for report.txt."""

from __future__ import annotations

from ...wording import left, say, width
from ...wording import right as align
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
MEANS = {"macro": "macro mean", "weighted": "weighted mean", "micro": "micro mean"}
# Said in another place, or in report.html.
ELSEWHERE = ("top_5_accuracy", "log_loss", "brier", "ece")
_PERCENT = ("accuracy", "pixel_accuracy", "balanced_accuracy", "exact_match", "top_5_accuracy", "ece")


def summary(report: Report, whole: bool = False) -> str:
    """Why the run stopped, the figures, a line per class, what to look at.

    Args:
        report: what is known.
        whole: all classes and suspects, and the confusion matrix; else what fits a screen.
    """
    parts = [say(report.closing)]
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
    parts.append("\n".join(say(f"Note: {warning}") for warning in report.warnings))
    return "\n\n".join(part for part in parts if part)


def figure(name: str, value: float | None) -> str:
    """A figure as people read it; a dash where there is none."""
    if value is None:
        return "–"
    return f"{value:.2%}" if name in _PERCENT else f"{value:.4f}"


def title(name: str) -> str:
    """A metric by the name that people give it."""
    return say(TITLES.get(name, name.replace("_", " ")))


def counted(scores: Scores) -> str:
    """The title of how many samples a class has, or how much they weigh."""
    return "support" if scores.weight is None else "weight"


def short(value: float | None) -> str:
    """Three decimals, or a dash."""
    return "–" if value is None else f"{value:.3f}"


def _headline(report: Report, scores: Scores) -> str:
    loss = "" if scores.loss is None else f"{say('loss')} {scores.loss:.4f}, "
    said = ((name, value) for name, value in scores.figures.items() if name not in ELSEWHERE and value is not None)
    shown = (f"{title(name)} {figure(name, value)}" for name, value in said)
    right = ""
    if report.task.target is Target.CLASS:
        hits, of = (sum(getattr(line, part) for line in scores.classes) for part in ("hits", "support"))
        counts = f" ({hits:,.9g} of {of:,.9g} right)"
        right = say(counts if scores.weight is None else f" (the right ones weigh {hits:,.9g} of {of:,.9g})")
    text = ", ".join(shown)
    first, comma, rest = text.partition(", ")
    where = report.split if "." in report.split or "/" in report.split else say(report.split).capitalize()
    masks = report.task.target is Target.MASK
    samples = say(f"{where}, {scores.samples:,} images" if masks else f"{where}, {scores.samples:,} samples")
    wrapped = f"{samples}: {loss}{first}{right}"
    return f"{wrapped}\n  {rest}" if comma else wrapped


def _table(report: Report, scores: Scores, whole: bool) -> list[str]:
    lines = scores.classes
    note = []
    if not whole and len(lines) > _CLASSES:
        # The classes that need attention.
        lines = sorted(lines, key=lambda line: (line.f1 is None, line.f1))[:_CLASSES]
        note = [say(f"(the {_CLASSES} of {len(scores.classes)} classes with the lowest F1; report.txt has all)")]
    iou = report.task.target is Target.MASK
    size = max(width("weighted mean"), *(width(line.name) for line in lines))
    titles = (("precision", 9), ("recall", 6), ("f1", 5), *([("iou", 5)] if iou else []), (counted(scores), 7))
    rows = ["  ".join([left(say("class"), size), *(align(say(title), columns) for title, columns in titles)])]
    rows += [_class_line(line, size, iou) for line in lines]
    for name in ("macro", "weighted"):
        mean = scores.averages[name]
        cells = f"{short(mean.precision):>9}  {short(mean.recall):>6}  {short(mean.f1):>5}"
        rows.append(f"{left(say(MEANS[name]), size)}  {cells}")
    return rows + note


def _class_line(line: ClassMetrics, size: int, iou: bool) -> str:
    cells = f"{short(line.precision):>9}  {short(line.recall):>6}  {short(line.f1):>5}"
    return f"{left(line.name, size)}  {cells}{f'  {short(line.iou):>5}' if iou else ''}  {line.support:>7,.9g}"


def _calibration(report: Report) -> str:
    before = None if report.scores is None else report.scores.calibration.ece
    if report.temperature is None or before is None or report.calibrated is None or report.calibrated.ece is None:
        return ""
    if report.temperature.value == 1.0:
        return say(f"Calibration error {before:.2%}; no temperature was fitted: {report.temperature.reason}.")
    return say(
        f"Calibration error {before:.2%}, with the temperature {report.temperature.value:.3g} fitted on validation "
        f"{report.calibrated.ece:.2%}."
    )


def _thresholds(report: Report) -> str:
    if report.tuned is None or report.scores is None:
        return ""
    name = report.task.tuned_metric
    before, after = report.scores.figures[name], report.tuned.figures[name]
    if len(report.thresholds) == 1:
        what = f"the threshold {report.thresholds[0].probability:.3g}"
    else:
        tuned = [item.probability for item in report.thresholds]
        what = f"the thresholds {min(tuned):.3g} to {max(tuned):.3g}"
    if all(item.cut == 0 for item in report.thresholds):
        return say(f"Threshold 0.5: {report.thresholds[0].rule}.")
    return say(
        f"With {what} tuned on validation, {title(name)} is {figure(name, after)} instead of {figure(name, before)}."
    )


def compared(report: Report) -> str:
    """Says how a plain model does on the same split, and whether that is better."""
    plain = report.baseline
    own = None if plain is None or report.scores is None else report.scores.figures.get(plain.metric)
    if plain is None or own is None:
        return ""
    got = f"{title(plain.metric)} {figure(plain.metric, plain.value)} in {plain.seconds:.1f} s"
    if plain.value <= own:
        return say(f"For comparison: {plain.name} gets {got} on the same split.")
    return say(
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
            say(f"Columns, by the rise of the log loss where their values are exchanged between rows: {columns}{more}")
        )
    for item in report.evidence if whole else report.evidence[:_COLUMNS]:
        pro, contra = (" · ".join(grams) or "–" for grams in (item.speaks_for, item.speaks_against))
        lines.append(say(f"For {item.name}: {pro}; against: {contra}"))
    return "\n".join(lines)


def _confused(scores: Scores, whole: bool) -> str:
    pairs = scores.confused if whole else scores.confused[:3]
    if not pairs:
        return ""
    shown = ", ".join(say(f"{p.label} taken for {p.prediction} ({p.count:,})") for p in pairs)
    return say(f"Most often confused: {shown}.")


def _worst(report: Report, whole: bool) -> str:
    shown = report.worst if whole else report.worst[:_SUSPECTS]
    if not shown:
        return ""
    lines = [say("Most surprising samples (is the label right?):")]
    for suspect in shown:
        what = (
            f"labelled {suspect.label or say('nothing')}, predicted {suspect.prediction or say('nothing')}"
            if suspect.figures is None
            else f"mean IoU {suspect.figures['miou']:.3f}"
        )
        lines.append(say(f"  {suspect.id}: {what}, loss {suspect.loss:.2f}"))
    return "\n".join(lines)


def _matrix(scores: Scores) -> list[str]:
    assert scores.confusion is not None, "asked only where there is one"
    names = [line.name for line in scores.classes]
    widest = max(*map(width, names), len(f"{max(map(max, scores.confusion)):,.9g}"))
    side = max(width(say("label")), *map(width, names))
    head = " " * side + "".join(f"  {align(name, widest)}" for name in names)
    lines = [f"{left(say('label'), side)}  {say('predicted as')}", head]
    for name, row in zip(names, scores.confusion, strict=True):
        lines.append(left(name, side) + "".join(f"  {count:>{widest},.9g}" for count in row))
    return lines
