"""Derivatives of every order and mode, in float64: against finite differences, and against the truth."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

import crossent.functional as X

from .. import truth as true
from ..cases import LINEAR, SIGMOID, SOFTMAX
from ..values import Call
from .strategies import close

# Small instances that between them have every option; gradcheck needs finite values without kinks.
NAMES = {
    "cross_entropy": [
        "two_classes", "sequence", "channels_last", "smoothed_class", "smoothed_target", "z_loss", "softcap",
        "everything", "probabilities_weighted", "probabilities_image", "normalizer", "all_ignored_zero",
    ],
    "nll_loss": ["sequence", "channels_last", "weighted"],
    "binary_cross_entropy_with_logits": ["weighted", "pos_weight_soft", "ignored", "smoothed", "channels_last"],
    "binary_cross_entropy": ["weighted", "ignored"],
    "linear_cross_entropy": ["plain", "image", "probabilities", "everything"],
}  # fmt: skip


def calls() -> list[Any]:
    """The instances, as float64 calls."""
    tables = {"cross_entropy": SOFTMAX, "nll_loss": SOFTMAX, "linear_cross_entropy": LINEAR}
    result = []
    for function, names in NAMES.items():
        cases = {case.name: case for case in tables.get(function, SIGMOID)}
        for name in names:
            case = cases[name]
            args = (torch.float64,) if function == "linear_cross_entropy" else (torch.float64, function)
            result.append(pytest.param(case.call(*args), id=f"{function}-{name}"))
    return result


ALL = pytest.mark.parametrize("call", calls())


def bound(call: Call, of: str = "ours", **changes: Any) -> tuple[Callable[..., Tensor], tuple[Tensor, ...]]:
    """The loss as a function of its leaves, and the leaves, which may be written to."""
    call, leaves = call.with_(**changes).leaves()
    t = call.arguments["target"]
    if call.function.startswith("binary") and not bool(((t > 0) & (t < 1)).all()):
        # A binary target that is not inside (0, 1) leaves [0, 1], or is no mark any more, when it is nudged.
        call = call.with_(target=leaves.pop("target").detach())
    names = list(leaves)

    def loss(*values: Tensor) -> Tensor:
        result = getattr(call.with_(**dict(zip(names, values, strict=True))), of)()
        return result.value if of == "truth" else result

    return loss, tuple(leaf.detach().clone().requires_grad_() for leaf in leaves.values())


def reductions(call: Call) -> tuple[str, ...]:
    """The reductions that a call can have."""
    return ("mean",) if "normalizer" in call.arguments else ("none", "mean")


@ALL
def test_first(call: Call) -> None:
    """Reverse and forward mode agree with finite differences, and both with themselves under vmap."""
    if call.function == "binary_cross_entropy":
        # Its clamps are kinks, and torch's gradient is no derivative there: stay away from the ends.
        call = call.with_(input=call.arguments["input"].clamp(0.1, 0.9))
    for reduction in reductions(call):
        assert torch.autograd.gradcheck(
            *bound(call, reduction=reduction),
            fast_mode=True,
            check_forward_ad=True,
            check_batched_grad=True,
            check_batched_forward_grad=True,
        )


@ALL
def test_second(call: Call) -> None:
    """Reverse over reverse and forward over reverse agree with finite differences."""
    if call.function == "binary_cross_entropy":
        call = call.with_(input=call.arguments["input"].clamp(0.1, 0.9))
    for reduction in reductions(call):
        assert torch.autograd.gradgradcheck(
            *bound(call, reduction=reduction), fast_mode=True, check_batched_grad=True, check_fwd_over_rev=True
        )


@ALL
def test_hessian_is_the_truths(call: Call) -> None:
    """The whole second derivative, blocks between the leaves included, is that of the formulas."""
    if call.function == "binary_cross_entropy":
        pytest.skip("the truth has its gradient in closed form")
    (ours, leaves), (truth, _) = bound(call), bound(call, "truth")
    for mine, theirs in zip(
        torch.autograd.functional.hessian(ours, leaves),
        torch.autograd.functional.hessian(truth, leaves),
        strict=True,
    ):
        for block, expected in zip(mine, theirs, strict=True):
            close(block, expected)


def test_third() -> None:
    """The third derivative of a weighted, smoothed, capped loss with z-loss is the truth's."""
    case = next(case for case in SOFTMAX if case.name == "everything")
    call = case.call(torch.float64)
    thirds = []
    for of in ("ours", "truth"):
        loss, (x,) = bound(call, of)
        slope = loss(x)
        for _ in range(3):
            (slope,) = torch.autograd.grad(slope, x, create_graph=True)
            slope = (slope * torch.linspace(-1, 1, x.numel(), dtype=torch.float64).reshape(x.shape)).sum()
        thirds.append(slope)
    assert thirds[1].abs() > 1e-6
    close(*thirds)


