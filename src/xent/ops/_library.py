"""Registration with torch's dispatcher: under `torch.compile` an operator is one opaque node of the graph."""

from __future__ import annotations

from collections.abc import Callable

import torch

_LIBRARY = torch.library.Library("xent", "DEF")


def register(schema: str, function: Callable[..., None]) -> Callable[..., None]:
    """Define `xent::name` of a schema that writes into given buffers and returns nothing."""
    name = schema.partition("(")[0]
    _LIBRARY.define(f"{schema} -> ()", tags=torch.Tag.pt2_compliant_tag)
    # Called by itself, from a traced graph, it may meet tensors that ask for gradients; the formulas are in autograd.
    _LIBRARY.impl(name, torch.no_grad()(function), "CompositeExplicitAutograd")
    # Buffers are allocated by the caller, so there is no shape to infer.
    _LIBRARY.impl(name, lambda *args: None, "Meta")
    operator: Callable[..., None] = getattr(torch.ops.xent, name).default
    return operator
