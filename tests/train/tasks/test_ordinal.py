"""A fifth task that nothing in `src/` knows of: ordered classes, by cumulative logits. It trains, reports, predicts."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from crossent.train import fit, load_run, register_task
from crossent.train.config.rules import SettingError
from crossent.train.data import DataConfig, load
from crossent.train.tasks import registry
from crossent.train.tasks.base import Means, Task
from crossent.train.tasks.metrics import ClassMetrics, Counts, accuracy

SIZES = ("0", "1", "2", "3")


class Ordinal(Task):
    """Logits (N, C − 1): the k-th says how surely a sample lies above class k. Niu et al. 2016, CVPR."""

    name = "ordinal"
    yes_no = True
    metrics = ("accuracy", "mean_absolute_error")
    lower = frozenset({"mean_absolute_error"})
    headline = ("mean_absolute_error", "accuracy", "ece")

    @property
    def outputs(self) -> int:
        return len(self.classes) - 1

    def answers(self, targets: Tensor) -> Tensor:
        return (targets.unsqueeze(1) > torch.arange(self.outputs, device=targets.device)).double()

    def loss(self, logits: Tensor, targets: Tensor, reduction: str = "sum") -> Tensor:
        each = binary_cross_entropy_with_logits(logits, self.answers(targets).to(logits.dtype), reduction="none")
        losses = torch.where(self.counts(targets), each.sum(1), 0.0)
        return losses.sum() if reduction == "sum" else losses

    def predictions(self, logits: Tensor, cuts: Tensor | float = 0.0) -> Tensor:
        return (logits > 0).sum(1)

    def probabilities(self, logits: Tensor) -> Tensor:
        # P(above k) falls with k; a model that is not trained yet may think otherwise.
        above = logits.sigmoid().cummin(1).values
        ends = above.new_ones(len(above), 1), above.new_zeros(len(above), 1)
        return torch.cat([ends[0], above], 1) - torch.cat([above, ends[1]], 1)

    def means(self, logits: Tensor, prediction: Tensor, targets: Tensor, counts: Tensor) -> Means:
        off = torch.where(counts, (prediction - targets).abs(), 0)
        return {"mean_absolute_error": (off.sum(), counts.sum())}

    def measured(
        self, counts: Counts, lines: Sequence[ClassMetrics], means: dict[str, float | None]
    ) -> dict[str, float | None]:
        return {"accuracy": accuracy(lines), **means}


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_registered", {})
    register_task(Ordinal)


def table(path: Path, rows: int = 400) -> Path:
    """Sizes that follow from one column."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(rows, 2))
    sizes = np.digitize(x[:, 0] + 0.2 * generator.normal(size=rows), [-0.8, 0.0, 0.8])
    lines = (f"{a:.4f},{b:.4f},{size}" for (a, b), size in zip(x, sizes, strict=True))
    path.write_text("a,b,size\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_it_trains_reports_and_predicts(tmp_path: Path) -> None:
    source = table(tmp_path / "sizes.csv")
    settings = {"task": "ordinal", "epochs": 30, "lr": 0.01, "monitor": "val_mean_absolute_error", "name": "run"}
    run = fit(data=source, **settings, out=tmp_path, console=Console(quiet=True))
    assert (run.schema.task, run.schema.classes) == ("ordinal", SIZES)
    # Lower is better of an error: the best evaluation is the one with the least.
    history = run.history
    best = [row["val_mean_absolute_error"] for row in history if row["best"]][-1]
    assert best == min(row["val_mean_absolute_error"] for row in history) < history[0]["val_mean_absolute_error"]

    scores = json.loads((tmp_path / "run/metrics.json").read_text(encoding="utf-8"))["scores"]
    assert list(scores["figures"]) == ["accuracy", "mean_absolute_error", "log_loss", "brier", "ece"]
    assert scores["figures"]["mean_absolute_error"] < 0.35
    page = (tmp_path / "run/report.html").read_text(encoding="utf-8")
    assert "<dt>mean absolute error</dt>" in page
    assert "could not be made" not in page
    assert "mean absolute error 0." in (tmp_path / "run/report.txt").read_text(encoding="utf-8")
    assert "size" in (tmp_path / "run/census.json").read_text(encoding="utf-8")

    again = load_run(tmp_path / "run")
    assert again.evaluate().figures == pytest.approx(scores["figures"])
    found = again.predict([{"a": -2.0, "b": 0.0}, {"a": 0.4, "b": 0.0}, {"a": 2.0, "b": 0.0}], calibrated=True)
    assert found.labels == ["0", "2", "3"]
    assert torch.allclose(found.probabilities.sum(1), torch.ones(3, dtype=torch.float64))
    with open(tmp_path / "run/predictions.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    errors = [abs(int(row["prediction"]) - int(row["label"])) for row in rows]
    assert sum(errors) / len(errors) == pytest.approx(scores["figures"]["mean_absolute_error"])


def test_a_package_brings_a_task_to_the_command_line(tmp_path: Path) -> None:
    # As an installed package is: its module, and a folder beside it that names the entry point.
    text = Path(__file__).read_text(encoding="utf-8")
    module = text[: text.index("@pytest.fixture")].replace(", register_task", "")
    (tmp_path / "sizes_package.py").write_text(module, encoding="utf-8")
    info = tmp_path / "sizes_package-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sizes-package\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[{registry.GROUP}]\nordinal = sizes_package:Ordinal\n", encoding="utf-8")
    source = table(tmp_path / "sizes.csv")

    def crossent(*arguments: str) -> str:
        program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from crossent.cli import main; main()"
        command = [sys.executable, "-c", program, *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    crossent("fit", str(source), "--task", "ordinal", "--epochs", "2", "--out", str(tmp_path), "--name", "run")
    assert "mean absolute error" in crossent("test", "run")
    crossent("predict", "run", str(source), "-o", "predicted.csv")
    with open(tmp_path / "predicted.csv", encoding="utf-8") as file:
        assert next(iter(csv.DictReader(file))).keys() >= {"a", "size", "prediction", "p_0", "p_3"}


def test_an_unknown_task_is_told_with_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(SettingError) as caught:
        load(DataConfig(str(table(tmp_path / "sizes.csv")), task="ordnial"))
    assert str(caught.value) == (
        "data.task: expected auto or one of multiclass, binary, multilabel, segmentation, ordinal; a task of your own "
        "is known once its module has been imported and calls crossent.train.register_task, got 'ordnial'; write for "
        "example data.task='ordinal'"
    )


def test_a_name_is_given_once() -> None:
    class Other(Ordinal):
        pass

    with pytest.raises(ValueError, match=r"there is a task 'ordinal' already; give .*Other.name another value"):
        register_task(Other)
    assert register_task(Ordinal) is Ordinal
