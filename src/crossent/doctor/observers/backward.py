"""Backward passes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.compiler import is_dynamo_compiling

from ...core.values import readable
from .. import graph, sites
from ..engine import Engine, here
from ..events import BackwardEnded, BackwardStarted
from ..patches import Patches


def install(engine: Engine, patches: Patches) -> None:
    """Watch `tensor.backward()` (which goes through `torch.autograd.backward`) and `torch.autograd.grad`."""

    def wrapped(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def run(*args: Any, **kwargs: Any) -> Any:
            if is_dynamo_compiling() or here.quiet or not engine.on or here.in_backward:
                return original(*args, **kwargs)
            roots = args[0] if args else kwargs.get("tensors", kwargs.get("outputs"))
            engine.quietly(_started, engine, roots)
            here.in_backward = True
            try:
                result = original(*args, **kwargs)
            finally:
                here.in_backward = False
            if engine.history.awake:
                engine.quietly(engine.emit, BackwardEnded(sites.NOWHERE))
            return result

        return run

    patches.wrap(torch.autograd, "backward", wrapped)
    patches.wrap(torch.autograd, "grad", wrapped)


def _started(engine: Engine, roots: Any) -> None:
    history = engine.history
    tensors = (roots,) if isinstance(roots, Tensor) else tuple(r for r in roots if isinstance(r, Tensor))
    if not all(readable(tensor) for tensor in tensors):
        # Somebody is tracing.
        return
    if not history.awake:
        history.backwards += 1
        history.calls.unseen(tensors)
        return
    history.calls.backward(tensors)
    losses = graph.losses_in(tensors)
    for trace, _ in losses:
        trace.backward = history.backwards
    number = history.backwards
    history.backwards += 1
    engine.emit(BackwardStarted(sites.here(), tensors, losses, number))
