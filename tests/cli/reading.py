"""The settings that a command line of `crossent fit` asks for."""

from __future__ import annotations

from typing import Any

from crossent.cli.fit import make_parser, settings_of
from crossent.train.config.fit import FitConfig
from crossent.train.config.names import configured


def read_settings(arguments: list[str]) -> dict[str, Any]:
    """Settings by whole name."""
    given = make_parser().read(arguments)
    assert given is not None
    return settings_of(given)


def read_config(arguments: list[str]) -> FitConfig:
    """All settings."""
    return configured(FitConfig(), read_settings(arguments))
