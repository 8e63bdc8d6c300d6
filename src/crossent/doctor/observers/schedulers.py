"""Learning-rate schedulers: what is built, and when it steps."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from torch.optim import lr_scheduler

from .. import sites
from ..engine import Engine, here
from ..events import SchedulerBuilt, SchedulerStepped
from ..patches import Patches

# Those whose constructors do not call that of the base class.
_OWN_CONSTRUCTORS = ("ReduceLROnPlateau", "SequentialLR", "ChainedScheduler")


def install(engine: Engine, patches: Patches) -> None:
    """Watch every scheduler that is built from now on, of torch and of the user."""
    watched: set[type] = set()

    def building(original: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(original)
        def init(scheduler: Any, *args: Any, **kwargs: Any) -> None:
            if here.thread.quiet or not engine.on:
                original(scheduler, *args, **kwargs)
                return
            # A constructor steps once by itself.
            here.thread.quiet = True
            try:
                original(scheduler, *args, **kwargs)
            finally:
                here.thread.quiet = False
            engine.quietly(built, scheduler)

        return init

    def built(scheduler: Any) -> None:
        site, history = sites.here(), engine.history
        history.built.set(scheduler, site)
        history.averaging.wanted |= isinstance(scheduler, lr_scheduler.ReduceLROnPlateau)
        for kind in type(scheduler).__mro__:
            if "step" in vars(kind) and kind not in watched:
                watched.add(kind)
                patches.wrap(kind, "step", stepping)
        engine.emit(SchedulerBuilt(site, scheduler))

    def stepping(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def step(scheduler: Any, *args: Any, **kwargs: Any) -> Any:
            if here.thread.quiet or not engine.on:
                return original(scheduler, *args, **kwargs)
            engine.quietly(stepped, scheduler, args, kwargs)
            here.thread.quiet = True
            try:
                return original(scheduler, *args, **kwargs)
            finally:
                here.thread.quiet = False

        return step

    def stepped(scheduler: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        site, history = sites.here(), engine.history
        history.averaging.wanted |= isinstance(scheduler, lr_scheduler.ReduceLROnPlateau)
        arguments = (*args, *kwargs.values())
        engine.emit(SchedulerStepped(site, scheduler, history.built_at(scheduler, site), arguments))

    # Those that exist already step too.
    for name in ("LRScheduler", *_OWN_CONSTRUCTORS):
        kind = getattr(lr_scheduler, name, None)
        if kind is not None:
            watched.add(kind)
            patches.wrap(kind, "__init__", building)
            patches.wrap(kind, "step", stepping)
