"""`torch.jit.script` compiles the text of the functions it meets: it must meet torch's own, not wrappers; and
`torch.jit.trace` calls a model only to see what it does."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch

from ..engine import Engine, here
from ..patches import Patches


def install(engine: Engine, patches: Patches) -> None:
    """Take the wrappers away while something is scripted."""

    def scripting(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def script(*args: Any, **kwargs: Any) -> Any:
            with patches.suspended():
                return original(*args, **kwargs)

        return script

    def tracing(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def trace(*args: Any, **kwargs: Any) -> Any:
            before, here.quiet = here.quiet, True
            try:
                return original(*args, **kwargs)
            finally:
                here.quiet = before

        return trace

    patches.wrap(torch.jit, "script", scripting)
    # What a model is called for then is its graph: for TensorBoard, for a file.
    patches.wrap(torch.jit, "trace", tracing)
