"""A wrong result is not timed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from crossent.bench import check as check_module
from crossent.bench import comparison
from crossent.bench.cases import sigmoid, softmax
from crossent.bench.check import WrongResultError, check
from crossent.bench.problem import Loss, Problem, build
from crossent.functional import cross_entropy


def with_gradient(change: Callable[[Tensor], Tensor]) -> Loss:
    """Torch's loss, with its gradient changed."""

    def loss(logits: Tensor, target: Tensor, **options: object) -> Tensor:
        class Changed(torch.autograd.Function):
            @staticmethod
            def forward(ctx: object, x: Tensor) -> Tensor:
                return x.clone()

            @staticmethod
            def backward(ctx: object, grad: Tensor) -> Tensor:
                return change(grad.clone())

        return torch.nn.functional.cross_entropy(Changed.apply(logits), target)

    return loss


def one_small_element_off(grad: Tensor) -> Tensor:
    smallest = grad.abs().argmin()
    grad.view(-1)[smallest] *= 1.01
    return grad


WRONG: dict[str, tuple[Loss, str]] = {
    "loss": (lambda x, y, **options: cross_entropy(x, y) * 1.001, r"the loss is not torch's: 7\.1\d* instead of 7\.1"),
    "NaN": (lambda x, y, **options: cross_entropy(x, y) * torch.nan, "the loss is not torch's: nan instead of"),
    "scaled": (with_gradient(lambda grad: grad * 1.001), "the gradient is not torch's: "),
    "zero": (with_gradient(lambda grad: torch.zeros_like(grad)), "the gradient is not torch's: 0 instead of "),
    "NaN gradient": (with_gradient(lambda grad: grad * torch.nan), "the gradient is not torch's: nan instead of "),
    # A softmax over many classes is made of such elements: next to the largest they are nothing.
    "the smallest element": (with_gradient(one_small_element_off), "the gradient is not torch's: "),
}


def changed(loss: Loss) -> Problem:
    problem = build(softmax((4, 1000)))
    return problem._replace(functions={**problem.functions, "crossent": loss})


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_result_is_refused(name: str) -> None:
    loss, message = WRONG[name]
    with pytest.raises(WrongResultError, match=message):
        check(changed(loss))


def test_nothing_is_timed_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "build", lambda case, device: changed(WRONG["scaled"][0]))
    monkeypatch.setattr(comparison, "medians", lambda *arguments: pytest.fail("timed"))
    with pytest.raises(WrongResultError, match="not timed"):
        comparison.measure(softmax((4, 1000)), comparison.How(compile=False, memory=False))


def test_torchs_own_rounding_is_not_ours() -> None:
    """In bfloat16 torch's gradients are off by per cents: ours are held to what float32 gives."""
    for case in (softmax((64, 1000), "bfloat16"), sigmoid((64, 100), "bfloat16", weighted=True)):
        check(build(case))


def test_every_chunk_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    def last_off(grad: Tensor) -> Tensor:
        grad.view(-1)[-1] *= 1.01
        return grad

    monkeypatch.setattr(check_module, "_CHUNK", 7)
    with pytest.raises(WrongResultError, match="the gradient"):
        check(changed(with_gradient(last_off)))
