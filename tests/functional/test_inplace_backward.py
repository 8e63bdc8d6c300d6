"""inplace_backward=True: the gradient takes the place of the logits, and nobody is left with wrong ones."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

import crossent
import crossent.functional as X

from ..cases import SOFTMAX, Softmax


def gradient(case: Softmax, dtype: torch.dtype, inplace: bool) -> tuple[Tensor, Tensor]:
    """The gradient of a loss, and the logits, which a layer has made."""
    call = case.call(dtype)
    leaf = call.arguments["input"].detach().clone().requires_grad_()
    logits = leaf * 1
    loss = call.ours(input=logits, inplace_backward=inplace)
    if isinstance(loss, tuple):
        loss = loss[0]
    return torch.autograd.grad(loss * 0.5, logits)[0], logits


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("case", SOFTMAX, ids=lambda case: case.name)
def test_the_same_gradient(case: Softmax, dtype: torch.dtype) -> None:
    """To the last bit that of a backward pass with its own memory, and it lies where the logits were."""
    if not case.fits(dtype):
        return
    written, logits = gradient(case, dtype, True)
    expected, _ = gradient(case, dtype, False)
    torch.testing.assert_close(written, expected, equal_nan=True)
    if logits.numel() and case.memory == "contiguous":
        assert written.data_ptr() == logits.data_ptr()
        assert torch.equal(logits.detach().nan_to_num(), written.nan_to_num())


def test_not_by_default() -> None:
    """Without it the logits are what they were."""
    logits = torch.randn(6, 4, requires_grad=True) * 1
    before = logits.detach().clone()
    X.cross_entropy(logits, torch.tensor([0, 1, 2, 3, 0, 1]), reduction="none").sum().backward()
    assert torch.equal(logits, before)


def test_a_second_backward_pass_is_refused() -> None:
    """By autograd: what it saved has been written to."""
    logits = torch.randn(6, 4, requires_grad=True) * 1
    loss = X.cross_entropy(logits, torch.tensor([0, 1, 2, 3, 0, 1]), inplace_backward=True)
    loss.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_an_operation_that_keeps_its_result_is_refused() -> None:
    """tanh computes its gradient from what it returned; a linear layer does not."""
    x, y = torch.randn(6, 4, requires_grad=True), torch.tensor([0, 1, 2, 3, 0, 1])
    loss = X.cross_entropy(x.tanh(), y, inplace_backward=True)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()
    layer = torch.nn.Linear(4, 4)
    slopes = [
        torch.autograd.grad(X.cross_entropy(layer(x), y, inplace_backward=inplace), layer.weight)[0]
        for inplace in (True, False)
    ]
    torch.testing.assert_close(*slopes)


def test_a_leaf_is_refused() -> None:
    """Its values would be lost; without gradients there is nothing to refuse."""
    x, y = torch.randn(6, 4, requires_grad=True), torch.zeros(6, dtype=torch.int64)
    message = (
        r"inplace_backward=True writes the gradient over input, but input \(6, 4\) is a leaf that requires grad: its "
        r"values would be lost, and be its own \.grad\. Pass the result of a layer, or drop inplace_backward\."
    )
    with pytest.raises(ValueError, match=f"^{message}$"):
        X.cross_entropy(x, y, inplace_backward=True)
    with torch.no_grad():
        assert X.cross_entropy(x, y, inplace_backward=True).isfinite()


def test_logits_that_share_memory_are_left_alone() -> None:
    """Expanded logits are one row for many: the gradient gets memory of its own."""
    row = torch.randn(1, 4, requires_grad=True) * 1
    logits = row.expand(6, 4)
    before = row.detach().clone()
    X.cross_entropy(logits, torch.tensor([0, 1, 2, 3, 0, 1]), inplace_backward=True).backward()
    assert torch.equal(row, before)


def test_module() -> None:
    """The criterion hands it on and shows it."""
    criterion = crossent.CrossEntropyLoss(inplace_backward=True)
    assert repr(criterion) == "CrossEntropyLoss(inplace_backward=True)"
    logits = torch.randn(6, 4, requires_grad=True) * 1
    loss = criterion(logits, torch.tensor([0, 1, 2, 3, 0, 1]))
    (slope,) = torch.autograd.grad(loss, logits)
    assert slope.data_ptr() == logits.data_ptr()
