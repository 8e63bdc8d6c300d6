"""A plain model on the same split: what it is, what it gets, and that the report says when it is better."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import HistGradientBoostingClassifier

from crossent.train.data import Data, DataConfig, load
from crossent.train.evaluation import baseline as module
from crossent.train.evaluation.baseline import Baseline, baseline
from crossent.train.evaluation.outputs import Outputs
from crossent.train.report.finish import assess, to_json
from crossent.train.report.summary import summary
from crossent.train.tasks.multiclass import Multiclass

from .. import sources


def found(data: Data) -> Baseline | None:
    return baseline(data.schema.new_task(), data.schema, data.train, data.test)


def test_of_a_table_it_is_gradient_boosting_on_the_same_rows() -> None:
    data = load(DataConfig("breast_cancer"))
    made = found(data)
    x, y = load_breast_cancer(return_X_y=True)
    train, test = ([int(name.split(":")[1]) for name in part.ids] for part in (data.train, data.test))
    model = HistGradientBoostingClassifier(random_state=0).fit(x[train], y[train])
    assert made.name == "scikit-learn's HistGradientBoosting"
    assert (made.metric, made.samples) == ("accuracy", len(train))
    assert made.value == pytest.approx(model.score(x[test], y[test]), abs=0.025)
    assert 0 < made.seconds < 60


def test_of_texts_it_is_a_linear_model_of_their_words(tmp_path: Path) -> None:
    made = found(load(DataConfig(str(sources.reviews(tmp_path / "reviews.csv")), text="review", drop="id")))
    assert made.name == "scikit-learn's TF-IDF with a linear SVM"
    assert made.value > 0.8


@pytest.mark.parametrize("weighted", [False, True])
def test_of_texts_in_a_table_it_reads_the_columns_too(tmp_path: Path, weighted: bool) -> None:
    # The word says which of two, the colour and the number which of these.
    lines = ["note,colour,size,w,label"]
    for row in range(240):
        word, colour, size = row % 2, row // 2 % 2, row // 4 % 2
        text = f"{['fine', 'lovely'][word]} thing number {row} of these things {row * 7}"
        lines.append(f"{text},{['red', 'blue'][colour]},{size + row / 1000},1,{'ab'[word]}{'cd'[colour]}{'ef'[size]}")
    path = tmp_path / "both.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    options = {"weight": "w"} if weighted else {"drop": "w"}
    data = load(DataConfig(str(path), target="label", text="note", **options))
    assert data.schema.kind == "mixed"
    made = found(data)
    assert made.name == "scikit-learn's TF-IDF and columns with a linear SVM"
    assert made.value > 0.9
    assert module.expected_seconds(data.schema.new_task(), data.schema, data.train) > 0


def test_of_labels_it_is_one_model_each_and_a_label_without_a_sample_does_no_harm(tmp_path: Path) -> None:
    data = load(DataConfig(str(sources.tags(tmp_path / "tags.csv")), delimiter="|"))
    made = found(data)
    assert (made.metric, made.value > 0.5) == ("micro_f1", True)
    data.train.targets[:, 0] = 0
    assert found(data).value < made.value
    data.train.targets[3, 1] = float("nan")
    assert found(data) is None


def test_there_is_none_of_images() -> None:
    assert found(load(DataConfig("digits"))) is None


def test_of_very_many_samples_it_learns_from_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_NUMBERS", 30 * 200)
    assert found(load(DataConfig("breast_cancer"))).samples == 200


def test_it_is_made_where_there_is_time() -> None:
    data = load(DataConfig("breast_cancer"))
    task = data.schema.new_task()
    expected = module.expected_seconds(task, data.schema, data.train)
    assert expected == pytest.approx(397 * 30 / module._NUMBERS_A_SECOND)
    assert module.baseline(task, data.schema, data.train, data.test, spare=2 * expected) is not None
    assert module.baseline(task, data.schema, data.train, data.test, spare=expected / 2) is None
    images = load(DataConfig("digits"))
    assert module.expected_seconds(images.schema.new_task(), images.schema, images.train) == 0


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.25, "For comparison: scikit-learn's X gets accuracy 25.00% in 0.3 s on the same split."),
        (
            1.0,
            "A plain model is better on the same split: scikit-learn's X gets accuracy 100.00% in 0.3 s, instead of "
            "50.00%.",
        ),
    ],
)
def test_the_report_says_when_it_is_better(value: float, words: str) -> None:
    logits, targets = torch.eye(2), torch.tensor([0, 0])
    outputs = Outputs(Multiclass(("a", "b")), logits, targets, torch.zeros(2), ["1", "2"], 0.5)
    report = assess(outputs.task, outputs, outputs)
    assert to_json(report)["baseline"] is None
    report.baseline = Baseline("scikit-learn's X", "accuracy", value, 100, 0.3)
    assert words in summary(report)
    assert to_json(report)["baseline"]["value"] == value
