"""The linear binary cross entropy is the binary cross entropy of the linear layer's scores, in any blocks."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

import crossent
import crossent.functional as X

N, D, C = 7, 3, 5
LISTS = torch.tensor([[0, 2, -1], [4, -1, -1], [-1, -1, -1], [3, 3, 0], [1, 2, 3], [-1, 4, -7], [2, -1, -1]])


def tensors(dtype: torch.dtype = torch.float64, bias: bool = True) -> list[Tensor]:
    """Features, head and bias."""
    noise = torch.Generator().manual_seed(4)
    shapes = [(N, D), (C, D), *([(C,)] if bias else [])]
    return [torch.randn(shape, generator=noise).to(dtype).requires_grad_() for shape in shapes]


def dense_of(lists: Tensor) -> Tensor:
    """The matrix of a padded list per row."""
    target = torch.zeros(len(lists), C, dtype=torch.uint8)
    for row, labels in enumerate(lists.tolist()):
        for label in labels:
            if label >= 0:
                target[row, label] = 1
    return target


NOISE = torch.Generator().manual_seed(8)
MISSING = dense_of(LISTS).double().masked_fill(torch.rand(N, C, generator=NOISE) < 0.3, float("nan"))
CASES: dict[str, tuple[Tensor, dict[str, Any]]] = {
    "uint8": (dense_of(LISTS), {}),
    "bool": (dense_of(LISTS).bool(), {"weight": [0.5, 1.0, 2.0, 0.0, 3.0]}),
    "soft": (torch.rand(N, C, generator=NOISE, dtype=torch.float64), {"pos_weight": [1.0, 2.0, 3.0, 4.0, 5.0]}),
    "smoothed": (dense_of(LISTS), {"label_smoothing": 0.1, "pos_weight": [1.0, 2.0, 3.0, 4.0, 5.0]}),
    "missing": (MISSING, {"ignore_index": float("nan")}),
    "rows": (dense_of(LISTS), {"weight": torch.rand(N, 1, generator=NOISE)}),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
@pytest.mark.parametrize("rows", [1, 3, None])
@pytest.mark.parametrize("bias", [True, False])
def test_is_the_loss_of_the_linear_layer(name: str, reduction: str, rows: int | None, bias: bool) -> None:
    """Losses, first and second gradients, a second backward: those of the scores, whatever the blocks."""
    target, options = CASES[name]
    leaves = tensors(bias=bias)
    head_bias = leaves[2] if bias else None
    ours = X.linear_binary_cross_entropy(
        *leaves[:2],
        target,
        linear_bias=head_bias,
        reduction=reduction,
        options=None if rows is None else crossent.LinearOptions(rows=rows),
        **options,
    )
    plain = X.binary_cross_entropy_with_logits(
        F.linear(leaves[0], leaves[1], head_bias), target, reduction=reduction, **options
    )
    torch.testing.assert_close(ours, plain)
    upstream = torch.rand(plain.shape, dtype=plain.dtype, generator=torch.Generator().manual_seed(1))
    expected = torch.autograd.grad(plain, leaves, upstream, retain_graph=True)
    for _ in range(2):
        got = torch.autograd.grad(ours, leaves, upstream, retain_graph=True)
        for a, b in zip(got, expected, strict=True):
            torch.testing.assert_close(a, b)
    slopes = torch.autograd.grad(ours, leaves, upstream, create_graph=True)
    curve = torch.autograd.grad(sum(s.square().sum() for s in slopes), leaves)
    slopes = torch.autograd.grad(plain, leaves, upstream, create_graph=True)
    for a, b in zip(curve, torch.autograd.grad(sum(s.square().sum() for s in slopes), leaves), strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
@pytest.mark.parametrize("dtype", [torch.int64, torch.int32, torch.int8])
def test_lists_are_the_dense_target(reduction: str, dtype: torch.dtype) -> None:
    """A padded list of labels gives the very loss and gradients of the matrix it stands for."""
    results = []
    for target, kind in ((LISTS.to(dtype), "indices"), (dense_of(LISTS), "dense")):
        leaves = tensors()
        loss = X.linear_binary_cross_entropy(
            *leaves[:2], target, linear_bias=leaves[2], reduction=reduction, target_format=kind, pos_weight=[2.0] * C
        )
        results.append((loss, *torch.autograd.grad(loss.sum(), leaves)))
    for ours, dense in zip(*results, strict=True):
        assert torch.equal(ours, dense)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_narrow(dtype: torch.dtype) -> None:
    """Within a few rounding steps of the truth, in blocks or not."""
    truth = tensors()
    loss = X.linear_binary_cross_entropy(*truth[:2], LISTS, linear_bias=truth[2], target_format="indices")
    expected = (loss, *torch.autograd.grad(loss, truth))
    for rows in (2, None):
        options = crossent.LinearOptions(rows=rows)
        leaves = [t.detach().to(dtype).requires_grad_() for t in tensors()]
        loss = X.linear_binary_cross_entropy(
            *leaves[:2], LISTS, linear_bias=leaves[2], target_format="indices", options=options
        )
        for ours, right in zip((loss, *torch.autograd.grad(loss * 64, leaves)), expected, strict=True):
            scale = 1 if ours.dim() == 0 else 64
            assert ours.dtype == dtype
            error = (ours.double() / scale - right).detach().abs().max()
            assert error <= 16 * torch.finfo(dtype).eps * max(1.0, float(right.detach().abs().max()))


def test_the_normalizer_and_an_empty_batch() -> None:
    """`normalizer` divides the sum; a batch that is missing altogether is 0 on request."""
    leaves = tensors()
    target = dense_of(LISTS)
    whole = X.linear_binary_cross_entropy(*leaves[:2], target, reduction="sum")
    torch.testing.assert_close(X.linear_binary_cross_entropy(*leaves[:2], target, normalizer=10.0), whole / 10)
    nothing = torch.full((N, C), -1)
    loss = X.linear_binary_cross_entropy(*leaves[:2], nothing, ignore_index=-1, on_empty="zero")
    assert loss.item() == 0
    assert not torch.autograd.grad(loss, leaves[0])[0].any()


@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")
def test_compiles_to_one_graph() -> None:
    """fullgraph, with the eager numbers."""

    def both(function: Any) -> tuple[Tensor, ...]:
        leaves = tensors(torch.float32)
        loss = function(*leaves[:2], LISTS, linear_bias=leaves[2], target_format="indices")
        return loss, *torch.autograd.grad(loss * 3, leaves)

    torch._dynamo.reset()
    compiled = torch.compile(X.linear_binary_cross_entropy, fullgraph=True, backend="aot_eager")
    for ours, eager in zip(both(compiled), both(X.linear_binary_cross_entropy), strict=True):
        torch.testing.assert_close(ours, eager)
