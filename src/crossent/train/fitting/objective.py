"""From the settings of the loss and the labels of the training samples to a task with its weights."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from ...weights import weights_of_counts
from ..config.groups import LossConfig
from ..config.rules import SettingError
from ..data.dataset import Dataset
from ..data.schema import Schema
from ..tasks.base import Target, Task
from ..tasks.metrics import weighted

# Masks that are read from disk are counted this many at a time.
_AT_ONCE = 64


def make_task(schema: Schema, loss: LossConfig, train: Dataset, others: Iterable[Dataset] = ()) -> Task:
    """The task of a schema.

    Args:
        schema: of the data.
        loss: the settings.
        train: whose labels the weights are computed from.
        others: the data that are measured; whether all labels count is looked up in all of them.

    Raises:
        SettingError: a weight does not fit the classes or the task.
    """
    task = schema.new_task(loss)
    task.all_count = all(_all_count(task, part.targets) for part in (train, *others))
    task.weight = _class_weight(task, loss, train)
    task.pos_weight = _pos_weight(task, loss, train)
    return task


def _all_count(task: Task, targets: Any) -> bool:
    if targets is None:
        return True
    return isinstance(targets, Tensor) and bool(task.counts(targets).all())


def _class_weight(task: Task, loss: LossConfig, train: Dataset) -> Tensor | None:
    wanted = loss.weight
    if wanted is None:
        return None
    names = task.classes
    if isinstance(wanted, dict):
        for name in wanted:
            if name not in names:
                near = (difflib.get_close_matches(name, names, n=1) or names)[0]
                raise SettingError("loss.weight", f"weights of the classes {_listed(names)}", name, {near: 2.0})
        return torch.tensor([float(wanted.get(name, 1.0)) for name in names])
    if not isinstance(wanted, str):
        return _per_class("loss.weight", wanted, names)
    if task.target is Target.LABELS:
        expected = f"numbers, one per label, since labels of a {task.name} task do not exclude each other"
        raise SettingError("loss.weight", f"{expected}; to balance each label use loss.pos_weight", wanted, [1.0, 2.0])
    if train.classes is not None and train.weights is None:
        return weights_of_counts(train.classes.double(), wanted)
    targets = train.targets
    assert targets is not None, "training samples have labels"
    if isinstance(targets, Tensor):
        return weights_of_counts(task.count(targets, train.weights).double(), wanted)
    counts = torch.zeros(len(names), dtype=torch.float64)
    for rows in torch.arange(len(train)).split(_AT_ONCE):
        counts += task.count(targets.take(rows))
    return weights_of_counts(counts, wanted)


def _pos_weight(task: Task, loss: LossConfig, train: Dataset) -> Tensor | None:
    wanted = loss.pos_weight
    if wanted is None:
        return None
    if not task.thresholded:
        expected = f"nothing for a {task.name} task, whose classes exclude each other; use loss.weight"
        raise SettingError("loss.pos_weight", expected, wanted, None)
    if isinstance(wanted, str) and train.classes is not None and train.weights is None and task.target is Target.CLASS:
        no, yes = train.classes.double()
        return torch.where(yes > 0, no / yes, 1.0).float()
    if isinstance(wanted, str):
        targets = train.targets
        assert isinstance(targets, Tensor), "only masks are read from disk"
        there = task.counts(targets)
        no, yes = (weighted((targets == side) & there, train.weights).sum(0).double() for side in (0, 1))
        return torch.where(yes > 0, no / yes, 1.0).float()
    if isinstance(wanted, (int, float)):
        return torch.tensor(float(wanted))
    if task.thresholded != task.classes:
        raise SettingError("loss.pos_weight", f"balanced or one number for a {task.name} task", wanted, 2.0)
    return _per_class("loss.pos_weight", wanted, task.classes)


def _per_class(name: str, values: list[float], classes: tuple[str, ...]) -> Tensor:
    if len(values) != len(classes):
        expected = f"{len(classes)} numbers, one per class ({_listed(classes)})"
        raise SettingError(name, expected, list(values), [1.0] * len(classes))
    return torch.tensor([float(value) for value in values])


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:10]) + (", …" if len(names) > 10 else "")
