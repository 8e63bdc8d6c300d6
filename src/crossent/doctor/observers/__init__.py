"""Observers turn what a script does to torch into events; one file per subject.

Each has `install(engine, patches)`. A wrapper calls what it wraps with exactly the arguments it got, and only looks at
what came out; under `torch.compile` it is not there.
"""

from __future__ import annotations

from ..engine import Engine
from ..patches import Patches
from . import (
    backward,
    clipping,
    divergences,
    layers,
    loaders,
    losses,
    modes,
    modules,
    optimizers,
    schedulers,
    scripting,
    states,
    values,
)

_OBSERVERS = (
    losses,
    backward,
    clipping,
    divergences,
    optimizers,
    modules,
    layers,
    modes,
    loaders,
    schedulers,
    states,
    values,
    scripting,
)


def install(engine: Engine, patches: Patches) -> None:
    """Begin to observe."""
    for observer in _OBSERVERS:
        observer.install(engine, patches)
