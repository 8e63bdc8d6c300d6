"""The closing texts of a run, the same on the console and in report.txt."""

from __future__ import annotations

from ..config import FitConfig
from ..evaluate import ClassFigures, Evaluation, class_figures
from ..result import Ending, FitResult


def closing_text(result: FitResult, config: FitConfig) -> str:
    """Why the run stopped, the test's figures and the table of classes."""
    if result.best is None or result.test is None:
        return "Stopped by Ctrl-C before the first epoch was done: there are no weights to keep or to test."
    lines = [
        why_stopped(result, config),
        "",
        f"Test, with the weights of epoch {result.best.epoch} read back from best.safetensors: "
        f"loss {result.test.loss:.4f}, accuracy {result.test.accuracy:.2%} "
        f"({result.test.correct} of {result.test.samples} right)",
        "",
        *class_table(class_figures(result.test.confusion, result.classes)),
    ]
    return "\n".join(lines)


def why_stopped(result: FitResult, config: FitConfig) -> str:
    """One sentence on the end, one on the best epoch and how long ago it was."""
    best, last = result.best, result.history[-1]
    assert best is not None, "asked only of runs with a finished epoch"
    why = {
        Ending.PATIENCE: f"Stopped after epoch {last.epoch}: {_epochs(config.patience_epochs)} in a row "
        "without a lower validation loss (early stopping).",
        Ending.EPOCHS: f"Stopped after epoch {last.epoch}, the last one asked for (--epochs {config.epochs}).",
        Ending.INTERRUPT: f"Stopped by Ctrl-C after epoch {last.epoch}; the epoch that was cut short is left out.",
    }[result.ending]
    ago = last.epoch - best.epoch
    when = f"{_epochs(ago)} before the end" if ago else "the last one"
    return f"{why}\nThe lowest validation loss was {best.val_loss:.4f}, in epoch {best.epoch}, {when}."


def class_table(figures: list[ClassFigures]) -> list[str]:
    """A line per class; a dash is a figure without a sample to compute it from."""
    width = max(len("class"), *(len(figure.name) for figure in figures))
    lines = [f"{'class':<{width}}  precision  recall     f1  support"]
    for figure in figures:
        precision, recall, f1 = (_figure(value) for value in (figure.precision, figure.recall, figure.f1))
        lines.append(f"{figure.name:<{width}}  {precision:>9}  {recall:>6}  {f1:>5}  {figure.support:>7}")
    return lines


def confusion_table(evaluation: Evaluation, classes: tuple[str, ...]) -> list[str]:
    """Counts, a row per label and a column per prediction."""
    widest = max(max(map(len, classes)), len(str(evaluation.samples)))
    side = max(len("label"), *map(len, classes))
    lines = [f"{'label':<{side}}  predicted as"]
    lines.append(" " * side + "".join(f"  {name:>{widest}}" for name in classes))
    for name, row in zip(classes, evaluation.confusion, strict=True):
        lines.append(f"{name:<{side}}" + "".join(f"  {count:>{widest}}" for count in row))
    return lines


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _epochs(count: int) -> str:
    return f"{count} epoch" + ("" if count == 1 else "s")
