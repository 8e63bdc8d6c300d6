"""Log-probabilities, entropy and lse: softmax_xent.cpp gets the tensors of their gradient."""

from __future__ import annotations

from torch import Tensor

from ..backend import LogprobGradients, SoftmaxProblem
from . import _kernels, softmax_xent
from ._tensors import ABSENT, address, fresh, values


def backward(problem: SoftmaxProblem, saved: Tensor | None, came: LogprobGradients, grad_logits: Tensor) -> None:
    """Fill the gradient: one read of the logits, one write."""
    plain, more, _alive = softmax_xent.arguments(problem)
    loss, entropy, by_entropy, by_lse = (each.contiguous() for each in came)
    _kernels.softmax_backward(
        *plain,
        address(loss),
        0,
        address(saved),
        values(fresh(grad_logits)),
        ABSENT,
        **more,
        grad_lse=address(by_lse),
        grad_entropy=address(by_entropy),
        entropy=address(entropy),
    )
