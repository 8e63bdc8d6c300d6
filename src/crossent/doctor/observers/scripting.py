"""`torch.jit.script` compiles the text of the functions it meets: it must meet torch's own, not wrappers; and
`torch.jit.trace` calls a model only to see what it does."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch

from ..engine import Engine, here
from ..patches import Patches

# The place of `_frames_up` among the arguments of `torch.jit.script`, from 1.
_UP = 3


def install(engine: Engine, patches: Patches) -> None:
    """Take the wrappers away while something is scripted."""

    def scripting(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def script(*args: Any, **kwargs: Any) -> Any:
            if len(args) < _UP:
                # The names that a class uses are looked up where it is scripted: behind this frame and the one that
                # runs in the place of torch's.
                kwargs["_frames_up"] = kwargs.get("_frames_up", 0) + 2
            with patches.suspended():
                return original(*args, **kwargs)

        return script

    def tracing(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def trace(*args: Any, **kwargs: Any) -> Any:
            before, here.thread.quiet = here.thread.quiet, True
            try:
                return original(*args, **kwargs)
            finally:
                here.thread.quiet = before

        return trace

    patches.wrap(torch.jit, "script", scripting)
    # What a model is called for then is its graph: for TensorBoard, for a file.
    patches.wrap(torch.jit, "trace", tracing)
