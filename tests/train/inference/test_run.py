"""A finished run is taken up again: its figures, its predictions, and what is said of folders that are none."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import nn

from crossent.train import load_run
from crossent.train.data import DataConfig, DataError
from crossent.train.inference.run import Run, RunError
from crossent.train.state.manifest import record

from ..made import Made
from ..runs import trained


@pytest.mark.parametrize("task", ["text", "binary", "multilabel", "image", "segmentation"])
def test_the_figures_of_the_end_come_again(task: str, made: Callable[[str], Made]) -> None:
    run = load_run(made(task).folder)
    assert run.evaluate().to_json() == run.metrics["scores"]
    assert run.evaluate(split="val").to_json() == run.metrics["validation"]
    assert len(run.history) >= 1
    assert {"step", "train_loss", "val_loss", "best"} <= run.history[0].keys()


def test_other_data_are_read_as_the_training_data(made: Callable[[str], Made], tmp_path: Path) -> None:
    run = load_run(made("text").folder)
    source = Path(made("text").source)
    everything = run.evaluate(str(source))
    parts = [run.evaluate(split=name) for name in ("train", "val", "test")]
    assert everything.samples == sum(part.samples for part in parts) == 240
    right = sum(round(part.figures["accuracy"] * part.samples) for part in parts)
    assert everything.figures["accuracy"] == pytest.approx(right / 240)


def test_weights_of_the_loss_come_from_the_run(tmp_path: Path) -> None:
    # "balanced" was counted in the training data, which other data do not tell.
    trained(tmp_path / "run", DataConfig("wine"), epochs=1, loss={"weight": "balanced"})
    run = load_run(tmp_path / "run")
    assert run.task.weight.tolist() == pytest.approx(run.metrics["criterion"]["weight"])
    assert run.evaluate().loss == run.metrics["scores"]["loss"]
    assert len(set(run.task.weight.tolist())) > 1


def test_predictions_hold_together(made: Callable[[str], Made]) -> None:
    run = load_run(made("text").folder)
    found = run.predict(["a superb lovely film", "awful, sad and poor"])
    assert (len(found), found.labels) == (2, ["good", "bad"])
    assert found.classes == ("bad", "good", "so & so")
    assert torch.allclose(found.probabilities.sum(1), torch.ones(2, dtype=torch.float64))
    assert torch.equal(found.probabilities.argmax(1), found.prediction)
    # However long the neighbours are.
    alone = run.predict(["a superb lovely film"], batch_size=1)
    assert torch.allclose(alone.probabilities[0], found.probabilities[0], atol=1e-6)


@pytest.mark.parametrize("task", ["text", "binary", "multilabel", "image"])
def test_every_class_has_its_probability(task: str, made: Callable[[str], Made]) -> None:
    run = load_run(made(task).folder)
    source: Any = made(task).source if task == "binary" else Path(made(task).source)
    found, p = run.predict(source), run.predict_proba(source)
    assert run.classes == run.schema.classes
    assert p.shape == (len(found), len(run.classes))
    if run.schema.task == "binary":
        # A prediction tells that of the second class alone.
        assert (p[:, 1] == found.probabilities.numpy()).all()
        assert (p[:, 0] == 1 - p[:, 1]).all()
    else:
        assert (p == found.probabilities.numpy()).all()
    calibrated = run.predict(source, calibrated=True).probabilities.numpy().reshape(len(found), -1)
    assert (run.predict_proba(source, calibrated=True)[:, -1] == calibrated[:, -1]).all()


def test_one_row_takes_milliseconds(made: Callable[[str], Made]) -> None:
    rows = {
        "text": "a lovely film",
        "multilabel": {"a": 2.0, "b": 1.0, "c": 0.0},
        "image": Image.new("RGB", (16, 16)),
    }
    for task, row in rows.items():
        run, times = load_run(made(task).folder), []
        for _ in range(20):
            began = time.perf_counter()
            run.predict_proba(row)
            times.append(time.perf_counter() - began)
        # The least: of other programs there may be any number.
        assert min(times) < 0.005, task


def test_what_predicts_needs_nothing_that_trains(made: Callable[[str], Made]) -> None:
    """The extra crossent[predict] is enough, from Python and on the command line."""
    runs = {
        task: (str(made(task).folder), str(made(task).source))
        for task in ("text", "multilabel", "image", "segmentation")
    }
    code = f"""
import sys
from pathlib import Path
from crossent.extras import EXTRAS
only = EXTRAS["train"].keys() - EXTRAS["predict"].keys()
sys.modules |= {{name: None for name in {{*only, "scipy"}}}}
import crossent
from crossent.cli import main
for task, (folder, source) in {runs!r}.items():
    run = crossent.load(folder)
    if task != "segmentation":
        found = run.predict(Path(source))
        assert len(run.predict_proba(Path(source))) == len(found.labels)
