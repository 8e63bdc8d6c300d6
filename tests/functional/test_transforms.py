"""torch.func: grad, vmap, jvp, jacobians, Hessians and per-sample gradients are those of the truth."""

import pytest
import torch
from torch import Tensor
from torch.func import functional_call, grad, hessian, jacfwd, jacrev, jvp, vjp, vmap

import crossent
import crossent.functional as X

from .. import truth as true
from ..backend import best as backend
from .strategies import close

# No kernel runs under a transform.
__all__ = ["backend"]
OPTIONS = [
    pytest.param({}, id="plain"),
    pytest.param(
        {"weight": [0.5, 1.0, 3.0, 2.0], "label_smoothing": 0.2, "z_loss": 0.01, "softcap": 3.0}, id="everything"
    ),
    pytest.param({"reduction": "sum", "smoothing_weight": "target", "label_smoothing": 0.1}, id="sum"),
]


@pytest.fixture
def z() -> Tensor:
    """Logits."""
    return torch.randn(5, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


Y = torch.tensor([0, 3, -100, 1, 2])


@pytest.mark.parametrize("options", OPTIONS)
def test_derivatives_by_logits(z: Tensor, options: dict) -> None:
    """grad, vjp, jvp, jacrev, jacfwd and hessian of a loss."""

    def loss(x: Tensor) -> Tensor:
        return X.cross_entropy(x, Y, **options)

    def truth(x: Tensor) -> Tensor:
        return true.cross_entropy(x, Y, **options).value

    slope = torch.autograd.functional.jacobian(truth, z)
    for mode in (grad, jacrev, jacfwd):
        close(mode(loss)(z), slope)
    value, pull = vjp(loss, z)
    close(value, truth(z))
    close(pull(torch.tensor(-2.0, dtype=torch.float64))[0], -2 * slope)
    direction = torch.linspace(-1, 1, z.numel(), dtype=torch.float64).reshape(z.shape)
    close(jvp(loss, (z,), (direction,))[1], (slope * direction).sum())
    close(hessian(loss)(z), torch.autograd.functional.hessian(truth, z))


@pytest.mark.parametrize("options", OPTIONS)
def test_vmap_is_a_loop(z: Tensor, options: dict) -> None:
    """vmap over logits, over both, and over the last axis of logits gives what a loop gives."""
    stack = torch.stack((z, z.flip(0), 2 * z), 2)
    targets = torch.stack((Y, Y.flip(0), Y))
    looped = torch.stack([X.cross_entropy(stack[..., i], targets[i], **options) for i in range(3)])
    close(vmap(lambda x, y: X.cross_entropy(x, y, **options), in_dims=(2, 0))(stack, targets), looped)
    one_target = torch.stack([X.cross_entropy(stack[..., i], Y, **options) for i in range(3)])
    close(vmap(lambda x: X.cross_entropy(x, Y, **options), in_dims=2)(stack), one_target)


def test_per_sample_gradients() -> None:
    """vmap(grad) over the samples of a model is the gradient of one sample at a time, for function and module."""
    model = torch.nn.Linear(3, 4, dtype=torch.float64)
    x, y = torch.randn(6, 3, dtype=torch.float64), torch.arange(6) % 4
    parameters = {name: p.detach() for name, p in model.named_parameters()}
    for criterion in (X.cross_entropy, crossent.CrossEntropyLoss()):

        def loss(parameters: dict, a: Tensor, b: Tensor, criterion=criterion) -> Tensor:
            return criterion(functional_call(model, parameters, (a[None],)), b[None])

        per_sample = vmap(grad(loss), in_dims=(None, 0, 0))(parameters, x, y)
        for i in range(6):
            model.zero_grad()
            true.cross_entropy(model(x[i : i + 1]), y[i : i + 1]).value.backward()
            close(per_sample["weight"][i], model.weight.grad)
            close(per_sample["bias"][i], model.bias.grad)


def test_of_the_other_losses(z: Tensor) -> None:
    """grad, and grad under vmap, of every other loss agree with the truth."""
    t = torch.rand(5, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    losses = [
        ("binary_cross_entropy_with_logits", z, (t,), {"pos_weight": [0.5, 1.0, 2.0, 4.0], "label_smoothing": 0.1}),
        ("binary_cross_entropy", z.sigmoid(), (t,), {}),
        ("nll_loss", z.log_softmax(1), (Y,), {"weight": [0.5, 1.0, 2.0, 4.0]}),
        ("linear_cross_entropy", z, (torch.eye(6, 4, dtype=torch.float64), Y), {"label_smoothing": 0.1}),
        ("cross_entropy", z, (z.softmax(1),), {"label_smoothing": 0.1}),
    ]
    for name, x, others, options in losses:
        leaf = x.detach().requires_grad_()
        truth = torch.autograd.grad(getattr(true, name)(leaf, *others, **options).value, leaf)[0]

        def loss(x: Tensor, name=name, others=others, options=options) -> Tensor:
            return getattr(X, name)(x, *others, **options)

        close(grad(loss)(x), truth)
        close(vmap(grad(loss))(torch.stack((x, x)))[1], truth)
        close(jvp(loss, (x,), (torch.ones_like(x),))[1], truth.sum())


def test_out_of_range_labels_raise_under_transforms(z: Tensor) -> None:
    """A label out of range never reads foreign memory, whatever transform runs."""
    for bad in (torch.tensor([0, 4, 0, 0, 0]), torch.tensor([0, -1, 0, 0, 0])):
        with pytest.raises((IndexError, RuntimeError)):
            vmap(lambda x, bad=bad: X.cross_entropy(x, bad))(z.expand(3, 5, 4))
        with pytest.raises((IndexError, RuntimeError)):
            grad(lambda x, bad=bad: X.cross_entropy(x, bad))(z)
        with pytest.raises((IndexError, RuntimeError)):
            jvp(lambda x, bad=bad: X.cross_entropy(x, bad), (z,), (z,))


def test_stats_under_grad(z: Tensor) -> None:
    """grad(has_aux=True) hands the stats through."""
    slope, stats = grad(lambda x: X.cross_entropy(x, Y, return_stats=True), has_aux=True)(z)
    loss, expected = X.cross_entropy(z.requires_grad_(), Y, return_stats=True)
    close(slope, torch.autograd.grad(loss, z)[0])
    for mine, theirs in zip(stats, expected, strict=True):
        close(mine, theirs)


def test_stats_under_vmap(z: Tensor) -> None:
    """And so does vmap."""
    loss, stats = vmap(lambda x: X.cross_entropy(x, Y, return_stats=True))(torch.stack((z, z.flip(0))))
    expected_loss, expected = X.cross_entropy(z, Y, return_stats=True)
    close(loss[0], expected_loss)
    for mine, theirs in zip(stats[:4], expected[:4], strict=True):
        close(mine[0], theirs)
