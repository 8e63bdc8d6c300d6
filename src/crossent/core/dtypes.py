"""Which dtype losses are summed in, counted in and returned in."""

from __future__ import annotations

import torch
from torch import Tensor

NARROW = (torch.float16, torch.bfloat16)


def accumulate_dtype(dtype: torch.dtype) -> torch.dtype:
    """Per-position losses and their sums: float64 for float64 and float32 for all others."""
    return torch.float64 if dtype == torch.float64 else torch.float32


def count_dtype(device: torch.device) -> torch.dtype:
    """Sums of weights: float64, so that millions of positions are counted exactly; Apple's GPUs have only float32."""
    return torch.float32 if device.type == "mps" else torch.float64


def autocast_enabled(device: torch.device) -> bool:
    """Whether autocast is on for a device; never on one that has none, such as meta."""
    return torch.amp.is_autocast_available(device.type) and torch.is_autocast_enabled(device.type)


def result_dtype(input: Tensor) -> torch.dtype:
    """The loss: the input's dtype, or float32 under autocast, where torch runs its losses in float32."""
    if input.dtype in NARROW and autocast_enabled(input.device):
        return torch.float32
    return input.dtype


def cast_as_linear(input: Tensor, head: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor, Tensor | None]:
    """What a linear layer computes with: under autocast the autocast dtype, but for float64, as torch's does."""
    flat = None if bias is None else bias.flatten()
    if not autocast_enabled(input.device) or input.dtype == torch.float64:
        return input, head, flat
    dtype = torch.get_autocast_dtype(input.device.type)
    return input.to(dtype), head.to(dtype), None if flat is None else flat.to(dtype)
