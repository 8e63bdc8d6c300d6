"""Losses that compare value by value: squares, distances and the divergence of distributions."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch.nn.functional as F
from torch import Tensor
from torch.compiler import is_dynamo_compiling

from ...core.values import readable
from .. import sites
from ..engine import Engine, here
from ..events import DivergenceCall, LossBroadcast
from ..patches import Patches

_LOSSES = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")


def install(engine: Engine, patches: Patches) -> None:
    """Watch them while training is observed."""

    def watching(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def loss(*args: Any, **kwargs: Any) -> Any:
            result = original(*args, **kwargs)
            if is_dynamo_compiling():
                return result
            thread = here.thread
            seen = engine.on and not (thread.quiet or thread.in_backward)
            if seen and isinstance(result, Tensor) and result.requires_grad and engine.history.awake:
                engine.quietly(computed, name, args, kwargs)
            return result

        return loss

    def computed(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        given = [*args[:2], *(kwargs[key] for key in ("input", "target") if key in kwargs)]
        if len(given) < 2 or not all(isinstance(one, Tensor) and readable(one) for one in given):
            return
        input, target = given
        if name == "kl_div":
            log_target = bool(args[5] if len(args) > 5 else kwargs.get("log_target", False))
            engine.emit(DivergenceCall(sites.here(), input, target, log_target))
        elif input.shape != target.shape:
            engine.emit(LossBroadcast(sites.here(), name, input, target))

    for name in (*_LOSSES, "kl_div"):
        patches.wrap(F, name, functools.partial(watching, name))
