"""Outermost calls of modules: the model's, whatever is inside of it."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.compiler import is_dynamo_compiling
from torch.nn.modules.loss import _Loss

from .. import sites
from ..engine import INSIDE, LOOKING_INSIDE, OUTSIDE, Engine, here
from ..events import ModuleCalled
from ..history import IdMap
from ..patches import Patches
from ..sites import Site
from ..traces import Call

# Calls whose inner modules are looked at too.
_INNER_CALLS = 3
# Calls of each mode that are announced: by then the modules of a script are known.
_ANNOUNCED = 256


def install(engine: Engine, patches: Patches) -> None:
    """Watch `module(…)`."""
    patches.wrap(nn.Module, "__call__", _Modules(engine).wrapped)


class _Modules:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.models = IdMap()
        self.number = 0
        # Calls that were announced, in training mode and in the other.
        self.announced: dict[bool, int] = {}
        # Where models in training mode were called with gradients.
        self.places: set[tuple[Any, ...]] = set()

    def wrapped(self, original: Callable[..., Any]) -> Callable[..., Any]:
        grad_enabled = torch.is_grad_enabled

        @functools.wraps(original)
        def call(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
            if is_dynamo_compiling():
                return original(module, *args, **kwargs)
            thread = here.thread
            if thread.depth == INSIDE or thread.quiet or not self.engine.on:
                return original(module, *args, **kwargs)
            if thread.depth:
                if not grad_enabled():
                    self.engine.history.frozen_calls.set(module, True)
                return original(module, *args, **kwargs)
            known = self.models.get(module)
            if thread.in_backward or not (self.is_model(module) if known is None else known):
                return original(module, *args, **kwargs)
            grad = grad_enabled()
            history = self.engine.history
            if grad and module.training and not history.awake and sites.place() in self.places:
                # What happens once is always observed, wherever the windows are.
                history.batch_used = True
                if history.calls.last is not None:
                    self.engine.quietly(history.calls.passed)
                thread.depth = INSIDE
                try:
                    return original(module, *args, **kwargs)
                finally:
                    thread.depth = OUTSIDE
            thread.depth = LOOKING_INSIDE if grad and self.number < _INNER_CALLS else INSIDE
            modes: list[tuple[str, bool, Site]] = []
            thread.modes = modes
            try:
                output = original(module, *args, **kwargs)
            except Exception:
                self.engine.quietly(self.failed, module, args)
                raise
            finally:
                thread.depth = OUTSIDE
                thread.modes = None
            self.engine.quietly(self.observe, module, args, output, grad, modes)
            return output

        return call

    def is_model(self, module: nn.Module) -> bool:
        """Modules with parameters, without those whose output is a loss."""
        known = not isinstance(module, _Loss) and next(module.parameters(), None) is not None
        # Lazy modules and modules under construction get parameters later.
        if known or isinstance(module, _Loss):
            self.models.set(module, known)
        return known

    def failed(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        given = ", ".join(str(tuple(one.shape)) for one in args if isinstance(one, torch.Tensor))
        self.engine.history.failed = (sites.here(), f"{type(module).__name__} was called with {given or 'no tensor'}")

    def observe(
        self, module: nn.Module, args: tuple[Any, ...], output: Any, grad: bool, modes: list[tuple[str, bool, Site]]
    ) -> None:
        if torch._C._functorch.maybe_current_level() is not None:
            return
        history, place = self.engine.history, sites.place()
        site = place[0] if place else sites.NOWHERE
        given = args[0] if args else None
        call = Call(module, history.model_of(module), site, grad, history.steps, self.number, given, modes)
        trains = grad and call.training
        fresh = not history.batch_used and not (trains and history.batch_looked_at)
        call.batch_of = history.loader if fresh else None
        history.batch_looked_at = True
        if trains:
            history.batch_used = True
            call.place, call.loader = place, history.loader
            self.places.add(place)
        self.number += 1
        call.output = weakref.ref(output) if isinstance(output, torch.Tensor) else None
        history.calls.made(call, output)
        announced = self.announced[call.training] = self.announced.get(call.training, 0) + 1
        if announced <= _ANNOUNCED:
            self.engine.emit(ModuleCalled(site, module, call))
