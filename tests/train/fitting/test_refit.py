"""The second training of a table's model: from which rows, with which rates, and what stays of the first."""

from __future__ import annotations

import csv
import json
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from crossent.train.config.fit import FitConfig
from crossent.train.config.names import configured
from crossent.train.data.inputs import JoinedInputs, TensorInputs, TokenInputs, chained
from crossent.train.errors import RunError
from crossent.train.fitting import memory
from crossent.train.fitting.api import run
from crossent.train.fitting.preparing import Source
from crossent.train.fitting.steps import Steps
from crossent.train.fitting.stopping import Ending
from crossent.train.inference.loading import load_run
from crossent.train.state.checkpoint import read
from crossent.train.state.packing import load_model_tensors

from ..conftest import QUIET

FEW = {"logger": "none", "accelerator": "cpu", "model.kwargs": {"members": 2, "hidden": [8]}, "batch_size": 16}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200 rows of two numbers and a letter, whose label is uncertain: the best evaluation is not the last."""
    path: Path = tmp_path_factory.mktemp("table") / "rows.csv"
    generator = torch.Generator().manual_seed(1)
    numbers = torch.randn(200, 2, generator=generator)
    noise = torch.randn(200, generator=generator)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["x", "y", "letter", "label"])
        for (x, y), own in zip(numbers.tolist(), noise.tolist(), strict=True):
            writer.writerow([f"{x:.6f}", f"{y:.6f}", "abc"[int(abs(x) * 10) % 3], "yes" if x + own > 0 else "no"])
    return path


def trained(out: Path, source: Path | str, name: str = "run", **settings: Any) -> Path:
    given = {**FEW, "epochs": 12, "lr": 0.02, "patience": "3epochs", **settings}
    return run(data=str(source), out=str(out), name=name, console=QUIET, **given).folder


@pytest.fixture(scope="module")
def folder(table: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("refit"), table)


def probabilities(folder: Path, weights: str, part: str) -> Tensor:
    """Probabilities by the weights of one of the two trainings, of a part of the data."""
    found = load_run(folder)
    load_model_tensors(found.model, read(folder / weights).model)
    predicted = found.predict(found.part(split=part)).probabilities
    assert predicted is not None
    return predicted


def test_the_second_model_predicts_and_the_first_has_the_validation_figures(folder: Path) -> None:
    found = load_run(folder)
    assert not torch.equal(probabilities(folder, "best", "test"), probabilities(folder, "refit", "test"))
    with (folder / "predictions.csv").open(newline="") as file:
        written = torch.tensor([float(row["p_yes"]) for row in csv.DictReader(file)])
    torch.testing.assert_close(written, probabilities(folder, "refit", "test").flatten().float(), atol=1e-5, rtol=0)
    tested = found.evaluate()
    assert found.metrics["scores"]["loss"] == pytest.approx(tested.loss, rel=1e-6)
    best = min(found.history, key=lambda row: row["val_loss"])
    assert found.metrics["validation"]["loss"] == pytest.approx(best["val_loss"], rel=1e-5)
    assert "Then trained again on the 170 training and validation rows together" in found.metrics["closing"]


def test_it_learns_from_both_parts_for_as_long_as_was_best(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int, float]] = []
    take = Steps.take

    def watched(self: Steps, window: Any) -> None:
        rows = self.training.feed.data  # type: ignore[attr-defined]
        seen.append((len(rows), self.step, self.training.optimizer.param_groups[0]["lr"]))
        take(self, window)

    monkeypatch.setattr(Steps, "take", watched)
    path = trained(tmp_path, table, **{"schedule.patience": "1epochs", "patience": "6epochs"})
    history = load_run(path).history
    best = min(history, key=lambda row: row["val_loss"])
    again = [(step, rate) for rows, step, rate in seen if rows == 170]
    epochs = round(best["step"] / 9)
    assert {rows for rows, _, _ in seen} == {140, 170}
    assert [step for step, _ in again] == list(range(epochs * 11))
    # The rate of each epoch is that of the same one in the first training.
    assert [again[11 * epoch][1] for epoch in range(epochs)] == [row["lr"] for row in history[:epochs]]
    assert len({rate for _, rate in again}) > 1


@pytest.mark.parametrize(
    "changed",
    [{"refit": False}, {"steps": 20}, {"schedule": "cosine"}, {"model": f"{__name__}:Own", "model.kwargs": {}}],
)
def test_not_where_it_is_not_meant(changed: dict[str, Any], table: Path, tmp_path: Path) -> None:
    path = trained(tmp_path, table, **changed)
    found = load_run(path, trust_code=True)
    assert not (path / "refit").exists()
    assert found.metrics["scores"]["loss"] == pytest.approx(found.evaluate().loss, rel=1e-6)
    assert "trained again" not in found.metrics["closing"]


class Own(nn.Module):
    """A model of somebody else."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def forward(self, numbers: Tensor, categories: Tensor) -> Tensor:
        return self.layer(numbers)


