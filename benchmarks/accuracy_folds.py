"""Ten-fold accuracy of `crossent fit` with its defaults, beside what people would pick instead, on the same folds.

    python benchmarks/accuracy_folds.py [NAME ...] [--texts FOLDER] [--folds 3] [--seeds 1] [--no-fit] [--json FILE]

FOLDER holds labelled texts: NAME.csv with the columns text and label, or NAME/ with train.csv and test.csv. Tables come
from PyPI (accuracy_data.py). One `crossent fit` per fold with no option but the source; baselines learn from the same
rows, those that `fit` takes for its validation included. CPU seconds are of one fold.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.svm import LinearSVC

from accuracy_data import SMALL_TABLES, small_table

Row = Sequence[str]


class Fold(NamedTuple):
    """Training and test rows, the label last."""

    train: list[Row]
    test: list[Row]


def text_folds(path: Path, count: int) -> Iterator[Fold]:
    """The folds of a file, or the parts of a folder."""
    if path.is_dir():
        yield Fold(_texts(path / "train.csv"), _texts(path / "test.csv"))
    else:
        yield from folds(_texts(path.with_suffix(".csv")), count)


def folds(rows: list[Row], count: int) -> Iterator[Fold]:
    """The first of ten stratified folds."""
    splits = StratifiedKFold(10, shuffle=True, random_state=0).split(rows, [row[-1] for row in rows])
    for _, (train, test) in zip(range(count), splits, strict=False):
        yield Fold([rows[place] for place in train], [rows[place] for place in test])


def _texts(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["label"]) for row in csv.DictReader(file) if row["text"].strip()]


def fitted(fold: Fold, names: Sequence[str], seed: int) -> float:
    """The accuracy of one `crossent fit`."""
    with tempfile.TemporaryDirectory() as folder:
        for part, rows in (("train", fold.train), ("test", fold.test)):
            with (Path(folder) / f"{part}.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([names, *rows])
        command = [sys.executable, "-m", "crossent", "fit", folder, "--out", folder, "--name", "run"]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        subprocess.run([*command, "--seed", str(seed)], check=True, stdout=subprocess.DEVNULL, env=environment)
        metrics = json.loads((Path(folder) / "run" / "metrics.json").read_text(encoding="utf-8"))
    return float(metrics["scores"]["figures"]["accuracy"])


def text_models(rows: Sequence[Row]) -> dict[str, Callable[[], Any]]:
    """Linear models of TF-IDF; of Chinese its characters."""
    plain = sum(row[0].count(" ") for row in rows) / sum(len(row[0]) for row in rows) > 0.05
    words: dict[str, Any] = {"ngram_range": (1, 2)} if plain else {"analyzer": "char", "ngram_range": (1, 3)}
    parts: dict[str, Any] = {"analyzer": "char_wb", "ngram_range": (2, 5)} if plain else {"analyzer": "char"}

    def made(classifier: Any, options: dict[str, Any]) -> Any:
        return make_pipeline(TfidfVectorizer(sublinear_tf=True, **options), classifier)

    return {
        "LinearSVC": lambda: made(LinearSVC(), words),
        "LinearSVC of characters": lambda: made(LinearSVC(), parts),
        "logistic regression": lambda: made(LogisticRegression(C=10, max_iter=300), words),
    }


def table_models(rows: Sequence[Row]) -> dict[str, Callable[[], Any]]:
    """Trees and a linear model of a table, whose columns are numbers or categories."""
    numbers = [place for place in range(len(rows[0]) - 1) if all(_is_number(row[place]) for row in rows)]
    names = [place for place in range(len(rows[0]) - 1) if place not in numbers]

    def made(classifier: Any, scaled: bool = False) -> Any:
        codes = OneHotEncoder(handle_unknown="ignore") if scaled else _ordinal()
        scale = StandardScaler() if scaled else "passthrough"
        return make_pipeline(make_column_transformer((scale, numbers), (codes, names)), classifier)

    marked = [False] * len(numbers) + [True] * len(names)
    return {
        "HistGradientBoosting": lambda: made(
            HistGradientBoostingClassifier(categorical_features=marked, random_state=0)
        ),
        "random forest": lambda: made(RandomForestClassifier(500, random_state=0)),
        "logistic regression": lambda: made(LogisticRegression(max_iter=1000), scaled=True),
    }


def _ordinal() -> OrdinalEncoder:
    return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)


def _is_number(text: str) -> bool:
    try:
        return float(text) == float(text)
    except ValueError:
        return False


def baseline(make: Callable[[], Any], fold: Fold, texts: bool) -> float:
    """The accuracy of a scikit-learn model."""
    read = (lambda rows: [row[0] for row in rows]) if texts else (lambda rows: np.asarray(rows, object)[:, :-1])
    train, test = map(read, fold)
    model = make().fit(train, [row[-1] for row in fold.train])
    return float(np.mean(model.predict(test) == np.asarray([row[-1] for row in fold.test])))


def seconds() -> float:
    """CPU seconds of this process and of those that it waited for."""
    found = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in found)


def measured(found: Iterator[float]) -> dict[str, float]:
    """Mean, standard error and CPU seconds of one."""
    before = seconds()
    values = list(found)
    error = float(np.std(values, ddof=1) / len(values) ** 0.5) if len(values) > 1 else 0.0
    return {"accuracy": float(np.mean(values)), "error": error, "seconds": (seconds() - before) / len(values)}


def main() -> None:
    """Run the data sets and print a table, a row each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="data sets, by default all")
    parser.add_argument("--texts", type=Path, help="folder of labelled texts")
    parser.add_argument("--folder", type=Path, default=Path.home() / ".cache" / "crossent" / "accuracy")
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--no-fit", action="store_true", help="the baselines alone")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    texts = sorted({path.stem for path in options.texts.iterdir()}) if options.texts else []
    results: dict[str, Any] = {}
    for name in options.names or [*texts, *SMALL_TABLES]:
        start = time.perf_counter()
        if name in SMALL_TABLES:
            columns, rows = small_table(name, options.folder)
            parts, models = list(folds(rows, options.folds)), table_models(rows)
        else:
            columns, parts = ("text", "label"), list(text_folds(options.texts / name, options.folds))
            models = text_models(parts[0].train)
        found = {}
        if not options.no_fit:
            found["crossent fit"] = measured(
                fitted(fold, columns, seed) for seed in range(options.seeds) for fold in parts
            )
        with warnings.catch_warnings():
            # A solver that would like more steps is part of a plain baseline.
            warnings.simplefilter("ignore")
            for label, make in models.items():
                found[label] = measured(baseline(make, fold, name not in SMALL_TABLES) for fold in parts)
        results[name] = found
        shown = ", ".join(
            f"{k} {v['accuracy']:.4f} ± {v['error']:.4f} ({v['seconds']:.0f} s)" for k, v in found.items()
        )
        print(f"{name} [{time.perf_counter() - start:.0f} s]: {shown}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
