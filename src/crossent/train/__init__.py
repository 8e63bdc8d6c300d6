"""The training system: labelled data in, a trained, tested and documented classifier out.

`fit` trains; `load_run` takes up a run that is finished. Both load torch at first use, and the settings
(`crossent.train.config.FitConfig`) do without it, so that the command line answers at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .fitting.fit import fit as fit
    from .inference.run import Run as Run
    from .inference.run import load_run as load_run

__all__ = ["Run", "fit", "load_run"]

_HOME = {"Run": "inference.run", "fit": "fitting.fit", "load_run": "inference.run"}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
