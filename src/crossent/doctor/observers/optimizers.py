"""Optimizers: what they were given, and their steps."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch.optim import Optimizer
from torch.optim.optimizer import (
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)

from .. import sites
from ..engine import Engine, StepLimit, here
from ..events import OptimizerBuilt, StepEnded, StepStarted
from ..history import History, Steps
from ..patches import Patches


def install(engine: Engine, patches: Patches) -> None:
    """Watch every optimizer, those too that exist already."""

    def adding(original: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(original)
        def add_param_group(optimizer: Optimizer, *args: Any, **kwargs: Any) -> None:
            original(optimizer, *args, **kwargs)
            if engine.on and not here.thread.quiet:
                engine.quietly(built, optimizer)

        return add_param_group

    def built(optimizer: Optimizer) -> None:
        site = sites.here()
        engine.history.register(optimizer, site)
        engine.emit(OptimizerBuilt(site, optimizer))

    def started(history: History, optimizer: Optimizer) -> None:
        site = here.thread.step = sites.here()
        if optimizer not in history.optimizers:
            history.register(optimizer, site)
        steps = history.steps_of.get(optimizer)
        engine.emit(StepStarted(site, optimizer, 0 if steps is None else steps.number))

    def before(optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        if not engine.on or here.thread.quiet:
            return
        history = engine.history
        # Calls in eval mode are observed always, so what was trained through them is too.
        if history.awake or history.calls.trained:
            engine.quietly(started, history, optimizer)

    def after(optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        if not engine.on or here.thread.quiet:
            return
        history = engine.history
        steps: Steps | None = history.steps_of.get(optimizer)
        if steps is None:
            steps = Steps(sites.here())
            history.steps_of.set(optimizer, steps)
        if history.awake:
            steps.site = here.thread.step
            engine.quietly(engine.emit, StepEnded(steps.site, optimizer, steps.number))
        steps.number += 1
        steps.backwards = history.backwards
        history.last_steps = steps
        history.steps += 1
        engine.turn(history, history.steps, steps.site)
        if engine.step_limit is not None and history.steps >= engine.step_limit:
            raise StepLimit

    def scaling(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def step(scaler: Any, optimizer: Optimizer, *args: Any, **kwargs: Any) -> Any:
            if engine.on:
                engine.quietly(engine.history.scaled.set, optimizer, True)
            return original(scaler, optimizer, *args, **kwargs)

        return step

    def enlarging(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def scale(scaler: Any, *args: Any, **kwargs: Any) -> Any:
            if engine.on and scaler.is_enabled():
                engine.history.scaler = weakref.ref(scaler)
            return original(scaler, *args, **kwargs)

        return scale

    patches.wrap(Optimizer, "add_param_group", adding)
    patches.wrap(torch.amp.GradScaler, "scale", enlarging)
    patches.wrap(torch.amp.GradScaler, "step", scaling)
    patches.after_undo(register_optimizer_step_pre_hook(before).remove)
    patches.after_undo(register_optimizer_step_post_hook(after).remove)
