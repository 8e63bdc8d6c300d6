"""The checks: one file per finding id. A new file in this folder is a new check; nothing else lists it."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from .base import Check


def all_checks() -> list[type[Check]]:
    """Every check, by id."""
    found = []
    for module in iter_modules(__path__):
        members = vars(import_module(f"{__name__}.{module.name}")).values()
        found += [m for m in members if isinstance(m, type) and issubclass(m, Check) and hasattr(m, "id")]
    return sorted(set(found), key=lambda check: check.id)
