"""Which dtype losses are summed in, counted in and returned in."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

NARROW = (torch.float16, torch.bfloat16)


def accumulate_dtype(dtype: torch.dtype) -> torch.dtype:
    """The dtype of per-position losses and their sums: float64 for float64 and float32 for all others."""
    return torch.float64 if dtype == torch.float64 else torch.float32


def count_dtype(device: torch.device) -> torch.dtype:
    """The dtype of sums of weights: float64, which counts millions of positions exactly; float32 on Apple's GPUs."""
    return torch.float32 if device.type == "mps" else torch.float64


def autocast_enabled(device: torch.device) -> bool:
    """Return whether autocast is on for a device; a device without autocast, such as meta, is no error."""
    try:
        return torch.is_autocast_enabled(device.type)
    except RuntimeError:  # A device without autocast. Asking before, torch's compiler cannot follow up to 2.11.
        return False


def result_dtype(input: Tensor, *partners: Any) -> torch.dtype:
    """The dtype of the loss: the input's, or float32 under autocast, where torch runs its losses in float32.

    Floating point tensors among the partners are promoted with it, as torch does it: probabilities, and the weights
    that multiply them.
    """
    narrow = input.dtype in NARROW and autocast_enabled(input.device)
    dtype = torch.float32 if narrow else input.dtype
    for partner in partners:
        if isinstance(partner, Tensor) and partner.is_floating_point():
            dtype = torch.promote_types(dtype, partner.dtype)
    return dtype


def widened_beside(input: Tensor, *partners: Any) -> Tensor:
    """The input, in float64 where one of the partners is: so is the result, and it deserves sums of that dtype."""
    for partner in partners:
        if isinstance(partner, Tensor) and partner.dtype == torch.float64:
            return input.double()
    return input


def cast_as_linear(input: Tensor, head: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor, Tensor | None]:
    """The tensors as a linear layer of torch's computes with them: under autocast cast to its dtype, except float64."""
    flat = None if bias is None else bias.flatten()
    if not autocast_enabled(input.device) or input.dtype == torch.float64:
        return input, head, flat
    dtype = torch.get_autocast_dtype(input.device.type)
    return input.to(dtype), head.to(dtype), None if flat is None else flat.to(dtype)
