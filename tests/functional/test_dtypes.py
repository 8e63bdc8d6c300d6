"""The dtype of a loss: torch's, for every pair that torch promotes; what torch cannot compute with is refused."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from types import ModuleType

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

import crossent.functional as X

WIDTHS = {torch.float64: 3, torch.float32: 2, torch.float16: 1, torch.bfloat16: 1}
PAIRS = list(itertools.product(WIDTHS, WIDTHS))


def numbers(dtype: torch.dtype, *shape: int) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(len(shape))).to(dtype)


Loss = Callable[[ModuleType, Tensor, torch.dtype], Tensor]
LOSSES: dict[str, Loss] = {
    "probabilities": lambda home, x, d: home.cross_entropy(x, numbers(d, 4, 3)),
    "probabilities, each": lambda home, x, d: home.cross_entropy(x, numbers(d, 4, 3), reduction="none"),
    "weighted probabilities": lambda home, x, d: home.cross_entropy(x, numbers(x.dtype, 4, 3), numbers(d, 3)),
    "weighted labels": lambda home, x, d: home.cross_entropy(x, torch.tensor([0, 1, 2, 0]), numbers(d, 3)),
    "binary": lambda home, x, d: home.binary_cross_entropy_with_logits(x, numbers(d, 4, 3)),
    "binary, weighted": lambda home, x, d: home.binary_cross_entropy_with_logits(
        x, numbers(x.dtype, 4, 3), numbers(d, 3), pos_weight=numbers(d, 3)
    ),
    "linear": lambda home, x, d: home.linear_cross_entropy(x, numbers(x.dtype, 5, 3), numbers(d, 4, 5)),
}


@pytest.mark.parametrize(("of_input", "other"), PAIRS, ids=[f"{a}-{b}".replace("torch.", "") for a, b in PAIRS])
@pytest.mark.parametrize("name", LOSSES)
def test_the_result_is_promoted_as_torch_does_it(name: str, of_input: torch.dtype, other: torch.dtype) -> None:
    x = numbers(of_input, 4, 3).requires_grad_()
    loss = LOSSES[name](X, x, other)
    gradient = torch.autograd.grad(loss.sum(), x)[0]
    assert gradient.dtype == of_input
    if name == "weighted labels" and of_input != other:
        assert loss.dtype == of_input, "torch refuses; a weight of any dtype is taken"
        return
    if name == "binary" and torch.promote_types(of_input, other) != other:
        assert loss.dtype == torch.promote_types(of_input, other), "torch narrows the result to the target's dtype"
        return
    theirs = LOSSES[name](F, x, other)
    assert loss.dtype == theirs.dtype
    # torch rounds to 16 bits on the way, ours not.
    close = {"rtol": 2e-2, "atol": 2e-2} if 1 in (WIDTHS[of_input], WIDTHS[other]) else {"rtol": 2e-6, "atol": 2e-6}
    torch.testing.assert_close(loss, theirs, **close)
    torch.testing.assert_close(gradient, torch.autograd.grad(theirs.sum(), x)[0], **close)


def test_labels_have_no_say_in_the_dtype() -> None:
    scores = numbers(torch.bfloat16, 4, 3)
    assert X.binary_cross_entropy_with_logits(scores, torch.ones(4, 3, dtype=torch.int64)).dtype == torch.bfloat16
    assert X.cross_entropy(scores, torch.tensor([0, 1, 2, 0]), torch.ones(3)).dtype == torch.bfloat16


def test_float64_probabilities_are_summed_in_float64() -> None:
    x, target = numbers(torch.float32, 4, 3), numbers(torch.float64, 4, 3)
    for loss in X.cross_entropy, X.binary_cross_entropy_with_logits:
        assert loss(x, target) == loss(x.double(), target)


@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.float8_e5m2, torch.complex64], ids=str)
@pytest.mark.parametrize(
    "name", ["cross_entropy", "binary_cross_entropy", "binary_cross_entropy_with_logits", "log_softmax"]
)
def test_logits_that_torch_does_not_compute_are_refused(name: str, dtype: torch.dtype) -> None:
    x = torch.zeros(4, 3).to(dtype)
    second = 1 if name == "log_softmax" else torch.zeros(4, 3)
    kind = str(dtype).removeprefix("torch.").capitalize()
    with pytest.raises(
        NotImplementedError, match=rf"\"crossent\" not implemented for '{kind}'.* Write input.float\(\)"
    ):
        getattr(X, name)(x, second)
    with pytest.raises((NotImplementedError, RuntimeError)):
        getattr(F, name)(x, second)


@pytest.mark.parametrize("name", ["cross_entropy", "binary_cross_entropy", "binary_cross_entropy_with_logits"])
def test_targets_that_nothing_is_promoted_with_are_refused(name: str) -> None:
    target = torch.zeros(4, 3).to(torch.float8_e5m2)
    text = r"Promotion for Float8_e5m2 is not supported: target must hold .*\. Write target\.float\(\)\."
    with pytest.raises(NotImplementedError, match=text):
        getattr(X, name)(torch.full((4, 3), 0.5), target)
    with pytest.raises((NotImplementedError, RuntimeError)):
        getattr(F, name)(torch.full((4, 3), 0.5), target)
