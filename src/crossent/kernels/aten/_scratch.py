"""Memory that the tiles of one call share."""

from __future__ import annotations

import math

import torch
from torch import Tensor


class Scratch:
    """Named buffers, allocated at the first tile.

    A tile's temporary freed and allocated anew may be given back to the system in between, and then every page of it
    is faulted in again: at (4096, 32000) bfloat16 that was four times the faults of the gradient itself.
    """

    def __init__(self, dtype: torch.dtype, device: torch.device) -> None:
        self.dtype, self.device = dtype, device
        self._buffers: dict[str, Tensor] = {}

    def take(self, name: str, shape: tuple[int, ...]) -> Tensor:
        """The buffer of this name as a tensor of this shape; it holds whatever the last tile left."""
        size = math.prod(shape)
        buffer = self._buffers.get(name)
        if buffer is None or buffer.numel() < size:
            buffer = self._buffers[name] = torch.empty(size, dtype=self.dtype, device=self.device)
        return buffer[:size].view(shape)

    def widen(self, tensor: Tensor, name: str) -> Tensor:
        """The tensor itself if it has the scratch's dtype, else a copy that has."""
        return tensor if tensor.dtype == self.dtype else self.take(name, tensor.shape).copy_(tensor)
