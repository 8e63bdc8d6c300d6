"""Tensors that are views of another kind than strides: of numbers whose sign is only noted (`z.conj().imag`)."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

import crossent.functional as X

Y = torch.tensor([0, 2, -100, 1, 3, 0])
IDS = torch.tensor([[0, 1], [1, 2], [2, -1], [3, 4], [0, 4], [1, 1]])


def noted(x: Tensor) -> Tensor:
    """These numbers as a view of −x."""
    view = torch.complex(torch.zeros_like(x), -x).conj().imag
    assert view.is_neg()
    return view


def random(*shape: int) -> Tensor:
    """Numbers in (0, 1)."""
    return torch.rand(*shape, generator=torch.manual_seed(len(shape)))


# Of each loss: the call, and all its tensors of real numbers.
CALLS: dict[str, tuple[Callable[..., Any], tuple[Tensor, ...]]] = {
    "labels": (
        lambda x, w, s: X.cross_entropy(x, Y, w, sample_weight=s, reduction="none"),
        (random(6, 5), random(5), random(6)),
    ),
    "probabilities": (lambda x, p, w: X.cross_entropy(x, p, w), (random(6, 5), random(6, 5).softmax(1), random(5))),
    "listed": (
        lambda x, p, tail: X.cross_entropy(x, (IDS, p, tail), reduction="none"),
        (random(6, 5), random(6, 2) / 3, random(6) / 3),
    ),
    "temperature": (lambda x, t: X.cross_entropy(x, Y, temperature=t), (random(6, 5), torch.tensor(0.7))),
    "nll": (lambda x, w: X.nll_loss(x, Y, w, reduction="none"), (random(6, 5), random(5))),
    "log_softmax": (lambda x: X.log_softmax(x, 0), (random(6, 5),)),
    "scores": (
        lambda x, t, p: X.binary_cross_entropy_with_logits(x, t, pos_weight=p, reduction="none"),
        (random(6, 5), random(6, 5), random(5)),
    ),
    "probability": (lambda x, t, w: X.binary_cross_entropy(x, t, w), (random(6, 5), random(6, 5), random(5))),
    "linear": (
        lambda x, head, bias: X.linear_cross_entropy(x, head, Y, linear_bias=bias, reduction="none"),
        (random(6, 4), random(5, 4), random(5)),
    ),
    "linear binary": (
        lambda x, head, t: X.linear_binary_cross_entropy(x, head, t),
        (random(6, 4), random(5, 4), random(6, 5)),
    ),
    "log-probabilities": (lambda x: X.token_logprobs(x, Y).logprobs, (random(6, 5),)),
    "divergence": (
        lambda x, z, s: X.distillation(x, z, sample_weight=s, reduction="none"),
        (random(6, 5), random(6, 5).flip(0), random(6)),
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_signs_that_are_only_noted(name: str) -> None:
    """Of every tensor of a call, of its gradient from above, and of all at once."""
    function, given = CALLS[name]

    def outcome(tensors: list[Tensor], upstream: Callable[[Tensor], Tensor]) -> tuple[Tensor, ...]:
        leaf = tensors[0].detach().requires_grad_()
        loss = function(leaf, *tensors[1:])
        return loss.detach(), *torch.autograd.grad(loss, leaf, upstream(torch.ones_like(loss) * 0.75))

    expected = outcome(list(given), lambda g: g)
    for number in range(len(given)):
        tensors = [noted(t) if number == place else t for place, t in enumerate(given)]
        torch.testing.assert_close(outcome(tensors, lambda g: g), expected)
    torch.testing.assert_close(outcome([noted(t) for t in given], noted), expected)
