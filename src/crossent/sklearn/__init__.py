"""The training system as an estimator of scikit-learn's: `from crossent.sklearn import CrossentClassifier`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..extras import require

if TYPE_CHECKING:
    from .classifier import CrossentClassifier as CrossentClassifier

__all__ = ["CrossentClassifier"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    require("train")
    return getattr(import_module(".classifier", __name__), name)
