"""Weights of rows: one of weight 2 is a row that stands there twice, one of weight 0 is none, in losses and figures."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from crossent.train.config.fit import FitConfig
from crossent.train.config.groups import LossConfig
from crossent.train.config.names import configured, whole_name
from crossent.train.config.rules import SettingError
from crossent.train.data import DataConfig, load
from crossent.train.errors import DataError
from crossent.train.evaluation.baseline import baseline
from crossent.train.evaluation.calibration import fit_temperature
from crossent.train.evaluation.outputs import Outputs
from crossent.train.evaluation.scores import scores
from crossent.train.evaluation.thresholds import best_cut
from crossent.train.fitting.meter import Meter
from crossent.train.fitting.objective import make_task
from crossent.train.runtime.distributed import World
from crossent.train.tasks.base import Task
from crossent.train.tasks.binary import Binary
from crossent.train.tasks.multiclass import Multiclass
from crossent.train.tasks.multilabel import Multilabel
from crossent.train.tasks.output import Members

from ..runs import trained

TASKS = {
    "multiclass": Multiclass(tuple("abcdefghijkl"), ignore_index=11),
    "binary": Binary(("no", "yes")),
    "multilabel": Multilabel(("a", "b", "c")),
    "smoothed": Multiclass(("a", "b", "c"), LossConfig(label_smoothing=0.1, gamma=2), weight=torch.tensor([1, 2, 3.0])),
}


class Given(nn.Module):
    """The logits that it is called with, as those of an ensemble."""

    def forward(self, logits: Tensor) -> Members:
        return Members(torch.stack([logits, 2 * logits, -logits]))


def samples(task: Task) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Logits, targets and weights, and which row stands how often."""
    generator = torch.Generator().manual_seed(0)
    weights = torch.randint(0, 4, (60,), generator=generator)
    logits = task.shaped(torch.randn(60, task.outputs, generator=generator))
    if task.yes_no:
        targets = (torch.rand(logits.shape, generator=generator) > 0.5).float()
        targets[::7] = torch.nan
    else:
        targets = torch.randint(0, len(task.classes), (60,), generator=generator)
    return logits, targets, weights.float(), torch.arange(60).repeat_interleave(weights)


@pytest.mark.parametrize("name", TASKS)
def test_a_weight_is_how_often_a_row_counts(name: str) -> None:
    task = TASKS[name]
    logits, targets, weights, rows = samples(task)
    weighted, repeated = task.step(logits, targets, weights), task.step(logits[rows], targets[rows])
    torch.testing.assert_close(weighted.loss, repeated.loss)
    assert float(weighted.weight) == pytest.approx(float(repeated.weight))
    for one, other in zip(task.hits(logits, targets, weights), task.hits(logits[rows], targets[rows]), strict=True):
        assert float(one) == pytest.approx(float(other))
    assert task.count(targets, weights).tolist() == task.count(targets[rows]).tolist()


@pytest.mark.parametrize("name", TASKS)
def test_all_figures_have_them(name: str) -> None:
    task = TASKS[name]
    logits, targets, weights, rows = samples(task)
    ids = [str(row) for row in range(60)]
    weighted = Outputs(task, logits, targets, task.surprise(logits, targets), ids, 0.5, weights)
    repeated = Outputs(task, logits[rows], targets[rows], None, [ids[row] for row in rows.tolist()], 0.5)
    one, other = scores(weighted), scores(repeated)
    assert one.figures == pytest.approx(other.figures, nan_ok=True)
    assert one.confusion == other.confusion
    assert [line.support for line in one.classes] == [line.support for line in other.classes]
    assert fit_temperature(weighted).value == pytest.approx(fit_temperature(repeated).value)


def test_a_threshold_is_found_with_them() -> None:
    logits, targets, weights, rows = samples(Binary(("no", "yes")))
    positive = targets == 1
    assert best_cut(logits, positive, weights.double()) == best_cut(logits[rows], positive[rows])


