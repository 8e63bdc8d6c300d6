"""Backward passes."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.compiler import is_dynamo_compiling

from ...core.values import readable
from .. import graph, sites
from ..engine import Engine, StepLimit, here
from ..events import BackwardEnded, BackwardStarted
from ..history import History
from ..patches import Patches
from ..traces import OWN, LossTrace, leave_loss

# Backward passes before the first step that may be one long accumulation.
_LONGEST = 1024
_ENDED = BackwardEnded(sites.NOWHERE)
# The last operations of losses that are means over their rows.
_MEANS = ("MeanBackward", "MseLossBackward", "L1LossBackward", "SmoothL1LossBackward", "HuberLossBackward")


def install(engine: Engine, patches: Patches) -> None:
    """Watch `tensor.backward()` (which goes through `torch.autograd.backward`) and `torch.autograd.grad`."""

    def wrapped(own: bool, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def run(*args: Any, **kwargs: Any) -> Any:
            if is_dynamo_compiling():
                return original(*args, **kwargs)
            thread = here.thread
            if thread.quiet or thread.in_backward or not engine.on:
                return original(*args, **kwargs)
            roots = args[0] if args else kwargs.get("tensors", kwargs.get("outputs"))
            history = engine.history
            if engine.step_limit is not None and history.backwards >= engine.step_limit and not history.stepping():
                raise StepLimit
            asleep = not (history.awake or history.averaging.wanted or history.calls.trained or history.calls.open)
            if asleep and history.steps:
                history.backwards += 1
            else:
                engine.quietly(_started, engine, history, roots, own)
            thread.in_backward = True
            try:
                result = original(*args, **kwargs)
            finally:
                thread.in_backward = False
            if history.awake:
                engine.quietly(engine.emit, _ENDED)
            return result

        return run

    patches.wrap(torch.autograd, "backward", functools.partial(wrapped, True))
    patches.wrap(torch.autograd, "grad", functools.partial(wrapped, False))


def _started(engine: Engine, history: History, roots: Any, own: bool) -> None:
    tensors = (roots,) if isinstance(roots, Tensor) else tuple(r for r in roots if isinstance(r, Tensor))
    if not all(readable(tensor) for tensor in tensors):
        # Somebody is tracing.
        return
    if own and len(tensors) == 1:
        history.averaging.add(tensors[0])
    if not history.stepping() and history.backwards >= _LONGEST:
        # The optimizer is not torch's: its steps are not seen, and there may be no end of backward passes.
        engine.turn(history, history.backwards, sites.here(), _LONGEST)
    if not history.awake:
        history.backwards += 1
        history.calls.unseen(tensors)
        return
    history.calls.backward(tensors)
    losses = graph.losses_in(tensors) or (_root(engine, tensors) if own else [])
    for trace, _ in losses:
        trace.backward = history.backwards
    number = history.backwards
    history.backwards += 1
    engine.emit(BackwardStarted(sites.here(), tensors, losses, number))


def _root(engine: Engine, tensors: tuple[Tensor, ...]) -> list[tuple[LossTrace, float | None]]:
    """The trace of a loss that no known function has made: the root of the backward pass itself."""
    root, history = tensors[0], engine.history
    if len(tensors) > 1 or root.numel() != 1 or root.grad_fn is None:
        return []
    call = history.calls.last
    given = call.input() if call is not None and call.input is not None else None
    reduction = "mean" if root.grad_fn.name().startswith(_MEANS) else "unknown"
    rows = given.shape[0] if given is not None and given.ndim else 0
    trace = LossTrace(OWN, sites.here(), reduction, history.steps, rows)
    leave_loss(root, trace)
    history.last_loss = (weakref.ref(root), trace)
    return [(trace, 1.0)]
