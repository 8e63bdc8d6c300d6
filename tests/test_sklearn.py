"""`CrossentClassifier` keeps scikit-learn's conventions, and trains as `crossent fit` does."""

from __future__ import annotations

import io
import pickle
import re
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris
from sklearn.ensemble import BaggingClassifier
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from crossent.sklearn import CrossentClassifier
from crossent.train import load_run
from crossent.train.config.rules import SettingError
from crossent.train.data import DataError, from_python

IRIS, KINDS = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])[KINDS]
QUICK: dict[str, Any] = {"hidden": (16,), "epochs": 15, "lr": 0.03}
# Rows are drawn into batches and split by their number, so that a row of weight 2 is not two rows.
FAILING = {f"check_sample_weight_equivalence_on_{kind}_data": "batches of rows" for kind in ("dense", "sparse")}


def quick(**settings: Any) -> CrossentClassifier:
    return CrossentClassifier(**{**QUICK, **settings})


@parametrize_with_checks([quick()], expected_failed_checks=lambda _: FAILING)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_the_conventions_of_estimators(estimator: CrossentClassifier, check: Any) -> None:
    check(estimator)


def test_a_search_in_a_pipeline_finds_the_settings_that_learn() -> None:
    steps = make_pipeline(StandardScaler(), quick())
    grid = {"crossentclassifier__lr": [1e-6, 0.03], "crossentclassifier__hidden": [None, (16,)]}
    search = GridSearchCV(steps, grid, cv=3).fit(IRIS, NAMES)
    assert search.best_params_["crossentclassifier__lr"] == 0.03
    assert search.best_score_ > 0.9
    assert set(search.predict(IRIS)) == set(NAMES)


def test_other_estimators_hold_it() -> None:
    assert cross_val_score(quick(), IRIS, NAMES, cv=3, scoring="neg_log_loss").mean() > -0.4
    bagged = BaggingClassifier(quick(), n_estimators=3, random_state=0).fit(IRIS, NAMES)
    assert bagged.score(IRIS, NAMES) > 0.9
    # Each with a seed of its own.
    first, second = (each.predict_proba(IRIS) for each in bagged.estimators_[:2])
    assert not np.allclose(first, second)


def test_probabilities_are_in_the_order_of_the_classes() -> None:
    model = quick().fit(IRIS, NAMES)
    assert model.classes_.tolist() == sorted(set(NAMES))
    p = model.predict_proba(IRIS)
    assert p.dtype == np.float64
    np.testing.assert_allclose(p.sum(1), 1, rtol=1e-12)
    assert log_loss(NAMES, p) < 0.4
    assert (model.classes_[model.decision_function(IRIS).argmax(1)] == model.predict(IRIS)).all()
    two = NAMES != "setosa"
    binary = quick().fit(IRIS[two], NAMES[two])
    assert binary.decision_function(IRIS[two]).shape == (100,)
    logits = binary.decision_function(IRIS[two]).astype(np.float64)
    np.testing.assert_allclose(binary.predict_proba(IRIS[two])[:, 1], 1 / (1 + np.exp(-logits)), rtol=1e-12)
    assert ((logits > 0) == (binary.predict(IRIS[two]) == "virginica")).all()


def test_copies_and_pickles_predict_the_same_and_a_seed_gives_the_same_again() -> None:
    before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    model = quick().fit(IRIS, NAMES)
    p = model.predict_proba(IRIS)
    assert torch.equal(before[0], torch.get_rng_state())
    assert (before[1] == np.random.get_state()[1]).all()  # noqa: NPY002
    assert (pickle.loads(pickle.dumps(model)).predict_proba(IRIS) == p).all()
    assert (clone(model).fit(IRIS, NAMES).predict_proba(IRIS) == p).all()
    assert not np.allclose(clone(model).set_params(random_state=1).fit(IRIS, NAMES).predict_proba(IRIS), p)
    given = clone(model).set_params(random_state=np.random.RandomState(1))
    assert not np.allclose(given.fit(IRIS, NAMES).predict_proba(IRIS), p)


