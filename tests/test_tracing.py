"""Around the losses: export, fx, TorchScript, fake and sparse tensors, subclasses, checkpointing, inference mode."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from inspect import signature
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch._subclasses import FakeTensorMode
from torch.utils.checkpoint import checkpoint

import crossent
import crossent.functional as X


class Model(nn.Module):
    """A model that computes its own loss, as language models do."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 3)
        self.criterion = crossent.CrossEntropyLoss(weight=[1.0, 2.0, 3.0], label_smoothing=0.1)

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return self.criterion(self.linear(x), y)


BATCH = torch.linspace(-1, 1, 24).view(6, 4), torch.tensor([0, 1, 2, 0, -100, 1])


@pytest.fixture(params=[0, 2**20], ids=["kernels", "small"])
def _path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crossent.ops.small.SMALL", request.param)


def test_an_exported_program_computes_and_trains() -> None:
    model = Model()
    program = torch.export.export(model, BATCH)
    used = {str(node.target) for node in program.graph.nodes if node.op == "call_function"}
    assert not any("crossent" in name for name in used), "an exported program must run where crossent is not installed"
    exported = program.module()
    exported(*BATCH).backward()
    model(*BATCH).backward()
    gradients = dict(exported.named_parameters())
    torch.testing.assert_close(gradients["linear.weight"].grad, model.linear.weight.grad)


def test_fx_traces_a_model_with_a_loss() -> None:
    model = Model()
    traced = torch.fx.symbolic_trace(model)
    assert torch.equal(traced(*BATCH), model(*BATCH))
    assert any(node.target is X.cross_entropy for node in traced.graph.nodes)