assert main(["predict", {runs["text"][0]!r}, {runs["text"][1]!r}, "-o", "out.csv"]) == 0
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=made("text").folder.parent, capture_output=True)


def test_rows_may_be_dicts(made: Callable[[str], Made]) -> None:
    run = load_run(made("multilabel").folder)
    found = run.predict([{"a": 2.0, "b": -2.0, "c": -2.0}, {"a": -2.0, "b": -2.0, "c": -2.0}])
    table = run.predict({"a": [2.0, -2.0], "b": [-2.0, -2.0], "c": [-2.0, -2.0]})
    assert torch.equal(found.probabilities, table.probabilities)


def test_one_sample_alone(made: Callable[[str], Made], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = load_run(made("multilabel").folder)
    rows = run.predict([{"a": 2.0, "b": -2.0, "c": -2.0}])
    assert run.predict({"a": 2.0, "b": -2.0, "c": -2.0}).labels == rows.labels
    texts = load_run(made("text").folder)
    found = texts.predict("a superb lovely film")
    assert found.labels == texts.predict(["a superb lovely film"]).labels
    assert texts.predict({"review": "a superb lovely film"}).labels == found.labels
    monkeypatch.chdir(tmp_path)
    Path("film.csv").write_text("review\na superb lovely film\n", encoding="utf-8")
    assert texts.predict(Path("film.csv")).labels == found.labels
    with pytest.raises(RunError) as caught:
        texts.predict("film.csv")
    assert str(caught.value) == (
        "'film.csv' names a file, and could be a text: write predict(Path('film.csv')) for the file, or "
        "predict(['film.csv']) for the text"
    )


def test_rows_of_another_size(made: Callable[[str], Made]) -> None:
    run = load_run(made("multilabel").folder)
    assert run.predict(torch.tensor([[2.0, -2.0, -2.0]])).labels == run.predict([[2.0, -2.0, -2.0]]).labels
    with pytest.raises(
        DataError, match=r"^expected rows of 3 values \(a, b, c\), got one of 2; give a table with these"
    ):
        run.predict([[1, 2]])
    with pytest.raises(DataError, match=r"got int\.$"):
        run.predict(3)


def test_thresholds_and_temperature_are_used_where_asked_for(made: Callable[[str], Made]) -> None:
    folder = made("multilabel").folder
    run = load_run(folder)
    source = made("multilabel").source
    plain, tuned = run.predict(source), run.predict(source, threshold="tuned")
    cuts = torch.tensor([item.probability for item in run.thresholds], dtype=torch.float64)
    assert torch.equal(plain.prediction, plain.probabilities > 0.5)
    assert torch.equal(tuned.prediction, plain.probabilities > cuts)
    assert not torch.equal(tuned.prediction, plain.prediction)
    calibrated = run.predict(source, calibrated=True)
    assert torch.equal(calibrated.prediction, plain.prediction)
    logit = torch.logit(plain.probabilities) / run.temperature
    assert torch.allclose(calibrated.probabilities, logit.sigmoid(), atol=1e-9)
    strict = run.predict(source, threshold=0.9, calibrated=True)
    assert torch.equal(strict.prediction, calibrated.probabilities > 0.9)
    assert all(isinstance(names, list) for names in plain.labels)


def test_a_segmentation_predicts_masks(made: Callable[[str], Made]) -> None:
    run = load_run(made("segmentation").folder)
    found = run.predict(str(Path(made("segmentation").source) / "images"))
    assert (tuple(found.prediction.shape), found.probabilities) == ((30, 16, 20), None)
    with pytest.raises(AttributeError, match=r"^a segmentation has a class per pixel: see \.prediction"):
        found.labels  # noqa: B018
    with pytest.raises(RunError, match=r"^the probabilities of each pixel would fill the memory; predict\(data\)"):
        run.predict_proba(str(Path(made("segmentation").source) / "images"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"threshold": 0.3},
            "a multiclass task has no thresholds: it predicts the class with the highest probability; "
            "leave threshold out",
        ),
        ({"threshold": "tuned"}, "a multiclass task has no thresholds"),
        ({"threshold": "tund"}, "a multiclass task has no thresholds"),
    ],
)
def test_thresholds_are_not_for_every_task(
    arguments: dict[str, object], message: str, made: Callable[[str], Made]
) -> None:
    with pytest.raises(RunError, match=f"^{re.escape(message)}"):
        load_run(made("text").folder).predict(["x"], **arguments)


@pytest.mark.parametrize("threshold", [0, 1.5, "tund"])
def test_a_threshold_is_a_probability(threshold: object, made: Callable[[str], Made]) -> None:
    with pytest.raises(
        RunError, match=r"^threshold: expected a number above 0 and below 1, or 'tuned', got .*; write 0\.5$"
    ):
        load_run(made("binary").folder).predict("breast_cancer", threshold=threshold)


