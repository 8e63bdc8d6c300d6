"""Properties of every negative log likelihood, and of the log_softmax that feeds it."""

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given

import crossent.functional as X

from ..cases import Softmax
from ..truth import assert_accurate
from .check import check_accuracy
from .strategies import SETTINGS, close, dtypes, softmax_cases

TARGETS = st.sampled_from(["int64", "int16", "uint8", "bool"])
OPTIONS = st.sampled_from([{}, {"ignore_index": 0}, {"on_empty": "zero"}])


@given(st.data(), dtypes)
@SETTINGS
def test_any_instance_is_accurate(data: st.DataObject, dtype: torch.dtype) -> None:
    """Loss and gradient obey the accuracy rule for any shape, layout, dtype and target."""
    case = data.draw(softmax_cases(target=data.draw(TARGETS), options=data.draw(OPTIONS), logits="normal"))
    check_accuracy(case.call(dtype, "nll_loss"))


@given(softmax_cases(target="int64", options={}))
@SETTINGS
def test_of_log_softmax_is_cross_entropy(case: Softmax) -> None:
    """nll(log_softmax(z)) == cross_entropy(z), and so are the gradients."""
    call, leaves = case.call(torch.float64).leaves()
    x, others = leaves["input"], {k: v for k, v in call.arguments.items() if k != "input"}
    dim = call.arguments.get("dim", min(1, x.dim() - 1))
    for reduction in ("none", "sum", "mean"):
        loss, expected = (
            X.nll_loss(X.log_softmax(x, dim), **others, reduction=reduction),
            call.ours(reduction=reduction),
        )
        if case.logits == "masked" and "weight" in others:
            # −0 · −inf: what the cross entropy spares, the product of a log-probability cannot.
            continue
        close(loss, expected)
        close(*(torch.autograd.grad(value.sum(), x)[0] for value in (loss, expected)))


@given(softmax_cases(target="int64", ignored="some", options={}, logits="normal"))
@SETTINGS
def test_ignored_positions_do_not_matter(case: Softmax) -> None:
    """NaN where the target is ignored changes no bit, and gets the gradient 0."""
    call, leaves = case.call(torch.float64, "nll_loss").leaves()
    x, y = leaves["input"], call.arguments["target"]
    ignored = (y == -100).unsqueeze(call.arguments.get("dim", min(1, x.dim() - 1)))
    spoilt = call.with_(input=torch.where(ignored, float("nan"), x))
    loss, expected = spoilt.ours(reduction="sum"), call.ours(reduction="sum")
    assert torch.equal(loss, expected)
    slope, same = (torch.autograd.grad(value, x)[0] for value in (loss, expected))
    assert torch.equal(slope, same)
    assert not slope[ignored.expand(x.shape)].any()


@given(softmax_cases(target="int64", ignored="some", options={}, logits="normal"))
@SETTINGS
def test_mean_is_the_sum_by_the_normalizer(case: Softmax) -> None:
    """The mean divides by what `normalizer` returns."""
    call = case.call(torch.float64, "nll_loss")
    total = X.normalizer(call.arguments["target"], call.arguments.get("weight"))
    close(call.ours(), call.ours(reduction="sum") / total)


@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_log_softmax_is_torchs(dim: int, dtype: torch.dtype) -> None:
    """log_softmax has torch's numbers and gradients along any axis, dtype argument included."""
    x = torch.randn(4, 5, 6, generator=torch.manual_seed(0)).to(dtype).requires_grad_()
    wide = x.detach().double().requires_grad_()
    for got, torchs, truth in (
        (X.log_softmax(x, dim), torch.log_softmax(x, dim), torch.log_softmax(wide, dim)),
        (X.log_softmax(x, dim, dtype=torch.float64), torch.log_softmax(wide, dim), torch.log_softmax(wide, dim)),
    ):
        assert got.dtype == torchs.dtype
        assert_accurate(got, truth.detach(), torchs)
        upstream = torch.linspace(-1, 2, x.numel()).reshape(x.shape).to(dtype)
        ours, theirs, true = (
            torch.autograd.grad(value, leaf, upstream.to(value.dtype), retain_graph=True)[0]
            for value, leaf in ((got, x), (torchs, x if torchs.dtype == dtype else wide), (truth, wide))
        )
        # One step of rounding is a part of the sum over the classes of the upstream gradient.
        assert_accurate(ours, true, theirs.to(dtype), unit=6.0)


@pytest.mark.parametrize("junk", [-float("inf"), float("inf"), float("nan"), 1e30])
@pytest.mark.parametrize("shape", [(2, 40, 3), (3, 40), (2, 1500)])
def test_log_softmax_of_extremes_is_torchs(shape: tuple[int, ...], junk: float) -> None:
    """−inf, inf, NaN and huge logits come out as torch's do, whichever axis the classes are on."""
    x = torch.randn(shape, generator=torch.manual_seed(1))
    x[0, ::2] = junk
    for values in (x, x.movedim(1, 0).contiguous().movedim(0, 1)):
        torch.testing.assert_close(X.log_softmax(values, 1), torch.log_softmax(values, 1), equal_nan=True)


def test_log_softmax_has_every_derivative() -> None:
    """First, second, forward mode and batched, where the kernel serves."""
    x = torch.randn(2, 5, 3, dtype=torch.float64, generator=torch.manual_seed(2)).requires_grad_()

    def of(values: torch.Tensor) -> torch.Tensor:
        return X.log_softmax(values, 1)

    assert torch.autograd.gradcheck(of, x, check_forward_ad=True, check_batched_grad=True)
    assert torch.autograd.gradgradcheck(of, x)
