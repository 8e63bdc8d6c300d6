"""Properties of every softmax cross entropy, in float64 unless a dtype is drawn."""

import hypothesis.strategies as st
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from torch import Tensor

import crossent.functional as X

from ..cases import SOFTMAX, Softmax
from ..values import Call
from .check import check_accuracy
from .strategies import SETTINGS, close, dtypes, softmax_cases

REDUCTIONS = st.sampled_from(["none", "sum", "mean"])


def slope(call: Call, reduction: str = "sum") -> Tensor:
    """The gradient of the reduced loss with respect to the logits."""
    call, leaves = call.leaves()
    return torch.autograd.grad(call.ours(reduction=reduction).sum(), leaves["input"])[0]


@given(softmax_cases(), dtypes)
@settings(SETTINGS, max_examples=200)
def test_any_instance_is_accurate(case: Softmax, dtype: torch.dtype) -> None:
    """Loss and gradients obey the accuracy rule for any shape, layout, dtype, target and options."""
    check_accuracy(case.call(dtype))


@given(softmax_cases(options={}), REDUCTIONS, st.floats(-100, 100))
@SETTINGS
def test_a_shift_of_the_logits_changes_nothing(case: Softmax, reduction: str, by: float) -> None:
    """Softmax does not see a constant that is added to all logits of a position."""
    call = case.call(torch.float64)
    dim = call.arguments.get("dim", min(1, len(case.shape) - 1))
    shift = by * torch.linspace(-1, 1, case.shape[0]).double().reshape(-1, *[1] * (len(case.shape) - 1))
    # Along the class axis all must shift alike.
    shift = shift if dim % len(case.shape) != 0 else torch.tensor(by)
    moved = call.with_(input=call.arguments["input"] + shift)
    torch.testing.assert_close(
        moved.ours(reduction=reduction), call.ours(reduction=reduction), rtol=1e-9, atol=1e-11, equal_nan=True
    )
    close(slope(call).sum(dim), torch.zeros_like(slope(call).sum(dim)))


@given(softmax_cases(weighted=True), st.floats(0.1, 10))
@SETTINGS
def test_weights_multiply(case: Softmax, factor: float) -> None:
    """The sum is linear in the class weights; so is their normaliser, and the mean does not change."""
    call = case.call(torch.float64).with_(z_loss=0.0)
    scaled = call.with_(weight=call.arguments["weight"] * factor)
    close(scaled.ours(reduction="sum"), factor * call.ours(reduction="sum"))
    close(slope(scaled), factor * slope(call))
    if case.by_index:
        close(scaled.ours(), call.ours())
    else:
        close(scaled.ours(), factor * call.ours())


@given(softmax_cases(weighted=True, ignored="some"), st.randoms(use_true_random=False))
@SETTINGS
def test_classes_can_be_renumbered(case: Softmax, random) -> None:
    """A permutation of logits, labels and weights together changes nothing."""
    call = case.call(torch.float64)
    x, y, w = (call.arguments[name] for name in ("input", "target", "weight"))
    dim = call.arguments.get("dim", min(1, x.dim() - 1))
    old = list(range(len(w)))
    random.shuffle(old)
    order = torch.tensor(old)
    mark = call.arguments.get("ignore_index", -100)
    if case.by_index:
        counts = y != mark if case.target not in ("uint8", "bool") else torch.ones_like(y, dtype=torch.bool)
        target = torch.where(counts, order.argsort()[torch.where(counts, y, 0).long()], -7)
        renumbered = call.with_(target=target, ignore_index=-7)
    else:
        renumbered = call.with_(target=y.index_select(dim, order))
    renumbered = renumbered.with_(input=x.index_select(dim, order), weight=w[order])
    for reduction in ("none", "mean"):
        close(renumbered.ours(reduction=reduction), call.ours(reduction=reduction))


@given(softmax_cases())
@SETTINGS
def test_reductions_agree(case: Softmax) -> None:
    """sum = Σ none, and mean = sum / the weight that stats report."""
    call = case.call(torch.float64)
    total = call.ours(reduction="sum")
    close(call.ours(reduction="none").sum(), total)
    mean, stats = call.ours(return_stats=True)
    empty = bool(stats.weight == 0) and call.arguments.get("on_empty") == "zero"
    close(mean, torch.zeros(()) if empty else total / stats.weight)


