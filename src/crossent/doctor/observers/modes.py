"""Functions that act differently in training mode: dropout and batch norm, which a model may call without a layer."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch.nn.functional as F
from torch.compiler import is_dynamo_compiling

from .. import sites
from ..engine import Engine, here
from ..patches import Patches

# Attention that drops out wherever it is told a probability: place and default.
_ATTENTION = ("scaled_dot_product_attention", 4, 0.0)
_DROPOUTS = ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout")


def install(engine: Engine, patches: Patches) -> None:
    """Watch the functions that take `training=`."""
    for name in _DROPOUTS:
        patches.wrap(F, name, functools.partial(_noting, engine, name, 2, True))
    name, position, default = _ATTENTION
    patches.wrap(F, name, functools.partial(_noting, engine, name, position, default))
    patches.wrap(F, "batch_norm", functools.partial(_noting, engine, "batch_norm", 5, False))


def _noting(
    engine: Engine, name: str, position: int, default: float, original: Callable[..., Any]
) -> Callable[..., Any]:
    """Note a call with its `training`, which stands at this position of the arguments."""

    def note(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        modes = here.thread.modes
        if modes is not None and _acts(name, args, kwargs):
            told = "dropout_p" if name == _ATTENTION[0] else "training"
            on = bool(args[position] if len(args) > position else kwargs.get(told, default))
            modes.append((name, on, sites.here() if on else sites.NOWHERE))

    @functools.wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        if here.thread.modes is not None and not is_dynamo_compiling():
            engine.quietly(note, args, kwargs)
        return original(*args, **kwargs)

    return call


def _acts(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    if name == _ATTENTION[0]:
        return bool((args[4] if len(args) > 4 else kwargs.get("dropout_p", 0.0)) > 0)
    if name != "batch_norm":
        return bool((args[1] if len(args) > 1 else kwargs.get("p", 0.5)) > 0)
    # Without running statistics it normalises with the batch at hand in either mode.
    return (args[1] if len(args) > 1 else kwargs.get("running_mean")) is not None