def test_weights_of_rows_are_weights_of_classes() -> None:
    """Where all rows of a class have one weight, the two ways give the same losses, and nearly the same model."""
    weights = {"setosa": 1.0, "versicolor": 5.0, "virginica": 0.5}
    by_row = quick().fit(IRIS, NAMES, sample_weight=[weights[name] for name in NAMES])
    by_class = quick(class_weight=weights).fit(IRIS, NAMES)
    plain = quick().fit(IRIS, NAMES)
    for ours, theirs in zip(by_row.history_, by_class.history_, strict=True):
        assert ours["val_loss"] == pytest.approx(theirs["val_loss"], rel=1e-3)
        assert ours["train_loss"] == pytest.approx(theirs["train_loss"], rel=1e-3)
    np.testing.assert_allclose(by_row.predict_proba(IRIS), by_class.predict_proba(IRIS), atol=1e-3)
    assert by_row.history_[0]["val_loss"] != pytest.approx(plain.history_[0]["val_loss"], rel=1e-3)
    # In parts, the mean is the same: only the dropout, of which there is none here, would differ.
    still: dict[str, Any] = {"model.kwargs.dropout": 0.0}
    rows = np.linspace(0.1, 3, 150)
    whole, parts = (
        quick(settings={**still, "micro_batch_size": size}).fit(IRIS, NAMES, sample_weight=rows) for size in (None, 7)
    )
    assert whole.history_[0]["train_loss"] == pytest.approx(parts.history_[0]["train_loss"], rel=1e-5)
    assert whole.history_[-1]["val_loss"] == pytest.approx(parts.history_[-1]["val_loss"], rel=1e-3)


def test_rows_of_weight_zero_are_as_if_they_were_not_there() -> None:
    some = KINDS != 2
    weighed = quick().fit(IRIS, NAMES, sample_weight=some.astype(float))
    assert weighed.classes_.tolist() == ["setosa", "versicolor"]
    alone = quick().fit(IRIS[some], NAMES[some])
    np.testing.assert_allclose(weighed.predict_proba(IRIS), alone.predict_proba(IRIS), rtol=1e-4, atol=1e-6)
    with pytest.raises(DataError, match="expected a finite sample_weight of at least 0 for each of the 3 rows"):
        from_python(Bunch([[1.0], [2.0], [3.0]], [0, 1, 1], [1.0, -1.0, 1.0]))


class Bunch(dict[str, Any]):
    """As scikit-learn's, of inputs, labels and weights."""

    target = None

    def __init__(self, x: Any, y: Any, weights: Any) -> None:
        super().__init__(data=x, target=y)
        self.sample_weight = weights


def test_several_labels_per_row() -> None:
    y = np.stack([IRIS[:, 0] > 5.8, IRIS[:, 2] > 4], 1).astype(int)
    model = quick().fit(IRIS, y)
    assert model.predict(IRIS).shape == model.predict_proba(IRIS).shape == y.shape
    assert model.score(IRIS, y) > 0.7
    assert model.classes_.tolist() == [0, 1]


def test_sparse_rows_missing_values_and_images() -> None:
    sparse = quick().fit(csr_matrix(IRIS), NAMES)
    assert sparse.score(csr_matrix(IRIS), NAMES) > 0.9
    holes = IRIS.copy()
    holes[::7, 2] = np.nan
    assert quick().fit(holes, NAMES).score(holes, NAMES) > 0.9
    digits = load_digits()
    images = digits.images[:300]
    network = CrossentClassifier(epochs=2, lr=0.01, settings={"model.kwargs.width": 8}).fit(images, digits.target[:300])
    assert type(network.learnt_.model).__name__ == "CNN"
    assert network.predict(images[:5]).shape == (5,)


