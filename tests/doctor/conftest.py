"""Fixtures of the doctor's tests: the server that forks a process for each script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .forks import Forks

# Training scripts, some of which have names like tests.
collect_ignore = ["scripts"]


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """One server for the whole session."""
    server = Forks()
    yield server
    server.close()
