"""The figures of a plain scikit-learn model on the same split: whoever sees less from a net should know."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..data.dataset import Dataset
from ..data.schema import Schema
from ..data.tokens import open_ngrams
from ..tasks.base import Target, Task
from ..tasks.metrics import class_metrics, weighted

# So much is learnt from in some seconds: of a table rows · columns · classes, of texts characters.
_NUMBERS, _CHARACTERS = 20_000_000, 20_000_000
# And so much in a second of one core that has other work too; words are cut by a library, characters by Python.
_NUMBERS_A_SECOND, _IN_WORDS_A_SECOND, _ALONE_A_SECOND = 3_000_000, 800_000, 100_000
# HistGradientBoosting takes no more categories than it has bins.
_CATEGORIES = 255
# What the weights of rows are called.
_WEIGHT = {"tabular": "sample_weight", "text": "linearsvc__sample_weight", "mixed": "linearsvc__sample_weight"}


@dataclass(frozen=True)
class Baseline:
    """A plain model, trained on the same training samples and tested on the same others.

    Attributes:
        name: what it is.
        metric, value: how good it is.
        samples: how many it learnt from; of very large data a part.
        seconds: how long it took, reading included.
    """

    name: str
    metric: str
    value: float
    samples: int
    seconds: float


def baseline(
    task: Task, schema: Schema, train: Dataset, tested: Dataset, spare: float | None = None
) -> Baseline | None:
    """The baseline for tables and texts; None for other inputs, where labels are missing, and where it would take more
    than the seconds that are to spare.

    For tables scikit-learn's HistGradientBoosting, for texts TF-IDF (of words and pairs of them, or of up to three
    characters) with a linear SVM, for texts in tables the same SVM with the columns beside the words; else with their
    defaults. Rows with weights have them here too; of several labels there is then none.
    """
    if schema.kind not in _WEIGHT or not isinstance(train.targets, Tensor):
        return None
    from sklearn.multiclass import OneVsRestClassifier

    start = time.perf_counter()
    targets, counts = tested.targets, task.counts(train.targets).cpu()
    several = task.target is Target.LABELS
    if not isinstance(targets, Tensor) or (several and (not counts.all() or train.weights is not None)):
        return None
    rows = torch.nonzero(counts.reshape(len(counts), -1).all(1)).flatten()
    each, most, a_second = _cost(task, schema, train, rows)
    if len(rows) > most:
        rows = rows[torch.linspace(0, len(rows) - 1, max(most, 100)).long().unique()]
    if spare is not None and len(rows) * each > spare * a_second:
        return None
    name, model, read = {"text": _of_texts, "mixed": _of_both, "tabular": _of_columns}[schema.kind](schema)
    with warnings.catch_warnings():
        # It is taken as it is: a solver that would like more steps is part of a plain baseline.
        warnings.simplefilter("ignore")
        model = OneVsRestClassifier(model) if several else model
        weights = train.weights_of(rows)
        given = {} if weights is None else {_WEIGHT[schema.kind]: weights.numpy(force=True)}
        model.fit(read(train, rows), train.targets.cpu()[rows].long().numpy(), **given)
        prediction = torch.as_tensor(model.predict(read(tested, torch.arange(len(tested)))))
    weights = None if tested.weights is None else tested.weights.cpu()
    prediction = prediction == 1 if several else prediction
    counted = task.tally(prediction, targets.cpu(), weighted(task.counts(targets).cpu(), weights))
    measured = task.measured(counted, class_metrics(counted, task.classes), {})
    metric = next((name for name in task.headline if measured.get(name) is not None), None)
    value = None if metric is None else measured[metric]
    if metric is None or value is None:
        return None
    return Baseline(f"scikit-learn's {name}", metric, value, len(rows), time.perf_counter() - start)


def _of_columns(schema: Schema) -> tuple[str, Any, Callable[[Dataset, Tensor], Any]]:
    from sklearn.ensemble import HistGradientBoostingClassifier

    codes = [len(column.values) < _CATEGORIES for column in schema.categories]
    model = HistGradientBoostingClassifier(categorical_features=[False] * len(schema.numbers) + codes, random_state=0)

    def read(data: Dataset, rows: Tensor) -> NDArray[np.float32]:
        batch = data.inputs.take(rows)
        parts = batch if isinstance(batch, tuple) else (batch,)
        return np.concatenate([part.numpy(force=True).astype(np.float32) for part in parts], 1)

    return "HistGradientBoosting", model, read


def _of_texts(schema: Schema) -> tuple[str, Any, Callable[[Dataset, Tensor], Any]]:
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    model = make_pipeline(_words(schema), LinearSVC(random_state=0))
    return "TF-IDF with a linear SVM", model, lambda data, rows: [str(data.show(row)) for row in rows.tolist()]


def _of_both(schema: Schema) -> tuple[str, Any, Callable[[Dataset, Tensor], Any]]:
    from sklearn.compose import make_column_transformer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder
    from sklearn.svm import LinearSVC

    first = 1 + len(schema.numbers)
    codes = OneHotEncoder(handle_unknown="ignore"), slice(first, first + len(schema.categories))
    columns = make_column_transformer((_words(schema), 0), ("passthrough", slice(1, first)), codes)

    def read(data: Dataset, rows: Tensor) -> NDArray[np.object_]:
        # Numbers are scaled already; the tokens stand last.
        parts = [part.numpy(force=True) for part in data.inputs.take(rows)[:-1]]
        texts = np.asarray([str(data.show(row)) for row in rows.tolist()], dtype=object)
        return np.concatenate([texts[:, None], *parts], 1, dtype=object)

    return "TF-IDF and columns with a linear SVM", make_pipeline(columns, LinearSVC(random_state=0)), read


def _words(schema: Schema) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    grams = {"analyzer": "char", "ngram_range": (1, 3)} if _by_characters(schema) else {"ngram_range": (1, 2)}
    return TfidfVectorizer(sublinear_tf=True, **grams)


def expected_seconds(task: Task, schema: Schema, train: Dataset) -> float:
    """How long a baseline may take; 0 where there is none."""
    if schema.kind not in _WEIGHT:
        return 0.0
    each, most, a_second = _cost(task, schema, train, torch.arange(len(train)))
    return min(len(train), most) * each / a_second


def _by_characters(schema: Schema) -> bool:
    """Return whether texts are cut into characters, not words."""
    if schema.tokenizer != "ngrams":
        return schema.tokenizer == "characters"
    return open_ngrams(schema.tokenizer_json or "").of_characters


def _cost(task: Task, schema: Schema, train: Dataset, rows: Tensor) -> tuple[float, int, int]:
    """How much a row is to learn from, how many rows are affordable, and how much is learnt from in a second; of very
    many rows a part is learnt from that is spread evenly over them."""
    if schema.kind != "tabular":
        some = rows[:: max(1, len(rows) // 1000)].tolist()
        each = (1 + sum(len(str(train.show(row))) for row in some)) / max(len(some), 1)
        return each, int(_CHARACTERS / each), _ALONE_A_SECOND if _by_characters(schema) else _IN_WORDS_A_SECOND
    columns = max(len(schema.columns), 1) * (1 if len(task.classes) == 2 else len(task.classes))
    return columns, _NUMBERS // columns, _NUMBERS_A_SECOND
