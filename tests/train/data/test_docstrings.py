"""The examples in the docstrings run."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize("name", ["", ".schema", ".loading"])
def test_examples(name: str) -> None:
    results = doctest.testmod(import_module(f"crossent.train.data{name}"))
    assert (results.failed, results.attempted > 0) == (0, True)
