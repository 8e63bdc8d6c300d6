"""Every kind of run on every kind of source: an answer, or an error in our words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from crossent.train.config.rules import SettingError
from crossent.train.data import DataError
from crossent.train.inference.loading import load_run
from crossent.train.inference.predict_file import predict_file
from crossent.train.inference.run import RunError

from ..train import sources
from ..train.made import Made
from ..train.made import made as made

RUNS = ("text", "multilabel", "image", "segmentation", "binary")


def _csv(folder: Path) -> str:
    (folder / "numbers.csv").write_text("a,b,label\n1,2,x\n3,4,y\n")
    return str(folder / "numbers.csv")


def _jsonl(folder: Path) -> str:
    (folder / "rows.jsonl").write_text('{"review": "good", "n": 1}\n{"review": "bad", "n": 2}\n')
    return str(folder / "rows.jsonl")


def _npz(folder: Path, *shape: int) -> str:
    path = folder / f"arrays{len(shape)}.npz"
    generator = np.random.default_rng(0)
    np.savez(path, x_train=generator.random((6, *shape), np.float32), y_train=np.arange(6) % 2)
    return str(path)


def _png(folder: Path) -> str:
    Image.fromarray(np.zeros((5, 7, 3), np.uint8)).save(folder / "one.png")
    return str(folder / "one.png")


def _empty(folder: Path) -> str:
    (folder / "empty").mkdir()
    return str(folder / "empty")


SOURCES: dict[str, Callable[[Path], str]] = {
    "breast_cancer": lambda folder: "breast_cancer",
    "digits": lambda folder: "digits",
    "numbers.csv": _csv,
    "reviews.csv": lambda folder: str(sources.reviews(folder / "reviews.csv")),
    "tags.csv": lambda folder: str(sources.tags(folder / "tags.csv")),
    "rows.jsonl": _jsonl,
    "squares": lambda folder: str(sources.squares(folder / "squares")),
    "scans": lambda folder: str(sources.masks(folder / "scans")),
    "columns.npz": lambda folder: _npz(folder, 30),
    "too few columns.npz": lambda folder: _npz(folder, 4),
    "images.npz": lambda folder: _npz(folder, 3, 8, 8),
    "grey.npz": lambda folder: _npz(folder, 8, 8),
    "one.png": _png,
    "empty folder": _empty,
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("task", RUNS)
def test_every_run_on_every_source(made: Callable[[str], Made], tmp_path: Path, task: str, source: str) -> None:
    path = SOURCES[source](tmp_path)
    run = load_run(made(task).folder)
    output = tmp_path / ("masks" if task == "segmentation" else "predicted.csv")
    predicted = outcome(lambda: predict_file(run, path, output, run.decision(0.5, False)))
    assert not predicted or not output.exists()
    outcome(lambda: run.evaluate(path))
    if KIND_OF_RUN[task] != KIND_OF_SOURCE.get(source, KIND_OF_RUN[task]):
        assert "but the training was on" in predicted


KIND_OF_RUN = {"text": "table", "multilabel": "table", "image": "image", "segmentation": "image", "binary": "table"}
KIND_OF_SOURCE = {
    **dict.fromkeys(("numbers.csv", "reviews.csv", "tags.csv", "rows.jsonl"), "table"),
    **dict.fromkeys(("squares", "scans", "one.png"), "image"),
}


def outcome(attempt: Callable[[], object]) -> str:
    """The words of the error, if there is one; any other error is the test's."""
    try:
        attempt()
    except (RunError, DataError, SettingError) as error:
        return str(error)
    return ""
