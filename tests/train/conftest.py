"""What the tests of the training share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from xent.train.config import FitConfig
from xent.train.config_names import configured
from xent.train.fitting import Outcome, run

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
