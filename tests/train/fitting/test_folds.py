"""A cross-validation: every row is tested once, by a model that has not learnt from it; together the models predict."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
import pytest
import torch
from rich.console import Console
from torch import nn

from crossent.cli import main
from crossent.train import fit, load_run
from crossent.train.config.fit import FitConfig, SettingError
from crossent.train.errors import RunError
from crossent.train.fitting import folds as module
from crossent.train.fitting.api import run
from crossent.train.fitting.fit import Outcome
from crossent.train.fitting.stopping import Ending
from crossent.train.inference.folded import FoldedRun

from ..conftest import QUIET, small
from ..sources import reviews


@pytest.fixture(scope="module")
def wine(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A cross-validation of wine, and what was said."""
    said = Console(file=io.StringIO(), width=200)
    config = small(tmp_path_factory.mktemp("folds"), data__source="wine", folds=3, epochs=8, lr=0.02, name="wine")
    return run(config=config, console=said).folder, said.file.getvalue()


def rows_of(folder: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads((folder / "split.json").read_text())
    return found


def test_every_row_is_tested_once_and_classes_have_their_shares(wine: tuple[Path, str]) -> None:
    folder, _ = wine
    splits = [rows_of(folder / f"fold-{number}") for number in (1, 2, 3)]
    tested = [row for split in splits for row in split["test"]]
    assert len(tested) == len(set(tested)) == 178
    for split in splits:
        assert set().union(*split.values()) == set(tested)
        assert not set(split["test"]) & {*split["train"], *split["val"]}
        assert abs(len(split["test"]) - 178 / 3) < 3
    with open(folder / "predictions.csv", encoding="utf-8") as file:
        written = list(csv.DictReader(file))
    assert sorted(row["id"] for row in written) == sorted(tested)
    for number, split in enumerate(splits, 1):
        with open(folder / f"fold-{number}" / "predictions.csv", encoding="utf-8") as file:
            own = {row["id"]: row["prediction"] for row in csv.DictReader(file)}
        assert own == {row["id"]: row["prediction"] for row in written if row["id"] in split["test"]}


def test_the_figures_are_those_of_the_folds_and_of_all_rows(wine: tuple[Path, str]) -> None:
    folder, said = wine
    found = json.loads((folder / "folds.json").read_text())
    own = [json.loads((folder / f"fold-{number}" / "metrics.json").read_text())["scores"] for number in (1, 2, 3)]
    values = [scores["figures"]["accuracy"] for scores in own]
    assert [each["accuracy"] for each in found["folds"]] == pytest.approx(values)
    assert found["mean"]["accuracy"] == pytest.approx(mean(values))
    assert found["deviation"]["accuracy"] == pytest.approx(stdev(values))
    metrics = json.loads((folder / "metrics.json").read_text())
    weights = [scores["samples"] for scores in own]
    assert metrics["split"] == "out-of-fold"
    assert metrics["scores"]["samples"] == 178
    assert metrics["scores"]["figures"]["accuracy"] == pytest.approx(np.average(values, weights=weights))
    assert metrics["scores"]["loss"] == pytest.approx(np.average([each["loss"] for each in own], weights=weights))
    line = f"3 folds, mean ± standard deviation: accuracy {mean(values):.2%} ± {stdev(values):.2%}"
    assert line in said
    assert line in (folder / "report.txt").read_text()
    assert line in (folder / "report.html").read_text()
    assert said.count("Fold ") == 3


def test_predictions_are_means_of_all_models(wine: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = wine
    run = load_run(folder)
    assert isinstance(run, FoldedRun)
    x = [[13.0 + step] * 13 for step in range(-3, 3)]
    each = np.stack([load_run(folder / f"fold-{number}").predict_proba(x) for number in (1, 2, 3)])
    np.testing.assert_allclose(run.predict_proba(x), each.mean(0), rtol=1e-6)
    assert run.predict(x).labels == [run.classes[place] for place in each.mean(0).argmax(1)]
    assert main(["predict", str(folder), "wine", "-o", str(tmp_path / "out.csv")]) == 0
    assert main(["test", str(folder), "wine"]) == 0
    with pytest.raises(RunError, match="holds 3 models, which have learnt from all rows"):
        run.evaluate()
    with pytest.raises(RunError, match=r"each with a way of its own to read rows, .* export one of them: .*fold-1$"):
        run.export(tmp_path / "x.onnx")
    assert main(["export", str(folder), str(tmp_path / "x.pt2"), "--data", "wine"]) == 1
    assert not (tmp_path / "x.pt2").exists()


def test_a_fold_is_a_run_of_its_own(wine: tuple[Path, str]) -> None:
    run = load_run(wine[0] / "fold-2")
    assert run.config.data.fold == "2/3"
    assert run.evaluate().to_json() == run.metrics["scores"]


def test_yes_and_no_and_several_labels_are_averaged_too(tmp_path: Path) -> None:
    x = torch.randn(90, 4, generator=torch.Generator().manual_seed(0))
    for y in ((x[:, 0] > 0).long(), (x[:, :3] > 0).long()):
        found = fit("mlp", (x, y), folds=2, epochs=3, out=tmp_path, logger="none", console=QUIET)
        each = np.stack([load_run(run.folder).predict_proba(x) for run in found.runs])
        np.testing.assert_allclose(found.predict_proba(x), each.mean(0), rtol=1e-6, atol=1e-9)


def test_each_model_reads_texts_with_its_own_words(tmp_path: Path) -> None:
    source = reviews(tmp_path / "reviews.csv")
    found = fit(data=source, text="review", drop="id", folds=2, epochs=2, out=tmp_path, logger="none", console=QUIET)
    texts = ["a superb lovely film", "awful, sad and poor"]
    each = np.stack([run.predict_proba(texts) for run in found.runs])
    np.testing.assert_allclose(found.predict_proba(texts), each.mean(0), rtol=1e-6)
    first, second = (run.schema.tokenizer_json for run in found.runs)
    assert first != second


def test_a_module_is_trained_anew_in_each_fold(tmp_path: Path) -> None:
    torch.manual_seed(0)
    x = torch.randn(60, 4)
    data, model = (x, (x[:, 0] > 0).long()), nn.Linear(4, 2)
    before = model.weight.clone()
    shared: dict[str, Any] = {"epochs": 2, "lr": 0.1, "task": "multiclass", "logger": "none", "console": QUIET}
    found = fit(model, data, folds=2, out=tmp_path, name="x", **shared)
    assert torch.equal(model.weight, before)
    again = load_run(found.folder, model=nn.Linear(4, 2))
    np.testing.assert_array_equal(again.predict_proba(x), found.predict_proba(x))


def test_a_cross_validation_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = {"data__source": "wine", "folds": 3, "epochs": 4}
    whole = run(config=small(tmp_path, name="whole", **shared), console=QUIET).folder
    original, trained = module.train_one, []

    def stopped(config: FitConfig, *given: Any) -> Outcome:
        outcome = original(config, *given)
        trained.append(outcome.folder.name)
        return Outcome(outcome.folder, Ending.SIGNAL, [], None, 2) if len(trained) == 2 else outcome

    monkeypatch.setattr(module, "train_one", stopped)
    cut = run(config=small(tmp_path, name="cut", **shared), console=QUIET)
    assert (cut.signal, trained) == (2, ["fold-1", "fold-2"])
    with pytest.raises(RunError, match="fold-3 is not whole"):
        load_run(cut.folder)
    # Killed before its settings were written.
    (cut.folder / "fold-3").mkdir()
    resumed = run(resume=cut.folder, console=QUIET)
    assert resumed.signal is None
    assert trained == ["fold-1", "fold-2", "fold-3"]
    assert (cut.folder / "folds.json").read_text() == (whole / "folds.json").read_text()
    run(resume=cut.folder, epochs=5, console=QUIET)
    assert trained[3:] == ["fold-1", "fold-2", "fold-3"]


def test_the_time_is_that_of_all_folds(tmp_path: Path) -> None:
    said = Console(file=io.StringIO(), width=200)
    config = small(
        tmp_path, name="x", data__source="wine", folds=2, time_limit="6s", epochs=100_000, stop__patience=None
    )
    folder = run(config=config, console=said).folder
    limits = [load_run(folder / f"fold-{number}").config.time_limit for number in (1, 2)]
    assert all(limit is not None and float(limit[:-1]) < 3 for limit in limits)
    assert (folder / "folds.json").exists()


def test_a_test_part_without_labels_is_predicted_by_all_models(tmp_path: Path) -> None:
    rows = [f"{n * n % 7},{n % 5},{'xy'[n * n % 7 > 2]}" for n in range(60)]
    (tmp_path / "train.csv").write_text("\n".join(["a,b,label", *rows]))
    (tmp_path / "test.csv").write_text("a,b\n1,2\n6,3\n")
    shared = {"folds": 2, "epochs": 4, "out": tmp_path / "runs", "logger": "none", "console": QUIET}
    found = fit(data=tmp_path, **shared)
    with open(found.folder / "predictions_test.csv", encoding="utf-8") as file:
        written = [float(row["p_y"]) for row in csv.DictReader(file)]
    assert written == pytest.approx(found.predict_proba([{"a": 1, "b": 2}, {"a": 6, "b": 3}])[:, 1], rel=1e-5)


def test_what_cannot_be_folded_is_refused(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("a,label\n" + "".join(f"{n * n % 7},{'xy'[n % 2]}\n" for n in range(30)))
    (tmp_path / "test.csv").write_text("a,label\n1,x\n2,y\n")
    out = tmp_path / "runs"
    cases: list[tuple[dict[str, Any], str]] = [
        ({"data__source": "wine", "folds": 100}, "folds: expected at most 71, so that the rows of a class"),
        ({"data__source": "wine", "folds": 2, "devices": 2}, "devices: expected 1 beside folds"),
        ({"data__source": str(tmp_path), "folds": 2}, "folds: expected nothing, since the data bring a test part"),
    ]
    for settings, text in cases:
        with pytest.raises(SettingError, match=text):
            run(config=small(out, **settings), console=QUIET)
    assert not out.exists()
