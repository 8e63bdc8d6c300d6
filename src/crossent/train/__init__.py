"""The training system: labelled data in, a trained, tested and documented classifier out.

`fit` trains; `load_run`, which is also `crossent.load`, takes up a run that is finished; `register_task` makes a `Task`
of your own known by its name.
They load torch at first use, and the settings (`crossent.train.config.FitConfig`) do without it, so that the command
line answers at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..extras import require

if TYPE_CHECKING:
    from .fitting.api import fit as fit
    from .inference.loading import load_run as load
    from .inference.loading import load_run as load_run
    from .inference.run import Run as Run
    from .tasks.base import Task as Task
    from .tasks.registry import register as register_task

__all__ = ["Run", "Task", "fit", "load", "load_run", "register_task"]

# Where a name lives, and the extra that it needs.
_HOME = {
    "Run": ("inference.run:Run", "predict"),
    "Task": ("tasks.base:Task", "predict"),
    "fit": ("fitting.api:fit", "train"),
    "load": ("inference.loading:load_run", "predict"),
    "load_run": ("inference.loading:load_run", "predict"),
    "register_task": ("tasks.registry:register", "predict"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home, extra = _HOME[name]
    require(extra)
    module, _, found = home.partition(":")
    return getattr(import_module(f".{module}", __name__), found)