@ALL
def test_upstream_gradients(call: Call) -> None:
    """Twice through one graph, and with an upstream gradient per position: (Jᵀu) of the truth, the same bits twice."""
    for reduction in reductions(call):
        (ours, leaves), (truth, _) = bound(call, reduction=reduction), bound(call, "truth", reduction=reduction)
        loss = ours(*leaves)
        upstream = torch.linspace(-2, 3, loss.numel(), dtype=torch.float64).reshape(loss.shape)
        first = torch.autograd.grad(loss, leaves, upstream, retain_graph=True)
        kept = [slope.clone() for slope in first]
        again = torch.autograd.grad(loss, leaves, upstream, retain_graph=True)
        opposite = torch.autograd.grad(loss, leaves, -upstream)
        expected = torch.autograd.grad(truth(*leaves), leaves, upstream)
        for a, b, c, d, e in zip(first, kept, again, opposite, expected, strict=True):
            assert torch.equal(a, b)
            assert torch.equal(a, c)
            assert torch.equal(a, -d)
            close(a, e)


def test_create_graph_gives_the_same_first_derivative() -> None:
    """The formula that serves higher orders gives what the kernel gives."""
    for param in calls():
        loss, leaves = bound(param.values[0])
        by_kernel = torch.autograd.grad(loss(*leaves), leaves)
        by_formula = torch.autograd.grad(loss(*leaves), leaves, create_graph=True)
        for a, b in zip(by_kernel, by_formula, strict=True):
            close(a, b.detach())


@pytest.mark.parametrize("smoothing_weight", ["class", "target"])
@pytest.mark.parametrize("kind", ["index", "probabilities"])
def test_class_weights_can_be_learnt(smoothing_weight: str, kind: str) -> None:
    """weight.requires_grad: its gradient, through the mean's denominator too, is the truth's."""
    noise = torch.Generator().manual_seed(0)
    x = torch.randn(5, 3, generator=noise).double().requires_grad_()
    y = torch.tensor([0, 2, 1, -100, 2]) if kind == "index" else torch.randn(5, 3, generator=noise).double().softmax(1)
    w = torch.tensor([0.5, 1.0, 3.0], dtype=torch.float64, requires_grad=True)
    options = {"weight": w, "label_smoothing": 0.2, "smoothing_weight": smoothing_weight}
    for reduction in ("sum", "mean"):
        ours = torch.autograd.grad(X.cross_entropy(x, y, **options, reduction=reduction), (x, w))
        truth = torch.autograd.grad(true.cross_entropy(x, y, **options, reduction=reduction).value, (x, w))
        for a, b in zip(ours, truth, strict=True):
            close(a, b)


def test_binary_weights_can_be_learnt() -> None:
    """And so can weight and pos_weight of the binary losses, and the weight of the negative log likelihood."""
    x = torch.randn(4, 3, generator=torch.manual_seed(0)).double().requires_grad_()
    t, w = (x > 0.2).double().detach(), torch.tensor([0.5, 1.0, 3.0], dtype=torch.float64, requires_grad=True)
    for name in ("weight", "pos_weight"):
        losses = [
            of(x, t, **{name: w})
            for of in (
                X.binary_cross_entropy_with_logits,
                lambda *a, **k: true.binary_cross_entropy_with_logits(*a, **k).value,
            )
        ]
        for a, b in zip(*(torch.autograd.grad(loss, (x, w)) for loss in losses), strict=True):
            close(a, b)
    y = torch.tensor([0, 2, -100, 1])
    for a, b in zip(
        torch.autograd.grad(X.nll_loss(x, y, w), (x, w)),
        torch.autograd.grad(true.nll_loss(x, y, w).value, (x, w)),
        strict=True,
    ):
        close(a, b)


def test_stats_beside_learnt_weights() -> None:
    """return_stats works, detached, where the formula runs because the class weights are learnt."""
    x, y = torch.randn(5, 3, requires_grad=True), torch.tensor([0, 2, 1, -100, 2])
    w = torch.tensor([0.5, 1.0, 3.0], requires_grad=True)
    loss, stats = X.cross_entropy(x, y, w, return_stats=True)
    assert loss.requires_grad
    assert not any(value.requires_grad for value in stats)
    expected = X.cross_entropy(x.detach(), y, w.detach(), return_stats=True)[1]
    for mine, theirs in zip(stats, expected, strict=True):
        torch.testing.assert_close(mine, theirs)


def test_self_distillation() -> None:
    """Logits that are the target too, by way of a softmax, get both gradients: that of the entropy."""
    z = torch.randn(4, 5, generator=torch.manual_seed(0)).double().requires_grad_()
    loss = X.cross_entropy(z, z.softmax(1), reduction="sum")
    close(torch.autograd.grad(loss, z)[0], torch.autograd.grad(-(z.softmax(1) * z.log_softmax(1)).sum(), z)[0])
