"""The protocol of a backend: a module per operator with forward and backward, the same arguments for all of them.

Passes write into buffers that they are given, completely, and return nothing.

P positions, C classes; logits are laid out as (P, C) or (O, C, I), and then one value per position is (P,) or (O, I).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from ..core.dtypes import accumulate_dtype, count_dtype
from ..core.spec import SigmoidSpec, SoftmaxSpec


class SoftmaxProblem(NamedTuple):
    """The arguments of both passes of a softmax cross entropy."""

    logits: Tensor  # (P, C)
    target: Tensor  # (P,) labels, (P, C) probabilities, or (P, K) masses of the classes `ids`
    weight: Tensor | None  # (C,)
    spec: SoftmaxSpec
    reduction: str
    places: tuple[int, ...] = ()  # the shape of the labels as the caller knows them, for messages
    factor: Tensor | None = None  # (P,): what each loss is multiplied by; beside labels never 0 where they count
    ids: Tensor | None = None  # (P, K); negative ones are not there
    base: Tensor | None = None  # (P,): the mass of each class that is not listed, before its weight; ids are sorted

    def positions(self) -> tuple[int, ...]:
        """The shape of what is one per position. A method: torch's compiler knows no properties of tuples up to 2.9."""
        shape = self.logits.shape
        return shape[:1] + shape[2:]

    def operator(self) -> str:
        """The operator whose kernels take it."""
        return "softmax_xent" if self.ids is None else "sparse_xent"

    def kept(self, kept: tuple[int, int]) -> Tensor | None:
        """A buffer for as many numbers per position as a backend keeps, for labels and for probabilities."""
        of_labels, of_probabilities = kept
        numbers = of_probabilities if self.target.is_floating_point() else of_labels
        dtype = accumulate_dtype(self.logits.dtype)
        return self.logits.new_empty((numbers, *self.positions()), dtype=dtype) if numbers else None


class DistillationProblem(NamedTuple):
    """The arguments of both passes of the divergence of a student from its teacher."""

    student: Tensor  # (P, C) logits
    teacher: Tensor  # (P, C) logits, of which a row of NaN does not count
    factor: Tensor | None  # (P,): what each loss is multiplied by; of 0 a position does not count
    temperature: float
    reduction: str

    def positions(self) -> tuple[int, ...]:
        """The shape of what is one per position."""
        return self.student.shape[:1] + self.student.shape[2:]

    def kept(self, numbers: int) -> Tensor | None:
        """A buffer for as many numbers per position as a backend keeps."""
        dtype = accumulate_dtype(self.student.dtype)
        return self.student.new_empty((numbers, *self.positions()), dtype=dtype) if numbers else None


class NLLProblem(NamedTuple):
    """The arguments of both passes of a negative log likelihood."""

    target: Tensor  # (P,)
    weight: Tensor | None  # (C,)
    ignore_index: int
    reduction: str


class SigmoidProblem(NamedTuple):
    """The arguments of both passes of a binary cross entropy: tensors of one shape, weights expanded to it."""

    input: Tensor
    target: Tensor
    weight: Tensor | None
    pos_weight: Tensor | None
    spec: SigmoidSpec
    reduction: str


class Results(NamedTuple):
    """The buffers that a forward pass fills."""

    loss: Tensor  # per position or element, or () for a sum or mean
    total: Tensor  # (): the weight of all that count
    stats: Sequence[Tensor] = ()  # lse, prediction, correct, entropy, each (P,); or empty
    saved: Tensor | None = None  # (numbers, P), for the backward pass

    @classmethod
    def of(cls, like: Tensor, positions: tuple[int, ...], reduction: str, stats: bool = False) -> Results:
        """Buffers for the losses of these positions, and for their stats."""
        dtype = accumulate_dtype(like.dtype)
        kinds = (dtype, torch.int64, torch.bool, dtype) if stats else ()
        return cls(
            like.new_empty(positions if reduction == "none" else (), dtype=dtype),
            like.new_empty((), dtype=count_dtype(like.device)),
            [like.new_empty(positions, dtype=kind) for kind in kinds],
        )


class EarlyGradient(NamedTuple):
    """The gradient of a sum or mean that a forward pass writes on its way, for an upstream gradient of
    `upstream` · `guess`."""

    into: Tensor | None = None
    upstream: float = 1.0
    guess: Tensor | None = None  # () float32, on devices that guess


