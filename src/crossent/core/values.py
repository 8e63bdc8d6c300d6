"""Which tensors have values that Python may look at."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.autograd import forward_ad

_PLAIN = (Tensor, torch.nn.Parameter)


def readable(*tensors: Tensor | None) -> bool:
    """Return whether Python may branch on the values of all these tensors, here and now.

    Not on a meta, fake or sharded tensor; not while a compiler, a tracer, a `torch.func` transform or anybody's
    dispatch mode (`FakeTensorMode`, `make_fx`, memory and flop counters) is watching, which would stop, or record the
    one branch for ever; and not while a CUDA graph is captured. What cannot be read is not judged.
    """
    if (
        torch.compiler.is_compiling()
        or torch._C._functorch.peek_interpreter_stack() is not None
        or torch._C._len_torch_dispatch_stack()
        or torch._C._get_tracing_state() is not None
    ):
        return False
    for t in tensors:  # noqa: SIM110 - a generator takes a microsecond more, and small losses have few of them
        if t is not None and not _has_values(t):
            return False
    return True


def has_tangent(tensor: Tensor) -> bool:
    """Return whether forward AD follows this tensor."""
    return forward_ad._current_level >= 0 and forward_ad.unpack_dual(tensor).tangent is not None


def has_derivative(tensor: Tensor) -> bool:
    """Return whether anybody may ask for a derivative by this tensor."""
    return tensor.requires_grad or (not torch.compiler.is_compiling() and has_tangent(tensor))


def _has_values(tensor: Tensor) -> bool:
    if tensor.is_cuda:
        return not torch.cuda.is_current_stream_capturing()
    # A subclass that computes with something else than its own storage says so by this.
    foreign = type(tensor) not in _PLAIN and type(tensor).__torch_dispatch__ is not Tensor.__torch_dispatch__
    return not (foreign or tensor.is_meta or torch._C._functorch.is_legacy_batchedtensor(tensor))
