"""Tasks by name: the four that are here, those of installed packages, and those that a program registers."""

from __future__ import annotations

import difflib
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from ..config.rules import SettingError
from .target import Target

if TYPE_CHECKING:
    from .base import Task

# Packages name their tasks in this group of entry points: name = "package.module:Class".
GROUP = "crossent.tasks"
_BUILT_IN = {"multiclass": "Multiclass", "binary": "Binary", "multilabel": "Multilabel", "segmentation": "Segmentation"}
# Known without their classes, which load torch.
_TARGETS = {
    "multiclass": Target.CLASS,
    "binary": Target.CLASS,
    "multilabel": Target.LABELS,
    "segmentation": Target.MASK,
}
_registered: dict[str, type[Task]] = {}


def register(task: type[Task]) -> type[Task]:
    """Make a task known by its name, for `--data.task` and for runs that are loaded; usable as a decorator.

    Raises:
        ValueError: another class has the name.
    """
    known = _registered.get(task.name)
    # A module that is loaded again defines its classes again.
    again = known is not None and known.__qualname__ == task.__qualname__
    if task.name in _BUILT_IN or task.name == "auto" or (known is not None and not again):
        raise ValueError(f"there is a task {task.name!r} already; give {task.__qualname__}.name another value.")
    _registered[task.name] = task
    return task


def task_class(name: str) -> type[Task]:
    """The class of a task.

    Raises:
        SettingError: there is none of this name.

    Example::

        >>> task_class("binary").metrics
        ('accuracy', 'balanced_accuracy', 'f1', 'roc_auc', 'average_precision')
    """
    if name in _BUILT_IN:
        found: type[Task] = getattr(import_module(f".{name}", __package__), _BUILT_IN[name])
        return found
    if name not in _registered:
        for entry in entry_points(group=GROUP, name=name):
            _registered[name] = entry.load()
    if name not in _registered:
        known = [*_BUILT_IN, *sorted({*_registered, *(entry.name for entry in entry_points(group=GROUP))})]
        near = (difflib.get_close_matches(name, known, n=1) or known)[0]
        hint = "; a task of your own is known once its module has been imported and calls crossent.train.register_task"
        raise SettingError("data.task", f"auto or one of {', '.join(known)}{hint}", name, near)
    return _registered[name]


def target_of(name: str) -> Target:
    """How the samples of a task are labelled.

    Raises:
        SettingError: there is no task of this name.
    """
    return _TARGETS.get(name) or task_class(name).target
