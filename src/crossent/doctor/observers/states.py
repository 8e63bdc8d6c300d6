"""Weights as dictionaries: taken from a module, loaded into one, saved."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.compiler import is_dynamo_compiling

from .. import sites
from ..engine import Engine, here
from ..events import StateTaken, StateUsed
from ..patches import Patches


def install(engine: Engine, patches: Patches) -> None:
    """Watch `state_dict`, `load_state_dict` and `torch.save`."""

    def taking(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def state_dict(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
            if here.quiet or not engine.on or is_dynamo_compiling():
                return original(module, *args, **kwargs)
            # A module asks its parts in the same way.
            here.quiet = True
            try:
                state = original(module, *args, **kwargs)
            finally:
                here.quiet = False
            engine.quietly(lambda: engine.emit(StateTaken(sites.here(), module, state)))
            return state

        return state_dict

    def loading(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def load_state_dict(module: nn.Module, state: Any, *args: Any, **kwargs: Any) -> Any:
            if not here.quiet:
                engine.quietly(lambda: engine.emit(StateUsed(sites.here(), module, state)))
            return original(module, state, *args, **kwargs)

        return load_state_dict

    def saving(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def save(thing: Any, *args: Any, **kwargs: Any) -> Any:
            if not here.quiet:
                engine.quietly(lambda: engine.emit(StateUsed(sites.here(), None, thing)))
            return original(thing, *args, **kwargs)

        return save

    patches.wrap(nn.Module, "state_dict", taking)
    patches.wrap(nn.Module, "load_state_dict", loading)
    patches.wrap(torch, "save", saving)
