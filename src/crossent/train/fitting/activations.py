"""Tells about a model that ends in probabilities where the loss wants logits: it trains, and learns little."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn

from ...core.graph import activation
from ..tasks.base import Task
from ..tasks.output import logits_of
from ..tasks.sigmoid import SigmoidTask
from ..tasks.softmax import SoftmaxTask


@contextmanager
def first_output_watched(model: nn.Module, task: Task, say: Callable[[str], None]) -> Iterator[None]:
    """Look at the first output that is trained on, and say what is wrong with it; nothing else is changed or kept."""

    def look(module: nn.Module, inputs: Any, output: Any) -> None:
        logits = logits_of(output)
        if not logits.requires_grad:
            return
        handle.remove()
        found = activation(logits)
        # A task of one's own knows what it takes.
        if found is not None and isinstance(task, (SoftmaxTask, SigmoidTask)):
            say(
                f"! The model ends in a {found}, and the loss of a {task.name} task applies its own: it cannot "
                f"learn to be sure, and its gradients are small. Remove the {found}; what predicts adds it"
            )

    handle = model.register_forward_hook(look)
    try:
        yield
    finally:
        handle.remove()