@given(softmax_cases(target="int64", ignored="some"), st.integers(1, 4))
@SETTINGS
def test_micro_batches_equal_the_batch(case: Softmax, pieces: int) -> None:
    """k×1 == 1×k: with the normaliser of all targets, the parts' losses and gradients add up to the whole's."""
    call = case.call(torch.float64).with_(on_empty="zero")
    options = {k: v for k, v in call.arguments.items() if k in ("weight", "ignore_index")}
    whole = X.normalizer(call.arguments["target"], **options)
    if len(case.shape) < 2 or whole == 0 or case.dim % len(case.shape) == 0:
        return
    x = call.arguments["input"].detach().requires_grad_()
    parts = [
        call.with_(input=a, target=b).ours(normalizer=whole)
        for a, b in zip(x.tensor_split(pieces), call.arguments["target"].tensor_split(pieces), strict=True)
    ]
    close(sum(parts), call.ours())
    close(torch.autograd.grad(sum(parts), x)[0], slope(call, "mean"))


@given(softmax_cases(target="int64", ignored="some"), dtypes, st.sampled_from([float("nan"), float("inf"), -3e38]))
@SETTINGS
def test_ignored_positions_do_not_matter(case: Softmax, dtype: torch.dtype, junk: float) -> None:
    """Any logits at an ignored position give the same loss bit for bit, and the gradient 0 there."""
    call = case.call(dtype)
    x, y = call.arguments["input"], call.arguments["target"]
    dim = call.arguments.get("dim", min(1, x.dim() - 1))
    ignored = (y == call.arguments.get("ignore_index", -100)).unsqueeze(dim)
    spoilt = call.with_(input=torch.where(ignored, junk, x))
    clean = call.with_(input=torch.where(ignored, 0.5, x))
    for reduction in ("none", "sum", "mean"):
        torch.testing.assert_close(
            spoilt.ours(reduction=reduction), clean.ours(reduction=reduction), rtol=0, atol=0, equal_nan=True
        )
    torch.testing.assert_close(slope(spoilt), slope(clean), rtol=0, atol=0)
    assert not slope(spoilt)[ignored.expand(x.shape)].any()


