"""Each formula of crossent.reference is the truth: losses, weights, and first and second derivatives, in float64."""

from typing import Any

import pytest
import torch
from torch import Tensor

from crossent.core.layout import Layout
from crossent.core.spec import LogitTransform, SigmoidSpec, SoftmaxSpec
from crossent.reference import nll, sigmoid_xent, softmax_xent

from ..cases import SIGMOID, SOFTMAX, Sigmoid, Softmax
from ..functional.strategies import close
from ..values import Call

REDUCTION = ("on_empty", "normalizer", "dim")


def options(call: Call, *names: str) -> dict[str, Any]:
    """Those options of a call that change its losses."""
    return {k: v for k, v in call.arguments.items() if k not in (*REDUCTION, "input", "target", *names)}


def compare(call: Call, formula: Any, second: bool = True) -> None:
    """Losses, weight, gradient and (a product with) second derivative of a formula of the leaves."""
    truth_call, truth_leaves = call.with_(normalizer=None).leaves()
    call, leaves = call.leaves()
    truth = truth_call.truth(reduction="none")
    losses, weight = formula(**leaves)
    close(losses, truth.value)
    # A formula multiplies by factors, and leaves what the positions weigh with them to others.
    close(weight, truth_call.with_(sample_weight=None).truth().weight)
    slopes = []
    for loss, given in ((losses, leaves), (truth.value, truth_leaves)):
        x = list(given.values())
        upstream = torch.linspace(-1, 2, loss.numel(), dtype=torch.float64).reshape(loss.shape)
        firsts = torch.autograd.grad(loss, x, upstream, create_graph=second)
        total = sum((f * torch.linspace(1, 2, f.numel(), dtype=f.dtype).reshape(f.shape)).sum() for f in firsts)
        seconds = torch.autograd.grad(total, x, allow_unused=True, materialize_grads=True) if second else ()
        slopes.append((*firsts, *seconds))
    for a, b in zip(*slopes, strict=True):
        close(a, b)


@pytest.mark.parametrize("case", SOFTMAX, ids=lambda case: case.name)
def test_softmax_xent(case: Softmax) -> None:
    """Softmax cross entropy of index targets and probabilities, in each layout."""
    call = case.call(torch.float64)
    dim = call.arguments.get("dim", min(1, len(case.shape) - 1)) % len(case.shape)
    given, weight = options(call, "weight"), call.arguments.get("weight")
    transform = LogitTransform(given.pop("softcap", None), given.pop("temperature", 1.0))
    factor = given.pop("sample_weight", None)
    spec = SoftmaxSpec(**given, transform=transform)
    if factor is not None:
        positions = case.shape[:dim] + case.shape[dim + 1 :]
        factor = factor.double().reshape(factor.shape + (1,) * (len(positions) - factor.dim())).expand(positions)

    def formula(input: Tensor, target: Tensor = call.arguments["target"]) -> tuple[Tensor, Tensor]:
        layout = Layout.of(input, dim)
        y = layout.positions(target) if case.by_index else layout.classes(target)
        f = None if factor is None else layout.positions(factor)
        losses, total = softmax_xent.softmax_xent(layout.classes(input), y, weight, spec, f)
        return layout.restore(losses), total

    # Where mass meets a masked class the loss is infinite, and its second derivative no number.
    compare(call, formula, second=case.logits not in ("masked", "huge"))


@pytest.mark.parametrize("case", [c for c in SOFTMAX if c.by_index and c.logits == "normal"], ids=lambda c: c.name)
def test_nll(case: Softmax) -> None:
    """Negative log likelihood."""
    call = case.call(torch.float64, "nll_loss")
    given = {k: v for k, v in call.arguments.items() if k in ("input", "target", "weight", "dim", "ignore_index")}
    call = Call("nll_loss", given)
    dim = given.get("dim", min(1, len(case.shape) - 1)) % len(case.shape)

    def formula(input: Tensor) -> tuple[Tensor, Tensor]:
        layout = Layout.of(input, dim)
        mark = given.get("ignore_index", -100)
        losses, total = nll.nll(layout.classes(input), layout.positions(given["target"]), given.get("weight"), mark)
        return layout.restore(losses), total

    compare(call, formula, second=False)


@pytest.mark.parametrize("by_scores", [True, False], ids=["scores", "probabilities"])
@pytest.mark.parametrize("case", [c for c in SIGMOID if c.sampled == "none"], ids=lambda case: case.name)
def test_sigmoid_xent(case: Sigmoid, by_scores: bool) -> None:
    """Binary cross entropy of scores, and of probabilities."""
    if by_scores and case.values == "edges":
        pytest.skip("probabilities only")
    call = case.call(torch.float64, "binary_cross_entropy_with_logits" if by_scores else "binary_cross_entropy")
    spec = SigmoidSpec(by_scores, **options(call, "weight", "pos_weight"))
    shaped = [
        None
        if (w := call.arguments.get(name)) is None
        else (w.reshape(-1, 1, 1) if "dim" in call.arguments else w).expand(case.shape)
        for name in ("weight", "pos_weight")
    ]

    def formula(input: Tensor, target: Tensor = call.arguments["target"]) -> tuple[Tensor, Tensor]:
        return sigmoid_xent.sigmoid_xent(input, target, *shaped, spec)

    compare(call, formula, second=by_scores)


@pytest.mark.parametrize(
    "spec", [SoftmaxSpec(), SoftmaxSpec(-100, 0.1, "target", 0.01, LogitTransform(3.0))], ids=["plain", "all"]
)
def test_ignored_positions_do_not_matter(spec: SoftmaxSpec) -> None:
    """Any value at an ignored position leaves losses and derivatives of both orders finite, and its own 0."""
    for junk in (float("nan"), float("inf"), -float("inf")):
        z = torch.tensor([[0.5, 1.0, 2.0], [junk] * 3], dtype=torch.float64, requires_grad=True)
        for formula in (
            lambda z, y: softmax_xent.softmax_xent(z, y, None, spec),
            lambda z, y: nll.nll(z, y, None, -100),
            lambda z, y: sigmoid_xent.sigmoid_xent(
                z, torch.where(y == -100, torch.nan, y.double()).unsqueeze(1).expand(2, 3), None, None,
                SigmoidSpec(True, float("nan")),
            ),
        ):  # fmt: skip
            losses, _ = formula(z, torch.tensor([1, -100]))
            assert losses.isfinite().all()
            (first,) = torch.autograd.grad(losses.sum(), z, create_graph=True)
            # That of the negative log likelihood is constant.
            seconds = torch.autograd.grad(first.square().sum(), z) if first.requires_grad else ()
            for slope in (first, *seconds):
                assert slope.isfinite().all()
                assert not slope[1].any()
