"""The gradient of a sum or mean, written by the forward pass while the logits are in cache.

One read and one write instead of two reads and one write, and each exponential once. It is right for one upstream
gradient only, which is not known yet, so it is guessed: 1 at first, then what the last backward pass of such a loss had
(the factor of a loss scaler, 1 / accumulation steps). A wrong guess costs one more pass, never a digit: the gradient is
written again for the right one.

Where kernels run beside the host, nothing here may wait for them: guess and upstream gradient meet on the device, in
the backward kernel, which returns at once where they are equal.

The gradients of a linear loss are those of three products, so they are made for an upstream gradient of 1 and
multiplied by the one that comes, unless it is 1: the same call gives the same bits whatever came before it, and 16-bit
gradients are rounded once more if the upstream gradient is not a power of 2. Where that is too much they are made for a
guess, and made again after a wrong one: float16 gradients whose smallest numbers would be lost before they are
multiplied by a loss scaler's 65,536, and 16-bit gradients of float32 logits, which are asked for by those who want
every digit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from ..core.dtypes import NARROW
from ..core.values import readable
from ..kernels import registry
from ..kernels.backend import NO_GUESS, Guess

# One per differentiable tensor of a call; None where no gradient is asked for.
Gradients = Sequence[Tensor | None]

# (operator, reduction, classes) -> the upstream gradient that came last, a number and in a 0-d tensor of float64.
_LAST: dict[tuple[str, str, int], tuple[float, Tensor]] = {}
# The same and the device -> a 0-d tensor there.
_LAST_ON_DEVICE: dict[tuple[str, str, int, torch.device], Tensor] = {}
# What float16 gradients may be multiplied by: of more, their smallest numbers would miss bits.
_FLOAT16_FACTOR = 16.0


class Passes(Protocol):
    """The passes of a call, to be run once more."""

    def forward(self, upstream: float, into: Gradients) -> None:
        """Write the gradients for this upstream gradient, by the forward pass."""

    def backward(self, into: Gradients, guess: Guess) -> None:
        """Write them for the one that came, by the backward pass, unless it is the guess."""

    def anew(self, into: Gradients) -> None:
        """Write them for the one that came, whatever it is, by all that it takes: nobody looks at a number."""


def begin(operator: str, input: Tensor, reduction: str, needs: Sequence[bool]) -> Early | None:
    """Guess an upstream gradient, here or on the device.

    None where the forward kernel cannot write the gradient: it writes that of a sum or mean, to nothing but the input.
    """
    kind = operator, input.device.type, input.dtype
    alone = needs[0] and not any(needs[1:]) and reduction != "none"
    if not (alone and readable(input) and registry.writes_gradient_forward(*kind)):
        return None
    return (EarlyOnDevice if registry.guesses_on_device(*kind) else Early)(operator, input, reduction)


class Early:
    """Gradients that were written early, for `upstream` · `guess`.

    `written_for` tells it once more: saved beside the gradients and not in the graph's node, for under
    `torch.utils.checkpoint` what backward gets was saved by another forward pass, which may have guessed otherwise.
    """

    guess: Tensor | None = None

    def __init__(self, operator: str, input: Tensor, reduction: str) -> None:
        self.key = _key(operator, input, reduction)
        self.upstream, self.written_for = _LAST.get(self.key) or _remember(self.key, 1.0)
        self.given = False

    def take(self, ready: Gradients, written_for: Tensor, grad_loss: Tensor, passes: Passes) -> Gradients:
        """The gradients for `grad_loss`."""
        if not readable(grad_loss, written_for):
            return self._made_anew(ready, passes)
        upstream, again = grad_loss.item(), self.given
        mine = self._hand_out(ready)
        if not again and upstream != written_for.item():
            _remember(self.key, upstream)
            again = True
        if again:
            passes.forward(upstream, mine)
        return mine

    @staticmethod
    def _made_anew(ready: Gradients, passes: Passes) -> Gradients:
        fresh = [None if t is None else torch.empty_like(t) for t in ready]
        passes.anew(fresh)
        return fresh

    def _hand_out(self, ready: Gradients) -> Gradients:
        """Tensors of their own for the receiver, whose changes are no changes of what the graph has saved.

        The first ones are its receiver's, who may have changed them: a graph that is kept gets fresh ones.
        """
        fresh, self.given = self.given, True
        return [None if t is None else torch.empty_like(t) if fresh else t.data for t in ready]


class EarlyOnDevice(Early):
    """The same without a look at any number: the device knows its guess and what came."""

    def __init__(self, operator: str, input: Tensor, reduction: str) -> None:
        key = *_key(operator, input, reduction), input.device
        last = _LAST_ON_DEVICE.get(key)
        if last is None:
            last = _LAST_ON_DEVICE[key] = torch.ones((), dtype=torch.float32, device=input.device)
        # A copy: another stream may come to know better between this forward pass and its backward pass.
        self.last, self.guess, self.given = last, last.clone(), False
        self.upstream, self.written_for = 1.0, self.guess

    def take(self, ready: Gradients, written_for: Tensor, grad_loss: Tensor, passes: Passes) -> Gradients:
        """The gradients; the backward kernel leaves those as they are that were guessed right."""
        guess = NO_GUESS if self.given else Guess(written_for, self.last)
        mine = self._hand_out(ready)
        passes.backward(mine, guess)
        return mine


class EarlyProducts(Early):
    """The gradients of a linear loss."""

    def __init__(self, operator: str, head: Tensor, reduction: str, float32_logits: bool) -> None:
        self.key = operator, reduction, head.shape[0]
        # A graph that is watched, or runs on a GPU, does not look at numbers.
        self.looks = readable(head) and head.device.type == "cpu"
        self.dtype, self.exact = head.dtype, float32_logits and head.dtype in NARROW
        guesses = self.looks and (self.exact or self.dtype == torch.float16)
        last = _LAST.get(self.key) if guesses else None
        self.upstream, self.written_for = last or (1.0, torch.ones((), dtype=torch.float64))
        self.given = False

    def take(self, ready: Gradients, written_for: Tensor, grad_loss: Tensor, passes: Passes) -> Gradients:
        """The gradients for `grad_loss`: multiplied, or made again."""
        if torch.compiler.is_compiling():
            return [None if t is None else t * grad_loss.to(t.dtype) for t in ready]
        if self.looks and not readable(grad_loss, written_for):
            return self._made_anew(ready, passes)
        made = not self.given
        mine = self._hand_out(ready)
        if not self.looks:
            if not made:
                passes.forward(1.0, mine)
            return _multiplied(mine, grad_loss)
        upstream = grad_loss.item()
        within = self.exact or (self.dtype == torch.float16 and _beyond_float16(upstream))
        target = upstream if within else 1.0
        if within:
            _remember(self.key, upstream)
        if not made or written_for.item() != target:
            passes.forward(target, mine)
        return mine if upstream == target else _multiplied(mine, upstream)


def _key(operator: str, input: Tensor, reduction: str) -> tuple[str, str, int]:
    return operator, reduction, input.shape[1] if input.dim() > 1 else 1


def _remember(key: tuple[str, str, int], upstream: float) -> tuple[float, Tensor]:
    """Guess this from now on."""
    _LAST[key] = upstream, torch.tensor(upstream, dtype=torch.float64)
    return _LAST[key]


def _beyond_float16(factor: float) -> bool:
    return factor != 0 and math.isfinite(factor) and not 1 / _FLOAT16_FACTOR <= abs(factor) <= _FLOAT16_FACTOR


def _multiplied(tensors: Gradients, factor: float | Tensor) -> Gradients:
    return [None if t is None else t.mul_(factor) for t in tensors]