TEXTS = ["a good film", "a fine film", "good fun", "bad film", "a poor film", "bad and dull"] * 10
MOODS = [1, 1, 1, 0, 0, 0] * 10


def test_texts() -> None:
    model = CrossentClassifier(epochs=5, lr=0.01).fit(TEXTS, MOODS)
    assert model.predict(["good film", "poor film"]).tolist() == [1, 0]
    assert pickle.loads(pickle.dumps(model)).predict_proba(["good"]).shape == (1, 2)


def test_names_of_columns_are_kept() -> None:
    table = pa.table({name: IRIS[:, place] for place, name in enumerate("abcd")})
    model = quick().fit(table, NAMES)
    assert model.feature_names_in_.tolist() == list("abcd")
    assert [column.name for column in model.learnt_.schema.columns] == list("abcd")
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(table.select(list("bacd")))


def test_frames_of_numbers_and_of_anything() -> None:
    pandas = pytest.importorskip("pandas")
    numbers = pandas.DataFrame(IRIS, columns=list("abcd"))
    model = quick().fit(numbers, pandas.Series(NAMES))
    assert model.feature_names_in_.tolist() == list("abcd")
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(numbers[list("bacd")])
    mixed = numbers.assign(kind=np.where(KINDS == 0, "small", "large"), day=pandas.Timestamp("2026-01-01"))
    table = quick().fit(mixed, NAMES)
    assert table.score(mixed, NAMES) > 0.9
    assert table.n_features_in_ == 6


def test_a_run_is_written_where_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with redirect_stdout(io.StringIO()) as said:
        quick().fit(IRIS, NAMES)
    assert (list(tmp_path.iterdir()), said.getvalue()) == ([], "")
    with redirect_stdout(io.StringIO()) as said:
        model = quick(out=tmp_path / "runs", verbose=True).fit(IRIS, NAMES)
    assert "150 rows" in said.getvalue()
    assert (model.run_ / "report.html").exists()
    again = load_run(model.run_).predict(IRIS)
    assert again.labels == model.predict(IRIS).tolist()
    # The same training, whether or not it is written down.
    assert (quick().fit(IRIS, NAMES).predict_proba(IRIS) == model.predict_proba(IRIS)).all()


def test_without_validation_rows_the_training_rows_decide() -> None:
    model = quick(validation_fraction=0).fit(IRIS, NAMES)
    assert model.score(IRIS, NAMES) > 0.9
    # In eval mode there is no dropout, so that the two are not equal.
    assert model.history_[-1]["val_loss"] == pytest.approx(model.history_[-1]["train_loss"], rel=0.5)
    assert CrossentClassifier(epochs=2).fit(IRIS[[0, 50, 100]], NAMES[[0, 50, 100]]).predict(IRIS).shape == (150,)


def test_other_settings_pass_through_and_wrong_ones_are_named() -> None:
    assert quick(settings={"optimizer": "sgd", "ema": 0.9}, patience=None).fit(IRIS, NAMES).n_iter_ == 15
    assert quick(patience="1steps", settings={"min_delta": 10.0}).fit(IRIS, NAMES).n_iter_ < 15
    for settings, text in (
        ({"lr": -1.0}, "lr: expected a number above 0, or auto, got -1.0"),
        ({"settings": {"devices": 2}}, "devices: expected 1 without the folder of a run"),
        ({"settings": {"folds": 3}}, "folds: expected nothing here: cross_val_score trains"),
        ({"random_state": -1}, "seed: expected a whole number from 0"),
    ):
        with pytest.raises(SettingError, match=re.escape(text)):
            quick(**settings).fit(IRIS, NAMES)
    with pytest.raises(TypeError, match="there is no setting optimiser; did you mean optimizer"):
        quick(settings={"optimiser": "sgd"}).fit(IRIS, NAMES)


def test_learning_rate_auto() -> None:
    assert quick(lr="auto", epochs=8).fit(IRIS, NAMES).score(IRIS, NAMES) > 0.8