def copied(made: Made, parent: Path) -> Path:
    return Path(shutil.copytree(made.folder, parent / "runs" / "first-try"))


def test_folders_that_are_no_runs(made: Callable[[str], Made], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied(made("binary"), tmp_path)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    for folder, message in (
        ("runs/first-tri", "there is no folder 'runs/first-tri'; did you mean runs/first-try?"),
        ("first-try", "there is no folder 'first-try'; did you mean runs/first-try?"),
        ("elsewhere", "there is no folder 'elsewhere'"),
        ("runs", "'runs' is not the folder of a run; it holds runs, the newest is runs/first-try"),
        ("empty", "'empty' is not the folder of a run: there is no config.yaml in it"),
    ):
        with pytest.raises(RunError, match=f"^{re.escape(message)}$"):
            load_run(folder)


@pytest.mark.parametrize(
    ("part", "what"),
    [("schema", "how its data are read"), ("model.json", "which model it is"), ("best", "its best weights")],
)
def test_a_run_without_a_part(part: str, what: str, made: Callable[[str], Made], tmp_path: Path) -> None:
    folder = copied(made("binary"), tmp_path)
    shutil.rmtree(folder / part) if (folder / part).is_dir() else (folder / part).unlink()
    message = f"{folder} is not whole: {part} is missing ({what}). If its training was interrupted: "
    message += f"crossent fit --resume {folder}"
    with pytest.raises(RunError, match=f"^{re.escape(message)}$"):
        load_run(folder)


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("config.yaml", "a: [", "config.yaml cannot be read: "),
        ("schema/schema.json", "{", "schema.json is not as the run has written it: "),
        ("model.json", "{}", "model.json is not as the run has written it: "),
        ("refit/model.safetensors", "cut short", "was cut short or changed"),
        ("metrics.json", "{", "metrics.json is not as the run has written it: "),
    ],
)
def test_a_damaged_part_is_named(
    file: str, content: str, message: str, made: Callable[[str], Made], tmp_path: Path
) -> None:
    folder = copied(made("binary"), tmp_path)
    (folder / file).write_text(content)
    with pytest.raises(RunError, match=re.escape(message)):
        load_run(folder).evaluate()


def test_weights_of_another_model_are_refused(made: Callable[[str], Made], tmp_path: Path) -> None:
    folder = copied(made("binary"), tmp_path)
    described = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps({**described, "kwargs": {"hidden": [7]}}))
    record(folder, ["model.json"])
    with pytest.raises(RunError, match="refit: the weights are of another model: "):
        load_run(folder).evaluate()


def test_a_model_that_was_an_object_is_asked_for(made: Callable[[str], Made], tmp_path: Path) -> None:
    folder = copied(made("binary"), tmp_path)
    model = load_run(folder).model
    described = {"name": "my_package:Net", "kwargs": {}, "given": True}
    (folder / "model.json").write_text(json.dumps(described))
    record(folder, ["model.json"])
    with pytest.raises(RunError, match=re.escape("was given as an object (my_package:Net), and only its weights are ")):
        load_run(folder).evaluate()
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    # The weights of best/ are read into it.
    assert load_run(folder, model=model).evaluate().to_json() == load_run(folder, model=model).metrics["scores"]


def test_data_that_have_changed_are_noticed(made: Callable[[str], Made], tmp_path: Path) -> None:
    folder = copied(made("binary"), tmp_path)
    split = json.loads((folder / "split.json").read_text())
    split["test"][0] = "breast_cancer:9999"
    (folder / "split.json").write_text(json.dumps(split))
    record(folder, ["split.json"])
    run = load_run(folder)
    with pytest.raises(RunError, match=r"^the data are not those .* 1 rows are gone \(9999\) and 1 rows are new"):
        run.evaluate()
    with pytest.raises(RunError, match=r"^split: expected one of train, val, test, got 'tset'; write split='test'$"):
        run.evaluate(split="tset")
    assert repr(run) == f"Run({str(folder)!r})"
    assert isinstance(run, Run)


def test_a_run_of_version_0_1_is_read(made: Callable[[str], Made], tmp_path: Path) -> None:
    """Which had no manifest, and no checksum of the state of a checkpoint."""
    folder = copied(made("binary"), tmp_path)
    right = load_run(folder).predict("breast_cancer", threshold="tuned", calibrated=True)
    (folder / "manifest.json").unlink()
    for state in folder.glob("*/state.json"):
        content = json.loads(state.read_text())
        del content["checksum"]
        state.write_text(json.dumps(content))
    again = load_run(folder).predict("breast_cancer", threshold="tuned", calibrated=True)
    assert again.labels == right.labels
    assert torch.equal(again.probabilities, right.probabilities)