NO_GRADIENT = EarlyGradient()


class Guess(NamedTuple):
    """The guessed upstream gradient and the real one: a backward pass on a device writes nothing if they agree."""

    guess: Tensor | None = None  # () float32: the upstream gradient that was guessed
    last: Tensor | None = None  # () float32 out: what came, where it is not the guess


NO_GUESS = Guess()


class SoftmaxKernels(Protocol):
    """The softmax cross entropy of a backend."""

    # Numbers per position that forward keeps for backward: for labels, and for probabilities.
    KEPT: tuple[int, int]
    # Whether what is kept for labels is max and Σ exp(z − max) − 1: two numbers that backward passes, that of
    # token_logprobs too, take from whoever knows more classes.
    KEEPS_STATE: bool
    # Whether forward can write an early gradient, and whether its upstream gradient is guessed, and met, on the device.
    WRITES_GRADIENT_FORWARD: bool
    GUESSES_ON_DEVICE: bool
    # Whether forward puts labels out of range on record where nobody waits for them.
    REPORTS_LABELS: bool

    def forward(self, problem: SoftmaxProblem, results: Results, early: EarlyGradient) -> None:
        """Fill the results, and the early gradient if one is asked for."""

    def backward(
        self,
        problem: SoftmaxProblem,
        grad_loss: Tensor,  # (P,); () for a sum or mean
        total: Tensor,  # ()
        saved: Tensor | None,  # (numbers, P)
        grad_logits: Tensor | None,  # (P, C) out
        grad_target: Tensor | None,  # (P, C) out, or (P, K)
        guess: Guess,
    ) -> None:
        """Fill the gradients that are asked for."""


class SigmoidKernels(Protocol):
    """The binary cross entropy of a backend."""

    WRITES_GRADIENT_FORWARD: bool
    GUESSES_ON_DEVICE: bool

    def forward(self, problem: SigmoidProblem, results: Results, early: EarlyGradient) -> None:
        """Fill the results, and the early gradient if one is asked for."""

    def backward(
        self,
        problem: SigmoidProblem,
        grad_loss: Tensor,  # the shape of input; () for a sum or mean
        total: Tensor,  # ()
        grad_input: Tensor | None,  # out
        grad_target: Tensor | None,  # out
        guess: Guess,
    ) -> None:
        """Fill the gradients that are asked for."""


class LogprobGradients(NamedTuple):
    """Upstream gradients of log-probabilities, entropy and lse, and the entropy; (P,) each."""

    loss: Tensor  # the gradient of −log p_y
    entropy: Tensor
    by_entropy: Tensor
    by_lse: Tensor


class LogprobKernels(Protocol):
    """The backward pass of log-probabilities, entropy and lse; the forward pass is that of the softmax kernels."""

    def backward(
        self,
        problem: SoftmaxProblem,
        saved: Tensor | None,  # (numbers, P)
        came: LogprobGradients,
        grad_logits: Tensor,  # (P, C) out, which may be the logits
    ) -> None:
        """Fill the gradient."""


class DistillationKernels(Protocol):
    """The divergence of a student from its teacher."""

    KEPT: int  # numbers per position that forward keeps for backward
    WRITES_GRADIENT_FORWARD: bool
    GUESSES_ON_DEVICE: bool

    def forward(self, problem: DistillationProblem, results: Results, early: EarlyGradient) -> None:
        """Fill the results, and the early gradient if one is asked for."""

    def backward(
        self,
        problem: DistillationProblem,
        grad_loss: Tensor,  # (P,); () for a sum or mean
        total: Tensor,  # ()
        saved: Tensor | None,  # (numbers, P)
        grad_student: Tensor,  # (P, C) out, which may be the student's logits
        guess: Guess,
    ) -> None:
        """Fill the gradient."""


class NLLKernels(Protocol):
    """The negative log likelihood of a backend."""

    def forward(self, log_p: Tensor, problem: NLLProblem, results: Results) -> None:  # (P, C)
        """Fill the results."""

    def backward(
        self,
        problem: NLLProblem,
        grad_loss: Tensor,  # (P,); () for a sum or mean
        total: Tensor,  # ()
        grad_log_p: Tensor,  # (P, C) out
    ) -> None:
        """Fill the gradient."""
