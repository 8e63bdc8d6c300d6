"""Nobody branches on a tensor's value where somebody watches: fake tensors, make_fx, memory and flop counters."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx
from torch.utils.flop_counter import FlopCounterMode

import crossent
import crossent.functional as X
from crossent.ops import small

from ..backend import best as backend

__all__ = ["backend"]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:torch.*", "ignore::FutureWarning:torch.*")

Loss = Callable[..., Tensor]
LABELS = [0, 2, -100, 1, 3, 0]
WEIGHT = [1.0, 2.0, 0.0, 1.0, 0.5]


def _linear(x: Tensor, target: Tensor, **options: Any) -> Tensor:
    return X.linear_cross_entropy(x, torch.ones(5, x.shape[1], dtype=x.dtype, requires_grad=True), target, **options)


# Each of (6, 5) scores, and another tensor.
LOSSES: dict[str, tuple[Loss, Callable[[], Tensor], dict[str, Any]]] = {
    "indices": (X.cross_entropy, lambda: torch.tensor(LABELS), {}),
    "sum": (X.cross_entropy, lambda: torch.tensor(LABELS), {"reduction": "sum", "z_loss": 0.1}),
    "weighted": (X.cross_entropy, lambda: torch.tensor(LABELS), {"weight": WEIGHT, "label_smoothing": 0.1}),
    "each": (X.cross_entropy, lambda: torch.tensor(LABELS), {"reduction": "none"}),
    "in place": (
        lambda x, t: X.cross_entropy(x * 1, t, inplace_backward=True),
        lambda: torch.tensor(LABELS),
        {},
    ),
    "sample weights": (
        lambda x, t: X.cross_entropy(x, t, sample_weight=torch.ones(6)),
        lambda: torch.tensor(LABELS),
        {},
    ),
    "listed": (X.cross_entropy, lambda: (torch.tensor([[0, 1]] * 6), torch.full((6, 2), 0.5)), {}),
    "log-probabilities": (lambda x, t: X.token_logprobs(x, t).entropy, lambda: torch.tensor(LABELS), {}),
    "divergence": (lambda x, t: X.distillation(x, t, temperature=2.0), lambda: torch.ones(6, 5), {}),
    "probabilities": (X.cross_entropy, lambda: torch.full((6, 5), 0.2), {}),
    "nll": (X.nll_loss, lambda: torch.tensor(LABELS), {"weight": WEIGHT}),
    "scores": (X.binary_cross_entropy_with_logits, lambda: torch.ones(6, 5), {}),
    "scores, weighted": (X.binary_cross_entropy_with_logits, lambda: torch.ones(6, 5), {"pos_weight": WEIGHT}),
    "scores, ignored": (X.binary_cross_entropy_with_logits, lambda: torch.ones(6, 5), {"ignore_index": -1}),
    "probability": (lambda x, t: X.binary_cross_entropy(x.sigmoid(), t), lambda: torch.ones(6, 5), {}),
    "linear": (_linear, lambda: torch.tensor(LABELS), {}),
    "linear, each": (_linear, lambda: torch.tensor(LABELS), {"reduction": "none"}),
}
EACH = pytest.mark.parametrize("name", LOSSES)


@pytest.fixture(autouse=True, params=[0, small.SMALL], ids=["kernel", "small"])
def limit(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a kernel, and as users have it: small losses through torch's own."""
    monkeypatch.setattr(small, "SMALL", request.param)


def scores() -> Tensor:
    """A leaf."""
    return torch.randn(6, 5, generator=torch.manual_seed(1)).requires_grad_()


def gradient(name: str, x: Tensor) -> Tensor:
    """Of three times the loss, which no early gradient is written for."""
    loss, target, options = LOSSES[name]
    return torch.autograd.grad(loss(x, target(), **options).sum() * 3, x)[0]


@EACH
def test_fake_tensors(name: str) -> None:
    """Shapes without values, forward and backward; and a criterion is made there too."""
    with FakeTensorMode():
        x = torch.randn(6, 5, requires_grad=True)
        loss, target, options = LOSSES[name]
        result = loss(x, target(), **options)
        assert torch.autograd.grad(result.sum(), x)[0].shape == (6, 5)
        crossent.CrossEntropyLoss(weight=torch.rand(5))


@EACH
@pytest.mark.parametrize("mode", ["real", "fake", "symbolic"])
def test_make_fx(name: str, mode: str) -> None:
    """A traced graph computes what was traced, for other values too."""
    graph = make_fx(lambda x: gradient(name, x), tracing_mode=mode)(scores())
    other = (scores().detach() * 0.5 + 0.25).requires_grad_()
    torch.testing.assert_close(graph(other), gradient(name, other))


@EACH
@pytest.mark.parametrize("backward_too", [True, False])
def test_counters(name: str, backward_too: bool) -> None:
    """A mode that watches both passes, or one of them alone, changes no number."""
    x, expected = scores(), gradient(name, scores())
    loss, target, options = LOSSES[name]
    with FlopCounterMode(display=False):
        if backward_too:
            found = gradient(name, x)
        else:
            result = loss(x, target(), **options).sum() * 3
    if not backward_too:
        (found,) = torch.autograd.grad(result, x)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-7)
    later = loss(x, target(), **options).sum() * 3
    with FlopCounterMode(display=False):
        (found,) = torch.autograd.grad(later, x)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("function", [X.linear_cross_entropy, X.linear_binary_cross_entropy])
def test_products_are_counted(function: Loss) -> None:
    """A linear loss counts as three products of a linear layer, forward and backward, as torch's own does."""
    x, head = torch.randn(8, 4, requires_grad=True), torch.randn(10, 4, requires_grad=True)
    target = torch.arange(8) if function is X.linear_cross_entropy else torch.ones(8, 10)
    with FlopCounterMode(display=False) as counter:
        function(x, head, target).backward()
    assert counter.get_total_flops() == 3 * 2 * 8 * 4 * 10


def test_memory_tracker() -> None:
    """torch's estimator of a model's memory runs a training step under fake tensors, with hooks of its own."""
    from torch.distributed._tools.mem_tracker import MemTracker

    with FakeTensorMode():
        model, criterion = torch.nn.Linear(8, 5), crossent.CrossEntropyLoss(weight=torch.ones(5))
        tracker = MemTracker()
        tracker.track_external(model)
        with tracker:
            criterion(model(torch.randn(6, 8)), torch.randint(5, (6,))).backward()
    assert tracker.get_tracker_snapshot("peak")
