"""A running mean of a model's weights, which is often better than any single state of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn


class Ema:
    """Σ decay^k · (weights k steps ago), normalised; decay is at first at most (1 + n) / (10 + n) after n steps.

    Args:
        model: whose parameters are averaged; buffers are taken as they stand.
        decay: how much of the mean each step keeps.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.steps = 0
        self._live = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self.mean = [parameter.detach().clone() for parameter in self._live]

    @torch.no_grad()
    def update(self) -> None:
        """Take the weights after a step."""
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        self.steps += 1
        torch._foreach_lerp_(self.mean, [parameter.detach() for parameter in self._live], 1.0 - decay)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The model with the mean in place of its weights, for a while."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def state(self) -> dict[str, Any]:
        """The state that a checkpoint keeps."""
        return {"steps": self.steps, "mean": list(self.mean)}

    def load(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        self.steps = int(state["steps"])
        for mean, stored in zip(self.mean, state["mean"], strict=True):
            mean.copy_(stored)

    def _swap(self) -> None:
        for parameter, mean in zip(self._live, self.mean, strict=True):
            kept: Tensor = parameter.data.clone()
            parameter.data.copy_(mean)
            mean.copy_(kept)
