"""The training system: labelled data in, a trained, tested and documented classifier out.

`fit` trains; `load_run` takes up a run that is finished; `register_task` makes a `Task` of your own known by its name.
They load torch at first use, and the settings (`crossent.train.config.FitConfig`) do without it, so that the command
line answers at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..extras import require

if TYPE_CHECKING:
    from .fitting.fit import fit as fit
    from .inference.run import Run as Run
    from .inference.run import load_run as load_run
    from .tasks.base import Task as Task
    from .tasks.registry import register as register_task

__all__ = ["Run", "Task", "fit", "load_run", "register_task"]

_HOME = {
    "Run": "inference.run:Run",
    "Task": "tasks.base:Task",
    "fit": "fitting.fit:fit",
    "load_run": "inference.run:load_run",
    "register_task": "tasks.registry:register",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    require("train")
    module, _, found = _HOME[name].partition(":")
    return getattr(import_module(f".{module}", __name__), found)
