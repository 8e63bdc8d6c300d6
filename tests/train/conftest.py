"""Fixtures of the tests of the training."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest
from rich.console import Console

from crossent.train.config.fit import FitConfig
from crossent.train.config.names import configured
from crossent.train.fitting.api import run
from crossent.train.fitting.fit import Outcome

from .made import made as made

QUIET = Console(quiet=True)
# Nothing to wait for: a small model, no event files.
SMALL = {"model": "mlp", "model.kwargs": {"hidden": [16]}, "logger": "none", "accelerator": "cpu", "epochs": 3}


def small(out: Path, **settings: Any) -> FitConfig:
    """The digits with a small model; names of settings with __ in the place of the dot."""
    named = {name.replace("__", "."): value for name, value in settings.items()}
    return configured(FitConfig(), {**SMALL, "out": str(out), **named})


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[FitConfig, Outcome]:
    """A whole run with every file, whose best evaluation is not the last."""
    out: Path = tmp_path_factory.mktemp("finished") / "runs"
    config = small(out, epochs=12, lr=0.02, logger="tensorboard", name="finished", stop__patience=None)
    return config, run(config=config, console=QUIET)


class Forks:
    """Runs in processes of their own; see tests/train/forking.py."""

    def __init__(self, folder: Path) -> None:
        self._answer = folder / "answer"
        root = Path(__file__).parents[2]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.train.forking"], cwd=root, text=True, stdin=PIPE, stdout=PIPE
        )

    def __call__(self, settings: dict[str, Any], **asked: Any) -> tuple[int, str]:
        """Train; the exit status, negative for a signal, and what was said."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._answer.unlink(missing_ok=True)
        self._process.stdin.write(json.dumps({"settings": settings, "answer": str(self._answer), **asked}) + "\n")
        self._process.stdin.flush()
        status = int(self._process.stdout.readline())
        return status, self._answer.read_text(encoding="utf-8") if self._answer.exists() else ""

    def close(self) -> None:
        """End the process that forks."""
        self._process.communicate()


@pytest.fixture(scope="session")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    """Starts runs that may die without the tests."""
    made = Forks(tmp_path_factory.mktemp("forks"))
    yield made
    made.close()
