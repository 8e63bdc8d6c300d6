"""`torch.jit.script` compiles the text of the functions it meets: it must meet torch's own, not wrappers."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch

from ..engine import Engine
from ..patches import Patches


def install(engine: Engine, patches: Patches) -> None:
    """Take the wrappers away while something is scripted."""

    def scripting(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def script(*args: Any, **kwargs: Any) -> Any:
            with patches.suspended():
                return original(*args, **kwargs)

        return script

    patches.wrap(torch.jit, "script", scripting)
