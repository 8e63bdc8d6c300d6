"""Fixtures of the tests of the commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from .trained import reviews_run


@pytest.fixture(scope="session")
def reviews(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with reviews.csv, new.csv and a finished run in runs/first-try."""
    return reviews_run(tmp_path_factory.mktemp("reviews"))