def test_validation_rows_of_the_user_are_never_learnt(table: Path, tmp_path: Path) -> None:
    lines = table.read_text().splitlines(keepends=True)
    (tmp_path / "data").mkdir()
    for name, part in (("train", lines[1:150]), ("val", lines[150:])):
        (tmp_path / "data" / f"{name}.csv").write_text("".join([lines[0], *part]))
    assert not (trained(tmp_path, tmp_path / "data") / "refit").exists()


def test_one_that_is_stopped_goes_on_to_the_same_weights(
    table: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = Steps.take

    def stopping(self: Steps, window: Any) -> None:
        if len(self.training.feed.data) == 170 and self.step == 5:  # type: ignore[attr-defined]
            signal.raise_signal(signal.SIGTERM)
        take(self, window)

    monkeypatch.setattr(Steps, "take", stopping)
    settings = {**FEW, "epochs": 12, "lr": 0.02, "patience": "3epochs"}
    stopped = run(data=str(table), out=str(tmp_path), name="run", console=QUIET, **settings)
    assert stopped.ending is Ending.SIGNAL
    assert not (stopped.folder / "refit").exists()
    monkeypatch.setattr(Steps, "take", take)
    run(resume=stopped.folder, console=QUIET)
    for name, value in read(folder / "refit").model.items():
        assert torch.equal(read(stopped.folder / "refit").model[name], value), name


def test_a_longer_run_replaces_it(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    shutil.copytree(folder, copy)
    before = read(copy / "refit").state
    run(resume=copy, console=QUIET, patience="9epochs")
    assert (copy / "refit").exists()
    assert read(copy / "refit").state["epoch"] >= before["epoch"]
    found = load_run(copy)
    assert found.metrics["scores"]["loss"] == pytest.approx(found.evaluate().loss, rel=1e-6)


def test_a_run_does_not_fall_back_to_other_weights(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    shutil.copytree(folder, copy)
    shutil.rmtree(copy / "refit")
    with pytest.raises(RunError, match="refit"):
        load_run(copy).predict(load_run(folder).part())
    assert json.loads((copy / "manifest.json").read_text())["files"]["refit/state.json"]


def test_in_memory_too(table: Path) -> None:
    settings = {**FEW, "epochs": 4, "lr": 0.02}
    x, y = torch.randn(200, 3, generator=torch.Generator().manual_seed(0)), torch.arange(200) % 2
    columns = {"a": x[:, 0].tolist(), "b": x[:, 1].tolist(), "label": [str(value) for value in y.tolist()]}
    config = configured(FitConfig(), settings)
    without = configured(config, {"refit": False})
    models = [memory.learn(each, Source(None, columns), QUIET).model for each in (config, config, without)]
    states = [list(model.state_dict().values()) for model in models]
    assert all(map(torch.equal, states[0], states[1]))
    assert not all(map(torch.equal, states[0], states[2]))


def test_rows_one_after_the_other() -> None:
    first = JoinedInputs(TensorInputs(torch.arange(6.0).view(3, 2)), TokenInputs.of([[1, 2, 3], [], [4]]))
    second = JoinedInputs(TensorInputs(torch.arange(6.0, 10.0).view(2, 2)), TokenInputs.of([[5, 6], [7]]))
    numbers, tokens = chained(first, second).take(torch.tensor([4, 0, 3, 1]))
    assert numbers.tolist() == [[8.0, 9.0], [0.0, 1.0], [6.0, 7.0], [2.0, 3.0]]
    assert tokens.tolist() == [[7, 0, 0], [1, 2, 3], [5, 6, 0], [0, 0, 0]]
