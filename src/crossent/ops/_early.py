"""The gradient of a sum or mean, written by the forward pass while the logits are in cache.

One read and one write instead of two reads and one write, and each exponential once. It is right for one upstream
gradient only, which is not known yet, so it is guessed: 1 at first, then what the last backward pass of such a loss had
(the factor of a loss scaler, 1 / accumulation steps). A wrong guess costs one more pass, never a digit: the gradient is
written again for the right one.

Where kernels run beside the host, nothing here may wait for them: guess and upstream gradient meet on the device, in
the backward kernel, which returns at once where they are equal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ..kernels import registry

# (operator, reduction, classes) -> the upstream gradient that came last.
_LAST: dict[tuple[str, str, int], float] = {}
# The same and the device -> a 0-d tensor there.
_LAST_ON_DEVICE: dict[tuple[str, str, int, torch.device], Tensor] = {}


def wanted(operator: str, input: Tensor, reduction: str, needs: tuple[bool, ...]) -> bool:
    """Whether a backward pass for the input alone will follow, as far as can be told, that a kernel can anticipate."""
    return (
        needs[0]
        and not any(needs[1:])
        and reduction != "none"
        and not torch.compiler.is_compiling()
        and registry.writes_gradient_forward(operator, input.device.type, input.dtype)
    )


def as_tensor(upstream: float) -> Tensor:
    """The upstream gradient that an early gradient is for, to be saved beside it.

    Beside it and not in the graph's node: under `torch.utils.checkpoint` what backward gets was saved by another
    forward pass than the node's, which may have guessed otherwise.
    """
    return torch.tensor(upstream, dtype=torch.float64)


def begin(operator: str, input: Tensor, reduction: str) -> Early | EarlyOnDevice:
    """Guess an upstream gradient, here or on the device."""
    on_device = registry.guesses_on_device(operator, input.device.type, input.dtype)
    return (EarlyOnDevice if on_device else Early)(operator, input, reduction)


def _key(operator: str, input: Tensor, reduction: str) -> tuple[str, str, int]:
    return operator, reduction, input.shape[1] if input.dim() > 1 else 1


class Early:
    """A gradient that was written early, once handed out."""

    guess = None

    def __init__(self, operator: str, input: Tensor, reduction: str) -> None:
        self.key = _key(operator, input, reduction)
        self.upstream = _LAST.get(self.key, 1.0)
        self.written_for = as_tensor(self.upstream)
        self.given = False

    def take(
        self, ready: Tensor, written_for: Tensor, grad_loss: Tensor, write: Callable[[float, Tensor], Any]
    ) -> Tensor:
        """The gradient for `grad_loss`; `write(upstream, buffer)` runs the forward kernel again."""
        upstream = grad_loss.item()
        if self.given:
            # The first one is its receiver's, who may have changed it: a graph that is kept gets a fresh one.
            ready = torch.empty_like(ready)
            write(upstream, ready)
            return ready
        self.given = True
        # A tensor of its own for the receiver, whose changes are no changes of what the graph has saved.
        mine = ready.data
        if upstream != written_for.item():
            _LAST[self.key] = upstream
            write(upstream, mine)
        return mine


class EarlyOnDevice:
    """The same without a look at any number: the device knows its guess and what came."""

    upstream = 1.0

    def __init__(self, operator: str, input: Tensor, reduction: str) -> None:
        key = *_key(operator, input, reduction), input.device
        last = _LAST_ON_DEVICE.get(key)
        if last is None:
            last = _LAST_ON_DEVICE[key] = torch.ones((), dtype=torch.float32, device=input.device)
        # A copy: another stream may come to know better between this forward pass and its backward pass.
        self.last, self.guess, self.given = last, last.clone(), False
        self.written_for = self.guess

    def take(
        self, ready: Tensor, written_for: Tensor, write: Callable[[Tensor, Tensor | None, Tensor | None], Any]
    ) -> Tensor:
        """The gradient; `write(buffer, guess, last)` runs the backward kernel, which leaves what was guessed right."""
        if self.given:
            ready = torch.empty_like(ready)
            write(ready, None, None)
            return ready
        self.given = True
        mine = ready.data
        write(mine, written_for, self.last)
        return mine
