"""Around the losses: export, fx, tensor subclasses, activation checkpointing, meta tensors, inference mode."""

from __future__ import annotations

import pytest
import torch
from torch import nn
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