@given(softmax_cases(target="one_hot"))
@SETTINGS
def test_one_hot_is_index(case: Softmax) -> None:
    """A one-hot target gives the losses of its indices (S16: the mean divides by positions, not by weights)."""
    call = case.call(torch.float64)
    x, y = (call.arguments[name] for name in ("input", "target"))
    dim = call.arguments.get("dim", min(1, x.dim() - 1))
    by_index = call.with_(target=y.argmax(dim), smoothing_weight="class")
    call = call.with_(smoothing_weight="class")
    close(by_index.ours(reduction="none"), call.ours(reduction="none"))
    close(slope(by_index), slope(call))
    positions = max(1, x.numel() // x.shape[dim])
    close(call.ours(on_empty="zero"), by_index.ours(normalizer=positions))


@given(softmax_cases())
@SETTINGS
def test_stats_are_the_truth(case: Softmax) -> None:
    """lse, prediction, correct, entropy and weight are detached, of the target's shape, and right."""
    call, _ = case.call(torch.float64).leaves()
    loss, stats = call.ours(return_stats=True)
    close(loss, call.ours())
    truth = call.truth()
    for name in ("lse", "entropy", "weight"):
        value = getattr(stats, name)
        assert not value.requires_grad
        close(value, getattr(truth, name).detach())
    assert torch.equal(stats.prediction, truth.prediction)
    assert torch.equal(stats.correct, truth.correct)
    assert stats.lse.shape == call.ours(reduction="none").shape


@pytest.mark.parametrize("case", [c for c in SOFTMAX if len(c.shape) > 1], ids=lambda c: c.name)
def test_the_class_axis_can_be_anywhere(case: Softmax) -> None:
    """Each instance gives the same losses with its classes moved to every other axis."""
    call = case.call(torch.float64)
    x, y = (call.arguments[name] for name in ("input", "target"))
    here = call.arguments.get("dim", 1)
    for axis in range(-1, x.dim()):
        moved = call.with_(input=x.movedim(here, axis), target=y if case.by_index else y.movedim(here, axis), dim=axis)
        for reduction in ("none", "mean"):
            if not (reduction == "none" and "normalizer" in call.arguments):
                close(moved.ours(reduction=reduction), call.ours(reduction=reduction))


@pytest.mark.parametrize("dtype", [torch.uint16, torch.uint32, torch.uint64])
def test_wide_unsigned_labels(dtype: torch.dtype) -> None:
    """Label images of 16 bits and more are integers too, though torch can do little with them."""
    x, y = torch.randn(3, 200, generator=torch.manual_seed(0)), torch.tensor([199, 0, 3])
    for function in (X.cross_entropy, X.nll_loss):
        assert torch.equal(function(x, y.to(dtype), ignore_index=3), function(x, y, ignore_index=3))


@given(softmax_cases(ignored="none"))
@SETTINGS
def test_a_batch_of_one_is_the_unbatched(case: Softmax) -> None:
    """(C,) logits are a row of (1, C)."""
    if len(case.shape) != 1:
        return
    call = case.call(torch.float64)
    batch = call.with_(input=call.arguments["input"][None], target=call.arguments["target"][None])
    close(batch.ours(reduction="none")[0], call.ours(reduction="none"))
    close(batch.ours(), call.ours())


@pytest.mark.parametrize("weight", [None, [0.25, 4.0, 1.0]])
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
def test_smoothing_by_class_is_torchs(weight: list[float] | None, smoothing: float) -> None:
    """smoothing_weight="class" is F.cross_entropy's rule; without weights both rules are one."""
    x, y = torch.randn(6, 3, generator=torch.manual_seed(0)).double(), torch.tensor([0, 1, 2, 0, -100, 1])
    w = None if weight is None else torch.tensor(weight).double()
    torchs = F.cross_entropy(x, y, w, label_smoothing=smoothing)
    close(X.cross_entropy(x, y, weight, label_smoothing=smoothing, smoothing_weight="class"), torchs)
    if weight is None:
        close(X.cross_entropy(x, y, label_smoothing=smoothing, smoothing_weight="target"), torchs)


def test_a_masked_class_costs_nothing() -> None:
    """0 · (−inf) = 0 in every way that mass can be 0: index, one-hot, class weight 0, own weight 0, ε = 1."""
    inf, x = float("inf"), torch.tensor([[1.0, -float("inf"), 0.5]]).double()
    expected = torch.tensor([[1.0, 0.5]]).double().log_softmax(1)
    for target in (torch.tensor([0]), torch.tensor([[1.0, 0.0, 0.0]])):
        close(X.cross_entropy(x, target), -expected[0, 0])
        # The class that smoothing would spread to weighs nothing.
        loss = X.cross_entropy(x, target, [1.0, 0.0, 1.0], label_smoothing=0.3, reduction="sum")
        close(loss, -0.8 * expected[0, 0] - 0.1 * expected[0, 1])
    assert X.cross_entropy(x, torch.tensor([0]), label_smoothing=0.3) == inf


@pytest.mark.parametrize("limit", [0, 2**13])
@pytest.mark.parametrize("smoothing", [0.0, 0.3, 1.0])
def test_a_masked_target_of_weight_0_costs_nothing(
    smoothing: float, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """0 · (−inf) = 0 where the target itself is masked and its mass is 0, whichever path is taken."""
    monkeypatch.setattr("crossent.ops.small.SMALL", limit)
    x, y = torch.tensor([[1.0, -float("inf"), 0.5]]).double(), torch.tensor([1])
    loss = X.cross_entropy(x, y, [1.0, 0.0, 1.0], label_smoothing=smoothing, reduction="sum")
    close(loss, X.cross_entropy(x, F.one_hot(y, 3).float(), [1.0, 0.0, 1.0], label_smoothing=smoothing))


@pytest.mark.parametrize("target", [torch.full((3,), -100), torch.empty(0, dtype=torch.int64), torch.empty(0, 4)])
def test_on_empty(target: Tensor) -> None:
    """No target that counts: NaN as torch, or 0 with gradient 0; sum and none do not care."""
    x = torch.randn(len(target), 4, requires_grad=True)
    assert X.cross_entropy(x, target).isnan()
    loss = X.cross_entropy(x, target, on_empty="zero")
    assert loss == 0
    assert not torch.autograd.grad(loss, x)[0].any()
    assert X.cross_entropy(x, target, reduction="sum", on_empty="zero") == 0
    assert X.cross_entropy(x, target, reduction="none").shape == (len(target),)


def test_on_empty_leaves_light_batches_alone() -> None:
    """A batch that weighs less than 1 in all is not empty."""
    x, y, w = torch.tensor([[0.0, 0.0]]), torch.tensor([1]), [1.0, 0.25]
    for function in (X.cross_entropy, X.nll_loss):
        assert torch.equal(function(x, y, w, on_empty="zero"), function(x, y, w))


def test_all_smoothing_and_a_masked_target_cost_what_the_formula_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """0 · (−inf) of the target's own share is 0; its smoothed share is not. (torch: NaN.)"""
    monkeypatch.setattr("crossent.ops.small.SMALL", 0)
    x = torch.tensor([[1.0, -torch.inf]])
    assert X.cross_entropy(x, torch.tensor([1]), label_smoothing=1.0) == torch.inf