@pytest.mark.usefixtures("_path")
def test_a_subclass_of_tensor_serves_as_target() -> None:
    class Mask(torch.Tensor):
        pass

    logits = torch.randn(2, 5, 8, 8, generator=torch.Generator().manual_seed(0), requires_grad=True)
    labels = torch.randint(0, 5, (2, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    loss = X.cross_entropy(logits, labels.as_subclass(Mask))
    loss.backward()
    assert loss == X.cross_entropy(logits, labels)
    smoothed, stats = X.cross_entropy(logits, labels.as_subclass(Mask), label_smoothing=0.1, return_stats=True)
    assert smoothed.isfinite()
    assert stats.correct.shape == labels.shape


@pytest.mark.usefixtures("_path")
def test_activation_checkpointing_gives_the_same_gradient() -> None:
    logits = torch.linspace(-2, 2, 30).view(10, 3).requires_grad_()
    labels = torch.arange(10) % 3
    gradients = []
    for call in (X.cross_entropy, lambda *a: checkpoint(X.cross_entropy, *a, use_reentrant=False)):
        gradients.append(torch.autograd.grad(call(logits * 2, labels), logits)[0])
    assert torch.equal(*gradients)


def test_meta_tensors_have_shapes_and_no_values() -> None:
    loss, stats = X.cross_entropy(
        torch.empty(4, 3, 8, device="meta"),
        torch.empty(4, 8, device="meta", dtype=torch.uint8),
        reduction="none",
        return_stats=True,
    )
    assert loss.is_meta
    assert loss.shape == stats.lse.shape == (4, 8)


@pytest.mark.usefixtures("_path")
def test_inference_mode() -> None:
    with torch.inference_mode():
        loss = X.cross_entropy(torch.eye(3), torch.arange(3))
    torch.testing.assert_close(loss, X.cross_entropy(torch.eye(3), torch.arange(3)))


class Holds(nn.Module):
    """A model that has a criterion and computes without it."""

    def __init__(self, criterion: nn.Module) -> None:
        super().__init__()
        self.linear, self.criterion = nn.Linear(4, 3), criterion

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x)


class Calls(Holds):
    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.criterion(self.linear(x), y)


class CallsFunction(nn.Module):
    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(x[:, :3], y, label_smoothing=0.1)


CRITERIA: dict[str, Callable[[Any], nn.Module]] = {
    "plain": lambda home: home.CrossEntropyLoss(),
    "weighted": lambda home: home.CrossEntropyLoss(torch.tensor([1.0, 2.0, 3.0]), label_smoothing=0.1),
    "nll": lambda home: home.NLLLoss(reduction="sum"),
}
EXTRAS = {
    "extras": lambda _: crossent.CrossEntropyLoss([1, 2, 3], dim=-1, z_loss=0.1, normalizer=torch.tensor(2.0)),
    "options": lambda _: crossent.LinearCrossEntropyLoss(3, 3, options=crossent.LinearOptions(rows=2)),
}
torchscript = pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")


@torchscript
@pytest.mark.parametrize("name", [*CRITERIA, *EXTRAS])
def test_a_scripted_model_may_hold_a_criterion(name: str) -> None:
    model = Holds((CRITERIA | EXTRAS)[name](crossent))
    file = io.BytesIO()
    torch.jit.save(torch.jit.script(model), file)
    file.seek(0)
    torch.testing.assert_close(torch.jit.load(file)(BATCH[0]), model(BATCH[0]))


@torchscript
@pytest.mark.parametrize("home", ["crossent", "patched"])
@pytest.mark.parametrize("name", [*CRITERIA, *EXTRAS])
def test_a_scripted_model_may_call_a_criterion(name: str, home: str) -> None:
    make = (CRITERIA | EXTRAS)[name]
    with crossent.patched():
        model = Calls(make(nn if home == "patched" else crossent))
        scripted = torch.jit.script(model)
        loss = scripted(*BATCH)
        torch.testing.assert_close(loss, model(*BATCH))
        loss.backward()
        expected = torch.autograd.grad(model(*BATCH), model.linear.weight)[0]
    torch.testing.assert_close(scripted.linear.weight.grad, expected)


@torchscript
def test_a_scripted_model_may_call_a_function() -> None:
    with crossent.patched():
        file = io.BytesIO()
        torch.jit.save(torch.jit.script(CallsFunction()), file)
    file.seek(0)
    torch.testing.assert_close(torch.jit.load(file)(*BATCH), CallsFunction()(*BATCH))


@torchscript
def test_what_torchscript_cannot_compile_says_so() -> None:
    def multilabel(x: Tensor, y: Tensor) -> Tensor:
        return X.linear_binary_cross_entropy(x, x, y)

    text = (
        "torch.jit.script cannot compile crossent.functional.linear_binary_cross_entropy. Call it in a function marked"
    )
    with pytest.raises(NotImplementedError, match=text):
        torch.jit.script(multilabel)

    def last_axis(x: Tensor, y: Tensor) -> Tensor:
        return X.cross_entropy(x, y, dim=-1)

    with pytest.raises(RuntimeError, match="Keyword argument dim unknown"):
        torch.jit.script(last_axis)


WEIGHT = torch.tensor([1.0, 2.0, 3.0])
TRACED: dict[str, tuple[Callable[..., Tensor], tuple[int, ...], str]] = {
    "ignored label": (X.cross_entropy, (6, 3), "index"),
    "large": (X.cross_entropy, (600, 1000), "index"),
    "weighted": (lambda x, y: X.cross_entropy(x, y, WEIGHT), (6, 3), "index"),
    "probabilities": (X.cross_entropy, (6, 3), "probabilities"),
    "nll": (lambda x, y: X.nll_loss(X.log_softmax(x, 1), y), (6, 3), "index"),
    "bce": (lambda x, y: X.binary_cross_entropy(x.sigmoid(), y), (6, 3), "probabilities"),
    "bce with logits": (lambda x, y: X.binary_cross_entropy_with_logits(x, y), (6, 3), "probabilities"),
    "linear": (lambda x, y: X.linear_cross_entropy(x, torch.eye(5, 3), y), (6, 3), "index"),
}


def traced_inputs(shape: tuple[int, ...], kind: str) -> tuple[Tensor, Tensor]:
    noise = torch.Generator().manual_seed(shape[0])
    x = torch.randn(shape, generator=noise)
    if kind == "probabilities":
        return x, torch.rand(shape, generator=noise).softmax(1)
    y = torch.randint(shape[1], shape[:1], generator=noise)
    y[1] = -100
    return x, y


@torchscript
@pytest.mark.parametrize("name", TRACED)
def test_a_trace_serves_other_batches(name: str) -> None:
    """No branch of ours on a value or a size, which torch would warn of; its own BCELoss has one."""
    loss, shape, kind = TRACED[name]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", torch.jit.TracerWarning)
        traced = torch.jit.trace(loss, traced_inputs(shape, kind))
    assert not [str(w.message) for w in caught if "crossent" in w.filename]
    for rows in shape[0], shape[0] + 3:
        x, y = traced_inputs((rows, shape[1]), kind)
        x.requires_grad_()
        torch.testing.assert_close(traced(x, y), loss(x, y))
        torch.testing.assert_close(*(torch.autograd.grad(call(x, y), x)[0] for call in (traced, loss)))


@torchscript
@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")
def test_a_trace_of_what_torch_does_not_have() -> None:
    def loss(x: Tensor, y: Tensor) -> Tensor:
        return X.cross_entropy(x, y, z_loss=0.1, on_empty="zero")

    x, y = traced_inputs((6, 3), "index")
    torch.testing.assert_close(torch.jit.trace(loss, (x, y))(x.flip(0), y), loss(x.flip(0), y))
    narrow = torch.jit.trace(X.cross_entropy, (x, y.short()))(x, y.short())
    torch.testing.assert_close(narrow, X.cross_entropy(x, y))


LOSSES = [name for name in crossent.__all__ if name.endswith("Loss")]
WEIGHTED = [name for name in LOSSES if "weight" in signature(getattr(crossent, name)).parameters]


@pytest.mark.parametrize("name", WEIGHTED)
def test_criteria_are_made_under_fake_tensors(name: str) -> None:
    arguments = {"in_features": 4, "num_classes": 3} if name.startswith("Linear") else {}
    with FakeTensorMode():
        criterion = getattr(crossent, name)(**arguments, weight=torch.tensor([1.0, 2.0, 3.0]))
        assert criterion.weight.shape == (3,)
    assert "weight=<3>" in repr(criterion)


def sparse(layout: str, dense: Tensor) -> Tensor:
    return dense.to_sparse() if layout == "coo" else dense.to_sparse_csr()


@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support:UserWarning")
@pytest.mark.parametrize("layout", ["coo", "csr"])
@pytest.mark.parametrize("name", ["cross_entropy", "binary_cross_entropy", "binary_cross_entropy_with_logits"])
def test_targets_may_be_sparse(name: str, layout: str) -> None:
    """torch computes some of them, and the gradient of none."""
    loss, target = getattr(X, name), torch.eye(3)[[0, 1, 2, 0]]
    x = torch.linspace(0.1, 0.9, 12).view(4, 3).requires_grad_()
    for dense in target, sparse(layout, target):
        got = loss(x, dense, weight=sparse("coo", torch.tensor([1.0, 2.0, 3.0])))
        torch.testing.assert_close(got, loss(x, target, weight=[1.0, 2.0, 3.0]))
        torch.testing.assert_close(torch.autograd.grad(loss(x, dense), x), torch.autograd.grad(loss(x, target), x))
