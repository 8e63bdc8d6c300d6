"""Gradients that the forward pass writes: right for every upstream gradient, and nobody else's to change."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

import crossent
import crossent.functional as X
from crossent.ops import _early

from ..backend import running

LOSSES = {
    "labels": (X.cross_entropy, (6, 40), torch.tensor([0, 3, 39, -100, 7, 1]), {}),
    "planes": (X.cross_entropy, (2, 5, 3), torch.tensor([[0, 1, 4], [-100, 2, 2]]), {"label_smoothing": 0.1}),
    "many planes": (X.cross_entropy, (1, 70, 3), torch.tensor([[0, 1, 69]]), {"z_loss": 0.1}),
    "long rows": (X.cross_entropy, (2, 40_000), torch.tensor([0, 39_999]), {"softcap": 5.0}),
    "probabilities": (X.cross_entropy, (2, 40), torch.full((2, 40), 1 / 40), {}),
    "weighted": (X.cross_entropy, (2, 1100), torch.tensor([0, 2]), {"weight": [0.5] * 1100, "label_smoothing": 0.2}),
    "scores": (X.binary_cross_entropy_with_logits, (3, 4), torch.eye(3, 4), {"pos_weight": [1.0, 2.0, 3.0, 4.0]}),
    "missing scores": (X.binary_cross_entropy_with_logits, (3, 4), torch.eye(3, 4) * 2 - 1, {"ignore_index": -1}),
}


@pytest.fixture(autouse=True)
def _no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test starts without a last upstream gradient."""
    monkeypatch.setattr(_early, "_LAST", {})


def slopes(name: str, upstream: list[float], reduction: str) -> list[Tensor]:
    """Gradients of one loss after the other, each with its own upstream gradient."""
    function, shape, target, options = LOSSES[name]
    found = []
    for factor in upstream:
        x = torch.randn(shape, generator=torch.manual_seed(3)).requires_grad_()
        (function(x, target, reduction=reduction, **options) * factor).backward()
        found.append(x.grad)
    return found


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("name", LOSSES)
def test_any_upstream_gradient(name: str, reduction: str) -> None:
    """1 as guessed, others that are not, the same again, 0 and negative: what two passes give."""
    factors = [1.0, 0.25, 0.25, -3.0, 0.0, 1.0]
    early = slopes(name, factors, reduction)
    with running("aten"):
        expected = slopes(name, factors, reduction)
    for got, other in zip(early, expected, strict=True):
        torch.testing.assert_close(got, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_a_guess_changes_no_bit(name: str) -> None:
    """A gradient is the same to the last bit whether its upstream gradient was guessed or not."""
    wrong, right = slopes(name, [0.3, 0.3], "mean")
    assert torch.equal(wrong, right)


@pytest.mark.parametrize("name", LOSSES)
def test_a_kept_graph_gives_the_same_again(name: str) -> None:
    """retain_graph: the first receiver may change what it got."""
    function, shape, target, options = LOSSES[name]
    x = torch.randn(shape, generator=torch.manual_seed(3)).requires_grad_()
    loss = function(x, target, **options)
    (first,) = torch.autograd.grad(loss, x, retain_graph=True)
    kept = first.clone()
    first.zero_()
    (second,) = torch.autograd.grad(loss, x, retain_graph=True)
    (third,) = torch.autograd.grad(loss, x)
    assert torch.equal(second, kept)
    assert torch.equal(third, kept)


def test_float16_does_not_lose_small_gradients() -> None:
    """A loss scaler's factor is in the gradient before it is rounded to 16 bits."""
    x = torch.zeros(1, 70_000, dtype=torch.float16, requires_grad=True)
    (crossent.functional.cross_entropy(x, torch.tensor([0])) * 1024).backward()
    torch.testing.assert_close(x.grad[0, 1].float(), torch.tensor(1024 / 70_000), rtol=1e-3, atol=0)


def test_no_gradient_is_written_without_need(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not under no_grad, not for a detached input, not for losses per position."""
    made = []
    monkeypatch.setattr(_early, "Early", lambda *given: made.append(given))
    x, y = torch.randn(6, 40, requires_grad=True), torch.zeros(6, dtype=torch.int64)
    with torch.no_grad():
        X.cross_entropy(x, y)
    X.cross_entropy(x.detach(), y)
    X.cross_entropy(x, y, reduction="none")
    assert not made


@pytest.mark.parametrize("name", LOSSES)
def test_evaluation_does_no_gradient_work(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without grad mode no gradient is written, even of logits that ask for one."""
    function, shape, target, options = LOSSES[name]
    x = torch.randn(shape, requires_grad=True)
    expected = function(x, target, reduction="sum", **options).detach()
    monkeypatch.setattr(_early, "Early", None)
    with torch.no_grad():
        assert torch.equal(function(x, target, reduction="sum", **options), expected)


@pytest.mark.parametrize("reentrant", [False, True])
def test_a_checkpointed_loss_knows_what_its_gradient_was_written_for(reentrant: bool) -> None:
    """The forward pass that saves a checkpointed gradient is not the one that made the graph, nor is its guess."""
    y = torch.arange(8)

    def total(run: Callable[..., Tensor]) -> list[Tensor]:
        x = [torch.randn(8, 9000, generator=torch.manual_seed(k)).requires_grad_() for k in range(2)]
        # Backward takes the halved one first; the other's recomputation then guesses 0.5.
        (run(X.cross_entropy, x[0], y) + run(X.cross_entropy, x[1], y) * 0.5).backward()
        return [leaf.grad for leaf in x]

    expected = total(lambda loss, *given: loss(*given))
    _early._LAST.clear()
    found = total(lambda loss, *given: checkpoint(loss, *given, use_reentrant=reentrant))
    for ours, plain in zip(found, expected, strict=True):
        assert torch.equal(ours, plain)
