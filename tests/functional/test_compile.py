"""torch.compile(fullgraph=True): one graph, dynamic shapes, backward; each function gives its eager numbers.

Tracing and autograd are tested with "aot_eager", which compiles no C++; one loss goes through inductor.
"""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

import crossent.functional as X

pytestmark = [
    # Dynamo instantiates an autograd.Function itself, and warns itself about that.
    pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning"),
    # Inductor imports what torch has deprecated.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:torch.*"),
]


@pytest.fixture(autouse=True)
def fresh_compiler() -> Iterator[None]:
    """No graph of another test is met again."""
    torch._dynamo.reset()
    yield
    torch._dynamo.reset()


def arguments(name: str, n: int) -> tuple[tuple[Tensor, ...], dict[str, Any]]:
    """Leaves and other arguments for a batch of n; the first leaf is the input."""
    noise = torch.Generator().manual_seed(n)
    x = torch.randn(n, 4, generator=noise)
    y = torch.randint(4, (n,), generator=noise)
    y[0] = -100
    if name == "linear_cross_entropy":
        head = torch.randn(5, 4, generator=noise).requires_grad_()
        return (x.requires_grad_(), head), {"target": y, "label_smoothing": 0.1, "return_stats": True}
    if name == "nll_loss":
        return (x.log_softmax(1).requires_grad_(),), {"target": y, "weight": torch.ones(4)}
    if name == "cross_entropy_probabilities":
        target = torch.randn(n, 4, generator=noise).softmax(1).requires_grad_()
        return (x.requires_grad_(), target), {"reduction": "none"}
    if name == "cross_entropy":
        options = {"label_smoothing": 0.1, "z_loss": 0.01, "softcap": 5.0, "on_empty": "zero", "return_stats": True}
        return (x.requires_grad_(),), {"target": y, "weight": torch.ones(4), **options}
    t = torch.rand(n, 4, generator=noise)
    if name == "binary_cross_entropy":
        return (x.sigmoid().requires_grad_(),), {"target": t, "weight": torch.ones(4)}
    return (x.requires_grad_(),), {"target": t, "pos_weight": torch.ones(4), "reduction": "sum", "return_stats": True}


def loss_and_gradients(function: Any, name: str, n: int) -> tuple[Tensor, ...]:
    """Every tensor that a call and its backward give."""
    leaves, others = arguments(name, n)
    result = function(*leaves, **others)
    loss, stats = result if isinstance(result, tuple) else (result, ())
    return loss, *(s for s in stats if s is not None), *torch.autograd.grad(loss.sum(), leaves)


NAMES = (
    "cross_entropy",
    "cross_entropy_probabilities",
    "nll_loss",
    "linear_cross_entropy",
    "binary_cross_entropy_with_logits",
    "binary_cross_entropy",
)


@pytest.mark.parametrize("name", NAMES)
def test_one_graph_for_every_batch(name: str) -> None:
    """Batches of 6, 9 and 11 rows: compiled at most twice (static, then dynamic), always the eager numbers."""
    function = getattr(X, name.removesuffix("_probabilities"))
    graphs = []

    def backend(graph: Any, inputs: Any) -> Any:
        graphs.append(graph)
        return torch._dynamo.lookup_backend("aot_eager")(graph, inputs)

    compiled = torch.compile(function, fullgraph=True, backend=backend)
    for n in (6, 9, 11):
        for ours, eager in zip(
            loss_and_gradients(compiled, name, n), loss_and_gradients(function, name, n), strict=True
        ):
            torch.testing.assert_close(ours, eager)
    assert len(graphs) <= 2


def test_marked_dynamic() -> None:
    """A batch size marked dynamic, and dynamic=True, compile once and for all."""
    x, y = torch.randn(6, 4), torch.tensor([0, 1, 2, 3, -100, 1])
    torch._dynamo.mark_dynamic(x, 0)
    torch._dynamo.mark_dynamic(y, 0)
    compiled = torch.compile(X.cross_entropy, fullgraph=True, backend="aot_eager")
    assert torch.equal(compiled(x, y), X.cross_entropy(x, y))
    with torch.compiler.set_stance("fail_on_recompile"):
        assert torch.equal(compiled(x[:4], y[:4]), X.cross_entropy(x[:4], y[:4]))


@pytest.mark.parametrize("shape", [(1,), (9,), (6, 1), (1, 9)])
@pytest.mark.parametrize("name", ["weight", "pos_weight"])
def test_weights_beside_unknown_sizes(name: str, shape: tuple[int, ...]) -> None:
    """A weight that broadcasts is compared with sizes that the compiler does not know."""
    x, y, weight = torch.randn(6, 9), torch.rand(6, 9), torch.rand(shape)
    compiled = torch.compile(X.binary_cross_entropy_with_logits, fullgraph=True, dynamic=True, backend="aot_eager")
    torch.testing.assert_close(
        compiled(x, y, **{name: weight}), X.binary_cross_entropy_with_logits(x, y, **{name: weight})
    )


@pytest.mark.skipif(not (shutil.which("g++") or shutil.which("clang++")), reason="inductor needs a C++ compiler")
def test_through_inductor() -> None:
    """A model with its loss compiles to code, and its gradients are the eager ones."""
    model = torch.nn.Linear(4, 5)
    x, y = torch.randn(6, 4), torch.tensor([0, 1, 2, 3, -100, 4])

    def loss(x: Tensor, y: Tensor) -> Tensor:
        return X.cross_entropy(model(x), y, label_smoothing=0.1)

    expected = torch.autograd.grad(loss(x, y), list(model.parameters()))
    slopes = torch.autograd.grad(torch.compile(loss, fullgraph=True)(x, y), list(model.parameters()))
    for ours, eager in zip(slopes, expected, strict=True):
        torch.testing.assert_close(ours, eager)
