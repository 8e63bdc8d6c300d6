"""Weights as dictionaries: taken from a module, loaded into one, saved, read from a file; and weights drawn anew."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any

import torch
from torch import Tensor, nn
from torch.compiler import is_dynamo_compiling
from torch.optim import Optimizer

from ...core.values import readable
from .. import sites
from ..engine import Engine, here
from ..events import CopiedOntoItself, FileLoaded, OptimizerStateUsed, StateMatched, StateTaken, StateUsed, WeightDrawn
from ..patches import Patches


def install(engine: Engine, patches: Patches) -> None:
    """Watch `state_dict`, `load_state_dict`, `torch.save` and their like, and `copy_`."""

    def taking(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def state_dict(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
            if here.thread.quiet or not engine.on or is_dynamo_compiling():
                return original(module, *args, **kwargs)
            # A module asks its parts in the same way.
            here.thread.quiet = True
            try:
                state = original(module, *args, **kwargs)
            finally:
                here.thread.quiet = False
            engine.quietly(lambda: engine.emit(StateTaken(sites.here(), module, state)))
            return state

        return state_dict

    def loading(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def load_state_dict(module: nn.Module, state: Any, *args: Any, **kwargs: Any) -> Any:
            if not here.thread.quiet:
                engine.quietly(lambda: engine.emit(StateUsed(sites.here(), module, state)))
            result = original(module, state, *args, **kwargs)
            if not here.thread.quiet and engine.on:
                engine.quietly(matched, module, state, result)
            return result

        return load_state_dict

    def matched(module: nn.Module, state: Any, result: Any) -> None:
        if hasattr(result, "missing_keys"):
            own = module.state_dict()
            engine.emit(StateMatched(sites.here(), module, sum(name in state for name in own), len(state)))

    def optimizer_loading(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def load_state_dict(optimizer: Optimizer, *args: Any, **kwargs: Any) -> Any:
            if not here.thread.quiet:
                engine.quietly(lambda: engine.emit(OptimizerStateUsed(sites.here(), optimizer)))
            return original(optimizer, *args, **kwargs)

        return load_state_dict

    def reading(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def load(*args: Any, **kwargs: Any) -> Any:
            thing = original(*args, **kwargs)
            if not here.thread.quiet:
                engine.quietly(lambda: engine.emit(FileLoaded(sites.here(), thing)))
            return thing

        return load

    def drawing(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def init(tensor: Any, *args: Any, **kwargs: Any) -> Any:
            result = original(tensor, *args, **kwargs)
            if isinstance(tensor, Tensor) and not here.thread.quiet and engine.on and not is_dynamo_compiling():
                engine.quietly(lambda: engine.emit(WeightDrawn(sites.NOWHERE, tensor)))
            return result

        return init

    def saving(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def save(thing: Any, *args: Any, **kwargs: Any) -> Any:
            if not here.thread.quiet:
                engine.quietly(lambda: engine.emit(StateUsed(sites.here(), None, thing)))
            return original(thing, *args, **kwargs)

        return save

    def copying(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def copy_(tensor: Tensor, *args: Any, **kwargs: Any) -> Any:
            source = args[0] if args else None
            if isinstance(source, Tensor) and source is not tensor and not is_dynamo_compiling():
                same = not here.thread.quiet and engine.on and sites.is_own(sys._getframe(1).f_code.co_filename)
                if same and readable(source) and source.data_ptr() == tensor.data_ptr() != 0:
                    engine.quietly(lambda: engine.emit(CopiedOntoItself(sites.here())))
            return original(tensor, *args, **kwargs)

        return copy_

    patches.wrap(nn.Module, "state_dict", taking)
    patches.wrap(Tensor, "copy_", copying)
    patches.wrap(nn.Module, "load_state_dict", loading)
    patches.wrap(torch, "save", saving)
    patches.wrap(torch, "load", reading)
    patches.wrap(Optimizer, "load_state_dict", optimizer_loading)
    for name, function in list(vars(nn.init).items()):
        if isinstance(function, FunctionType) and name.endswith("_") and not name.startswith("_"):
            patches.wrap(nn.init, name, drawing)