@pytest.mark.parametrize("weighted", [False, True])
def test_members_have_losses_of_their_own(weighted: bool) -> None:
    task = TASKS["smoothed"]
    logits, targets, weights, _ = samples(task)
    own = (weights,) if weighted else ()
    step = task(Given(), logits, targets, *own)
    parts = [task.step(factor * logits, targets, *own) for factor in (1, 2, -1)]
    torch.testing.assert_close(step.loss, sum(part.loss for part in parts) / 3)
    assert float(step.weight) == pytest.approx(float(parts[0].weight))
    meter = Meter(task, World())
    meter.add(step, 0)
    meter.settle()
    hits, of = (sum(column) for column in zip(*(task.hits(part.logits, targets, *own) for part in parts), strict=True))
    assert meter.means().metric == pytest.approx(float(hits) / float(of))


def table(path: Path, weights: str | None = None, rows: int = 240) -> Path:
    """Two columns, of which one decides; rows with the wrong label weigh nothing."""
    generator = np.random.default_rng(0)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["a", "b", "often", "label"])
        for row, (a, b) in enumerate(generator.normal(size=(rows, 2))):
            wrong = row % 5 < 2
            weight = weights if weights is not None and row == 3 else "0" if wrong else "1.5"
            writer.writerow([f"{a:.3f}", f"{b:.3f}", weight, "yes" if (a > 0) != wrong else "no"])
    return path


def test_a_run_trains_and_is_measured_with_them(tmp_path: Path) -> None:
    config = DataConfig(str(table(tmp_path / "t.csv")), weight="often")
    run = trained(tmp_path / "run", config, epochs=8, loss={"weight": "balanced"})
    assert run.metrics["scores"]["figures"]["accuracy"] > 0.9
    assert run.evaluate().figures == run.metrics["scores"]["figures"]
    # A weight is told as one.
    report = (tmp_path / "run" / "report.txt").read_text(encoding="utf-8")
    weight = sum(line["support"] for line in run.metrics["scores"]["classes"])
    assert run.metrics["scores"]["weight"] == weight
    assert f"Test, {run.metrics['scores']['samples']} samples: " in report
    assert " (the right ones weigh " in report
    assert f" of {weight:g})" in report
    assert "weight" in report.partition("class  ")[2].splitlines()[0]
    assert "often" not in [column.name for column in run.schema.columns]
    data = load(config)
    assert any("rows weigh what 'often' says, 0 to 1.5" in line for line in data.census.warnings)
    found = baseline(run.task, data.schema, data.train, data.test)
    assert (found.metric, found.value > 0.8) == ("accuracy", True)
    # Predicting needs no weights, measuring does.
    assert len(run.predict({"a": [1.0, -1.0], "b": [0.0, 0.0]}).labels) == 2
    with pytest.raises(SettingError, match=r"^data\.weight: expected one of the columns a, b, label, got 'often'"):
        run.evaluate({"a": [1.0, -1.0], "b": [0.0, 0.0], "label": ["yes", "no"]})


def test_they_balance_classes_too(tmp_path: Path) -> None:
    data = load(DataConfig(str(table(tmp_path / "t.csv")), weight="often"))
    task = make_task(data.schema, LossConfig(weight="balanced", pos_weight="balanced"), data.train)
    sums = [float(data.train.weights[data.train.targets == side].sum()) for side in (0, 1)]
    assert task.weight.tolist() == pytest.approx([sum(sums) / 2 / each for each in sums])
    assert float(task.pos_weight) == pytest.approx(sums[0] / sums[1])


@pytest.mark.parametrize(
    ("weight", "text"), [("-1", "t.csv:5: '-1' in 'often' is no weight, a number of at least 0"), ("", "t.csv:5: ''")]
)
def test_a_weight_is_a_number_of_at_least_0(tmp_path: Path, weight: str, text: str) -> None:
    with pytest.raises(DataError) as caught:
        load(DataConfig(str(table(tmp_path / "t.csv", weight)), weight="often"))
    assert str(caught.value).startswith(text)


def test_only_tables_have_them() -> None:
    with pytest.raises(SettingError, match=r"^data\.weight: expected nothing, since arrays have no columns, got 'w'"):
        load(DataConfig("digits", weight="w"))


def test_weight_alone_is_that_of_the_classes() -> None:
    assert whole_name("weight") == "loss.weight"
    assert configured(FitConfig(), {"data.weight": "often"}).data.weight == "often"
