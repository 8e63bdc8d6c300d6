"""When an operator hands over to its formula, and the gradient of a formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from ..core.values import has_tangent


def wants_formula(*tensors: Tensor | None) -> bool:
    """Return whether a kernel cannot serve what is active: `torch.func`, batched gradients, forward AD, tracing."""
    if torch.compiler.is_compiling():
        # An exported program is run elsewhere, and trained: it gets the formula, in torch's own operators.
        # The flag of torch 2.7 and later; their is_exporting() itself is True up to 2.12 in all that is compiled.
        return getattr(torch.compiler, "_is_exporting_flag", False)
    if torch._C._functorch.peek_interpreter_stack() is not None or torch._C._get_tracing_state() is not None:
        return True
    for t in tensors:  # noqa: SIM110 - as in `readable`
        # torch.autograd.grad(is_grads_batched=True) batches outside of functorch's stack.
        if t is not None and (torch._C._functorch.is_legacy_batchedtensor(t) or has_tangent(t)):
            return True
    return False


def under_grad_mode(*tensors: Tensor | None) -> tuple[Any, ...]:
    """The tensors, detached where grad mode is off: a Function would be told that their gradients are needed."""
    if torch.is_grad_enabled():
        return tensors
    return tuple(t.detach() if t is not None and t.requires_grad else t for t in tensors)


def backward_wants_formula(grad_output: Tensor, input: Tensor) -> bool:
    """Return whether a backward pass must itself be differentiable (`create_graph=True`) or runs under a transform."""
    return wants_formula(grad_output, input) or (torch.is_grad_enabled() and not torch.compiler.is_compiling())


def gradient_of_formula(
    formula: Callable[..., Any], inputs: Sequence[Tensor | None], needs: Sequence[bool], grad_output: Any
) -> list[Tensor | None]:
    """Vector-Jacobian products of `formula(*inputs)` that can themselves be differentiated, for the inputs in need."""
    with torch.enable_grad():
        output = formula(*inputs)
    wanted = [t for t, need in zip(inputs, needs, strict=True) if need and t is not None]
    grads: Any = iter(torch.autograd.grad(output, wanted, grad_output, create_graph=True, allow_unused=True))
    return [next(grads) if need and t is not None else None for t, need in zip(inputs, needs, strict=True)]
