"""The use of results: the numbers read from losses, and the decisions taken from outputs."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.compiler import is_dynamo_compiling

from .. import sites
from ..engine import Engine, here
from ..events import DecisionTaken, ValueRead
from ..history import History
from ..patches import Patches
from ..traces import LossTrace, loss_at

# How a class is chosen from scores.
_DECISIONS = ("argmax", "max", "topk", "round", "gt", "ge", "lt", "le")
_METHODS = (*_DECISIONS, "__gt__", "__ge__", "__lt__", "__le__")


def install(engine: Engine, patches: Patches) -> None:
    """Watch `.item()` and `float()` of losses, and argmax and its like outside of modules."""

    def reading(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def read(tensor: Tensor) -> Any:
            value = original(tensor)
            if is_dynamo_compiling():
                return value
            if not here.thread.quiet and engine.on and engine.history.last_loss is not None:
                engine.quietly(was_read, tensor, value)
            return value

        return read

    def was_read(tensor: Tensor, value: float) -> None:
        trace = _trace(tensor, engine.history)
        if trace is not None:
            engine.emit(ValueRead(sites.here(), tensor, value, trace))

    def deciding(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def decide(*args: Any, **kwargs: Any) -> Any:
            result = original(*args, **kwargs)
            # The largest of all values, or of two tensors, is no class.
            largest = original.__name__ in ("max", "min") and isinstance(result, Tensor)
            if is_dynamo_compiling() or largest:
                return result
            # Only what happens to the output of a model outside of it is a decision.
            thread = here.thread
            inside = thread.depth or thread.quiet
            if not inside and engine.on and engine.history.calls.undecided is not None:
                engine.quietly(decided, original.__name__, args, kwargs, result)
            return result

        return decide

    def decided(name: str, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        calls = engine.history.calls
        call = calls.undecided
        if call is not None and args:
            engine.emit(DecisionTaken(sites.here(), call, name, args, kwargs))
        calls.decision(result)

    def leaving(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def numpy(tensor: Tensor, *args: Any, **kwargs: Any) -> Any:
            # Scores of classes that go to NumPy are decided there; images are not.
            thread = here.thread
            if not thread.depth and not thread.quiet and engine.on and tensor.ndim <= 2:
                calls = engine.history.calls
                if calls.undecided is not None:
                    engine.quietly(calls.decision, None)
            return original(tensor, *args, **kwargs)

        return numpy

    for name in ("item", "__float__"):
        patches.wrap(Tensor, name, reading)
    for name in _METHODS:
        patches.wrap(Tensor, name, deciding)
    for name in _DECISIONS:
        patches.wrap(torch, name, deciding)
    patches.wrap(Tensor, "numpy", leaving)


def _trace(tensor: Tensor, history: History) -> LossTrace | None:
    """The loss that a tensor is the value of: by its graph, or because it is the memory of the last one."""
    if tensor.grad_fn is not None:
        return loss_at(tensor.grad_fn)
    if history.last_loss is None or tensor.ndim:
        return None
    last = history.last_loss[0]()
    same = last is not None and (last is tensor or last.data_ptr() == tensor.data_ptr())
    return history.last_loss[1] if same else None
