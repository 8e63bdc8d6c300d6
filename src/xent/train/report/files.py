"""report.txt and report.json."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from importlib.metadata import version

from ...core.files import write_text
from ..config import FitConfig
from ..evaluate import class_figures
from ..result import FitResult
from .text import closing_text, confusion_table


def write_report(result: FitResult, config: FitConfig) -> None:
    """Write both files into the run's folder."""
    text = closing_text(result, config)
    if result.test is not None:
        text += "\n\n" + "\n".join(confusion_table(result.test, result.classes))
    write_text(result.folder / "report.txt", text + "\n")
    write_text(result.folder / "report.json", json.dumps(_report(result, config), indent=2, allow_nan=False) + "\n")


def _report(result: FitResult, config: FitConfig) -> dict[str, object]:
    report: dict[str, object] = {
        "source": config.source,
        "stopped_by": result.ending.value,
        "epochs": len(result.history),
        "versions": {"xent": version("xent"), "torch": version("torch")},
    }
    if result.best is not None and result.test is not None:
        report["best"] = {
            "epoch": result.best.epoch,
            "val_loss": result.best.val_loss,
            "val_accuracy": result.best.val_accuracy,
        }
        report["test"] = {
            # JSON has no NaN.
            "loss": result.test.loss if math.isfinite(result.test.loss) else None,
            "accuracy": result.test.accuracy,
            "correct": result.test.correct,
            "samples": result.test.samples,
        }
        report["classes"] = [asdict(figures) for figures in class_figures(result.test.confusion, result.classes)]
        report["confusion"] = {"rows": "label", "columns": "prediction", "counts": result.test.confusion}
    return report
