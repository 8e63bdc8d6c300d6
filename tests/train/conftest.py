"""What the tests of the training share."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from xent.train.config import FitConfig
from xent.train.fit import fit
from xent.train.result import FitResult

QUIET = Console(quiet=True)


@pytest.fixture(scope="session")
def short_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[FitConfig, FitResult]:
    """Twenty epochs on the digits: enough to be good, and the best one is not the last."""
    out: Path = tmp_path_factory.mktemp("short") / "runs"
    config = FitConfig(epochs=20, out=str(out), accelerator="cpu")
    return config, fit(config, QUIET)
