"""Gradient clipping, and the moment at which a gradient scaler takes its factor out of the gradients."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.compiler import is_dynamo_compiling
from torch.optim import Optimizer

from .. import sites
from ..engine import Engine, here
from ..events import GradientsClipped, GradientsUnscaled
from ..patches import Patches


def install(engine: Engine, patches: Patches) -> None:
    """Watch `clip_grad_norm_`, `clip_grad_value_` and `GradScaler.unscale_`, which `GradScaler.step` calls too."""

    def clipping(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def clip(parameters: Any, *args: Any, **kwargs: Any) -> Any:
            if is_dynamo_compiling() or here.thread.quiet or not engine.on or not engine.history.awake:
                return original(parameters, *args, **kwargs)
            if not isinstance(parameters, Tensor):
                # A generator can be read once only.
                parameters = list(parameters)
            limit = (
                args[0] if args else next((kwargs[name] for name in ("max_norm", "clip_value") if name in kwargs), 0)
            )
            engine.quietly(clipped, parameters, limit)
            return original(parameters, *args, **kwargs)

        return clip

    def clipped(parameters: Tensor | list[Tensor], limit: Any) -> None:
        given = [parameters] if isinstance(parameters, Tensor) else parameters
        engine.emit(GradientsClipped(sites.here(), given, float(limit)))

    def unscaling(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def unscale(scaler: Any, optimizer: Optimizer) -> Any:
            if engine.on and not here.thread.quiet and scaler.is_enabled() and engine.history.awake:
                engine.quietly(lambda: engine.emit(GradientsUnscaled(sites.here(), optimizer, scaler)))
            return original(scaler, optimizer)

        return unscale

    for name in ("clip_grad_norm_", "clip_grad_value_"):
        patches.wrap(nn.utils, name, clipping)
    patches.wrap(torch.amp.GradScaler, "unscale_", unscaling)
