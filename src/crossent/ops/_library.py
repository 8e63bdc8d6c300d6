"""Registration with torch's dispatcher: under `torch.compile` an operator is one opaque node of the graph.

Where nobody watches, the function behind it is called directly: the way through the dispatcher and back into Python
takes 10 µs, twice as long as the kernel of a small loss.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from ..kernels import pending

_LIBRARY = torch.library.Library("crossent", "DEF")


def register(schema: str, kernel: Callable[..., None]) -> Callable[..., None]:
    """Define `crossent::name` of a schema that writes into given buffers and returns nothing."""
    name = schema.partition("(")[0]
    raises = name.endswith("_forward")

    def function(*arguments: Any) -> None:
        if raises:
            # Here, for of a graph that is compiled nothing but its operators runs.
            pending.raise_found()
        kernel(*arguments)

    _LIBRARY.define(f"{schema} -> ()", tags=torch.Tag.pt2_compliant_tag)
    # Called by itself, from a traced graph, it may meet tensors that ask for gradients; the formulas are in autograd.
    _LIBRARY.impl(name, torch.no_grad()(function), "CompositeExplicitAutograd")
    # Buffers are allocated by the caller, so there is no shape to infer.
    _LIBRARY.impl(name, lambda *args: None, "Meta")
    operator: Callable[..., None] = getattr(torch.ops.crossent, name).default

    def call(*arguments: Any) -> None:
        (function if _unwatched(arguments[0]) else operator)(*arguments)

    return call


def _unwatched(tensor: Any) -> bool:
    """Whether no compiler, tracer, dispatch mode, profiler or tensor subclass would see the operator go by."""
    return (
        not torch.compiler.is_compiling()
        and type(tensor) in (torch.Tensor, torch.nn.Parameter)
        and torch._C._len_torch_dispatch_stack() == 0
        and torch._C._get_tracing_state() is None
        and not torch._C._autograd._profiler_enabled()
    )
