"""The findings of a run at its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from ..evaluation.baseline import Baseline
from ..evaluation.calibration import Calibration, Temperature
from ..evaluation.importance import Evidence, Importance
from ..evaluation.scores import Scores
from ..evaluation.thresholds import Threshold
from ..evaluation.worst import Suspect
from ..tasks.base import Task


@dataclass
class Report:
    """The findings of a run at its end. A part that could not be computed is None, and a warning says why.

    Attributes:
        task: whose figures these are.
        split: what was tested: "test", or "validation" of a run without test data.
        scores: of that split.
        validation: of the validation data.
        temperature: fitted on validation; and the calibration of the tested split with it.
        thresholds: tuned on validation, where the task has some; and the tested split's scores with them.
        baseline: what a plain model gets on the same split.
        importances, evidence: the columns and the n-grams that the model looks at.
        worst: the samples with the highest losses.
        criterion: the class weights that `scores.loss` is computed with.
        masks: of the worst images of a segmentation: label and prediction, by row.
        closing: why the training stopped and where the best weights are from.
        warnings: what a reader has to know.
        text: report.txt.
        files: what was written.
    """

    task: Task
    split: str = "test"
    scores: Scores | None = None
    validation: Scores | None = None
    temperature: Temperature | None = None
    calibrated: Calibration | None = None
    thresholds: list[Threshold] = field(default_factory=list)
    tuned: Scores | None = None
    baseline: Baseline | None = None
    importances: list[Importance] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    worst: list[Suspect] = field(default_factory=list)
    masks: dict[int, tuple[Tensor, Tensor]] = field(default_factory=dict)
    criterion: dict[str, Any] = field(default_factory=dict)
    closing: str = ""
    warnings: list[str] = field(default_factory=list)
    text: str = ""
    files: list[str] = field(default_factory=list)

    @property
    def figures(self) -> dict[str, float]:
        """The loss and the metrics of the tested split by name: "test_loss", "test_accuracy", …."""
        if self.scores is None:
            return {}
        found = {"loss": self.scores.loss, **self.scores.figures}
        return {f"{self.split}_{name}": value for name, value in found.items() if value is not None}
