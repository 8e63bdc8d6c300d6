"""Finished runs, one for each task; tests that change one copy it first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from crossent.train.data import DataConfig
from crossent.train.inference.retest import retest
from crossent.train.report.findings import Report

from . import sources
from .runs import trained


class Made(NamedTuple):
    """A run's folder, where its data are, and its report on its test data, made again."""

    folder: Path
    source: str
    report: Report


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Made]:
    """The run of a task, trained when it is first asked for."""
    runs: dict[str, Made] = {}
    root = tmp_path_factory.mktemp("runs")

    def run(task: str) -> Made:
        if task not in runs:
            config, epochs = config_of(task, root)
            run = trained(root / f"{task}-run", config, epochs=epochs)
            runs[task] = Made(run.folder, config.source, retest(run))
        return runs[task]

    return run


def config_of(task: str, root: Path) -> tuple[DataConfig, int]:
    """The data of a task, made in a folder, and how many epochs it takes to learn them."""
    if task == "text":
        return DataConfig(str(sources.reviews(root / "reviews.csv")), text="review", drop="id"), 8
    if task == "multilabel":
        return DataConfig(str(sources.tags(root / "tags.csv")), delimiter="|"), 4
    if task == "image":
        return DataConfig(str(sources.squares(root / "squares")), val_fraction=0.25, test_fraction=0.25), 1
    if task == "segmentation":
        return DataConfig(str(sources.masks(root / "scans")), val_fraction=0.2, test_fraction=0.2), 2
    return DataConfig("breast_cancer"), 3
