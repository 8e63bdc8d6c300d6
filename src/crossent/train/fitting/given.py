"""Models that are given as they are: their arguments, and parameters whose shapes the first batch decides."""

from __future__ import annotations

import inspect

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from ..data.dataset import Dataset
from ..errors import ModelError
from ..evaluation.passes import eval_mode
from ..tasks.base import Task


def check_arguments(model: nn.Module, names: tuple[str, ...]) -> None:
    """Make sure that a model takes the inputs of samples that are dicts.

    Raises:
        ModelError: it has no arguments of these names.
    """
    parameters = inspect.signature(model.forward).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return
    strange = [name for name in names if name not in parameters]
    if strange:
        raise ModelError(
            f"the samples hold {', '.join(names)}, but the model's forward takes {', '.join(parameters) or 'nothing'}: "
            f"name its arguments so, or leave {', '.join(strange)} out of the samples"
        )


def is_unfinished(model: nn.Module) -> bool:
    """Return whether some parameters or buffers have no shape yet."""
    return any(map(is_lazy, [*model.parameters(), *model.buffers()]))


def initialise(model: nn.Module, task: Task, data: Dataset) -> None:
    """Give lazy modules their shapes, by one pass over two samples without gradients."""
    if not is_unfinished(model):
        return
    inputs, _ = data.read(torch.arange(min(2, len(data))))
    with eval_mode(model), torch.no_grad():
        task.logits(model, inputs)
