"""Losses of others that were reported as wrong, most of them from 2024 to 2026: each a small call of ours.

A comment names the report and what went wrong there. Right is what the formulas give in float64 (../truth.py), or the
number that stands beside the call; never what we or torch compute.
"""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

import crossent
import crossent.functional as X

from .. import truth
from ..backend import BOTH

pytestmark = [
    pytest.mark.parametrize("path", ["users", *BOTH], indirect=True),
    # Dynamo instantiates an autograd.Function itself, and warns itself about that.
    pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning"),
]
INF, NAN = math.inf, math.nan


def some(*shape: int, dtype: torch.dtype = torch.float32, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def labels(*shape: int, classes: int, ignored: int = 0) -> Tensor:
    """Class numbers, of which the first `ignored` do not count."""
    drawn = torch.randint(classes, shape, generator=torch.Generator().manual_seed(1))
    drawn.view(-1)[:ignored] = -100
    return drawn


def compiled(function: Any) -> Any:
    """The function in one graph that no other backend has been traced for."""
    torch._dynamo.reset()
    return torch.compile(function, backend="aot_eager", fullgraph=True)


PER_TOKEN = [0.0, 0.5, -2.0, 3.0, 0.25, 1.0, 0.125, 7.0]
HEAD = {"linear_weight": some(7, 5, dtype=torch.float64, seed=2), "linear_bias": some(7, dtype=torch.float64, seed=3)}
EIGHT = {"input": some(8, 7), "target": labels(8, classes=7)}
LINEAR = {"input": some(8, 5, dtype=torch.float64), "target": labels(8, classes=7), **HEAD}
IGNORED = {"target": labels(8, classes=7, ignored=3)}
SPATIAL = {"input": some(1, 3, 2), "target": torch.tensor([[[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]])}


# Loss, arguments, and the upstream gradient.
REPORTS: dict[str, tuple[str, dict[str, Any], Any]] = {
    # label_smoothing was spread over as many classes as the last axis has entries, whatever `axis` said.
    "keras#23437": ("cross_entropy", SPATIAL | {"label_smoothing": 0.1}, 1.0),
    # The same of tf.keras.metrics with axis=0.
    "tensorflow#127249": (
        "cross_entropy",
        {"input": some(3, 2), "target": labels(2, classes=3), "dim": 0, "label_smoothing": 0.25},
        1.0,
    ),
    # A sample with ignore_class=-1 made the loss NaN.
    "tf-keras#734": ("cross_entropy", EIGHT | {"target": labels(8, classes=7) - 1, "ignore_index": -1}, 1.0),
    # nll_loss gathered along `axis`, but expanded and squeezed the last one.
    "mlx#3651": ("nll_loss", {"input": some(3, 4), "target": torch.tensor([0, 2, 1, 2]), "dim": 0}, 1.0),
    # cross_entropy did the same with its `axis`.
    "mlx#2641": ("cross_entropy", {"input": some(4, 3, 1), "target": labels(4, 1, classes=3), "dim": 1}, 1.0),
    # The gradient of every row was multiplied by the first row's upstream gradient: 0 where that one is ignored.
    "Liger-Kernel#678": ("cross_entropy", EIGHT | {"reduction": "none"}, PER_TOKEN),
    # The same of the fused linear loss, with ignored labels and a mask of weights.
    "Liger-Kernel#968": ("linear_cross_entropy", LINEAR | IGNORED | {"reduction": "none"}, PER_TOKEN),
    # Its gradients of weight and bias added up the rows before these were scaled.
    "Liger-Kernel#1298": ("linear_cross_entropy", LINEAR | {"reduction": "none"}, PER_TOKEN),
    # label_smoothing was not handed to the fused linear loss.
    "Liger-Kernel#243": ("linear_cross_entropy", LINEAR | {"label_smoothing": 0.2}, 1.0),
    # num_items_in_batch did not reach the fused loss, which grew with the number of accumulation steps.
    "Liger-Kernel#802": ("linear_cross_entropy", LINEAR | {"normalizer": 32.0}, 1.0),
    # The backward kernel read a wrong address for any upstream gradient but 1: gradients vanished.
    "TransformerEngine#2139": ("cross_entropy", EIGHT, 0.37),
    # Logits in transposed memory were read with the wrong stride between rows.
    "TransformerEngine#2734": (
        "cross_entropy",
        {"input": some(4, 2, 8).transpose(0, 1), "target": labels(2, 4, classes=8), "dim": -1},
        1.0,
    ),
    # The mean divided by all tokens, ignored ones too.
    "TransformerEngine#2476": ("cross_entropy", EIGHT | IGNORED, 1.0),
    # The upstream gradient of a sum, one number with stride 0, was read past its end.
    "ROCm/TransformerEngine#623": ("cross_entropy", EIGHT | {"reduction": "none"}, 3.0),
    # With a bias the loss was far too low, often negative.
    "ml-cross-entropy#52": ("linear_cross_entropy", LINEAR, 1.0),
    # The soft cap of Gemma 2 was not handed to the fused linear loss.
    "ml-cross-entropy#48": ("linear_cross_entropy", LINEAR | {"softcap": 0.5}, 1.0),
    # A label outside of the classes met a padded column of the last tile: infinite loss.
    "ml-cross-entropy#59": (
        "cross_entropy",
        {"input": some(3, 1027), "target": torch.tensor([1027, 1026, 1027]), "ignore_index": 1027},
        1.0,
    ),
    # The penalty on the logits was not multiplied by the upstream gradient.
    "flash-linear-attention#963": ("cross_entropy", EIGHT | {"z_loss": 0.1}, -2.5),
    # Slices of labels and of columns of the logits were read as if they were contiguous.
    "unsloth#10713": ("cross_entropy", {"input": some(6, 14)[:, ::2], "target": labels(12, classes=7)[::2]}, 1.0),
    # Padded columns passed through the soft cap and counted in the sum of exponentials.
    "unsloth#10616": (
        "cross_entropy",
        {"input": some(2, 1025) - 100, "target": labels(2, classes=1025), "softcap": 30.0},
        1.0,
    ),
    # z * tanh(z / cap) in place of cap * tanh(z / cap): large logits were not capped.
    "unsloth-zoo#593": ("cross_entropy", EIGHT | {"input": some(8, 7) * 124, "softcap": 30.0}, 1.0),
    # Smoothing averaged over the ignored rows too.
    "tinygrad#3570": ("cross_entropy", EIGHT | IGNORED | {"label_smoothing": 0.3}, 1.0),
    # The smoothed part was divided by a micro-batch's tokens, not by num_items_in_batch.
    "transformers#47261": ("cross_entropy", EIGHT | {"label_smoothing": 0.1, "normalizer": 24.0}, 1.0),
    # Class weights under smoothing made a wrong class the optimum.
    "pytorch#104776": (
        "cross_entropy",
        EIGHT | {"weight": torch.linspace(1, 99, 7), "label_smoothing": 0.1, "smoothing_weight": "target"},
        1.0,
    ),
}


@pytest.mark.parametrize(("loss", "arguments", "upstream"), REPORTS.values(), ids=REPORTS)
def test_values_and_gradients(loss: str, arguments: dict[str, Any], upstream: Any) -> None:
    """The loss and its gradients are those of the formula in float64."""
    names = ["input", *(HEAD if loss.startswith("linear") else ())]

    def gradients(function: Any, given: dict[str, Any]) -> tuple[Tensor, list[Tensor]]:
        leaves = {name: given[name].detach().requires_grad_() for name in names}
        value = function(**given | leaves)
        value = value.value if isinstance(value, truth.Loss) else value
        above = torch.tensor(upstream, dtype=value.dtype).expand_as(value)
        return value, list(torch.autograd.grad(value, list(leaves.values()), above))

    value, slopes = gradients(getattr(X, loss), arguments)
    exact = {name: arguments[name].double() for name in names}
    true, true_slopes = gradients(getattr(truth, loss), arguments | exact)
    truth.assert_accurate(value, true)
    for slope, true_slope in zip(slopes, true_slopes, strict=True):
        truth.assert_accurate(slope, true_slope, unit=torch.tensor(upstream).abs().max().item())


@pytest.mark.parametrize("offset", [0.0, 1e4, 1e6, 1e8, 1e20])
def test_a_common_offset_of_the_logits(offset: float) -> None:
    # mlx#4188: lse − z rounded the gap of the logits away, down to a loss of 0. mlx#4169: so did log_softmax.
    z = torch.full((2, 2), offset)
    for value in (X.cross_entropy(z, torch.tensor([0, 1])), *-X.log_softmax(z, 1).flatten()):
        torch.testing.assert_close(value.item(), math.log(2), rtol=1e-7, atol=0)


@pytest.mark.parametrize(("gap", "left"), [(37.42994775023705, 5.551115123125776e-17), (40.0, 4.248354255291589e-18)])
def test_what_is_left_of_a_sure_score(gap: float, left: float) -> None:
    # pytorch#195677, #195529: the binary loss of a sure positive, and its gradient, were 0 in float64.
    # pytorch#195678: so was the gradient of a sure row. Below 2^16 logits ours is torch's composite (docs/design.md).
    count = 1 << 15
    for target in (0.0, 1.0):
        x = torch.full((count,), gap * (2 * target - 1), dtype=torch.float64, requires_grad=True)
        loss = X.binary_cross_entropy_with_logits(x, torch.full_like(x, target), reduction="sum")
        (slope,) = torch.autograd.grad(loss, x)
        torch.testing.assert_close(loss.item() / count, left, rtol=1e-12, atol=0)
        torch.testing.assert_close(slope, torch.full_like(x, left * (1 - 2 * target)), rtol=1e-12, atol=0)
    z = torch.tensor([[gap, 0.0]], dtype=torch.float64).repeat(count, 1).requires_grad_()
    (slope,) = torch.autograd.grad(X.cross_entropy(z, torch.zeros(count, dtype=torch.int64), reduction="sum"), z)
    torch.testing.assert_close(
        slope, torch.tensor([[-left, left]], dtype=torch.float64).expand(count, 2), rtol=1e-12, atol=0
    )


def test_smoothing_where_exponentials_vanish() -> None:
    # Megatron-LM#7464, #5522: log(softmax) of a class 1000 below the largest was −inf, and with it the smoothed loss.
    z = torch.tensor([[1000.0, 0.0, -1000.0]])
    loss = X.cross_entropy(z, torch.tensor([0]), label_smoothing=0.3)
    torch.testing.assert_close(loss.item(), 0.1 * 1000 + 0.1 * 2000, rtol=1e-6, atol=0)


def test_log_probabilities_of_an_odd_number_of_classes() -> None:
    # verl#2656: columns beyond the last class counted as logits of 0: log-probabilities up to +123.
    x, head = torch.tensor([[-10.0, -20.0]]), torch.tensor([[8.0, 2.0]]).expand(1027, 2).contiguous()
    loss = X.linear_cross_entropy(x, head, torch.tensor([1026]), reduction="none")
    torch.testing.assert_close(loss.item(), math.log(1027), rtol=1e-6, atol=0)


def test_bfloat16_heads() -> None:
    # ml-cross-entropy#14, flash-linear-attention#874: the gradient of the head was added up in bfloat16.
    x, y = some(4096, 16, dtype=torch.bfloat16), labels(4096, classes=8)
    head = some(8, 16, dtype=torch.bfloat16, seed=2).requires_grad_()
    X.linear_cross_entropy(x, head, y, options=crossent.LinearOptions(float32_logits=True)).backward()
    exact = head.detach().double().requires_grad_()
    truth.linear_cross_entropy(x, exact, y).value.backward()
    assert head.grad is not None
    assert exact.grad is not None
    error = (head.grad.double() - exact.grad).norm() / exact.grad.norm()
    assert error < torch.finfo(torch.bfloat16).eps


def test_shapes_and_values_without_gradients() -> None:
    # Liger-Kernel#421: reduction="none" gave one number. Liger-Kernel#507: without requires_grad the loss was 0.
    z, y = EIGHT["input"], EIGHT["target"]
    each = X.cross_entropy(z, y, reduction="none")
    truth.assert_accurate(each, truth.cross_entropy(z, y, reduction="none").value)
    truth.assert_accurate(X.cross_entropy(z, y), truth.cross_entropy(z, y).value)


def test_logits_stay_what_they_are() -> None:
    # Liger-Kernel#272: the gradient was written over the logits, which the softmax before the loss had saved.
    # unsloth#5002: so a second loss of the same logits, or a second backward pass, saw gradients for logits.
    def slopes(loss: Any, start: Tensor) -> list[Tensor]:
        leaf = start.detach().requires_grad_()
        p = leaf.softmax(1)
        first, second = loss(p, y), loss(p, y.flip(0))
        return [torch.autograd.grad(value, leaf, retain_graph=True)[0] for value in (first, second, first + second)]

    y = EIGHT["target"]
    found = slopes(X.cross_entropy, EIGHT["input"])
    right = slopes(lambda z, y: truth.cross_entropy(z, y).value, EIGHT["input"].double())
    for slope, true in zip(found, right, strict=True):
        truth.assert_accurate(slope, true)


def test_masked_classes() -> None:
    # optax#896, candle-org/MindAct#1633: a class at −inf with probability 0 made the loss NaN.
    # optax#1762: and still its derivative in forward mode.
    z, p = torch.tensor([[-INF, 0.0, 0.0]]), torch.tensor([[0.0, 1.0, 0.0]])
    still = torch.zeros_like(z)
    value, tangent = torch.func.jvp(X.cross_entropy, (z, p), (still, still))
    torch.testing.assert_close(value.item(), math.log(2))
    assert tangent.item() == 0.0
    torch.testing.assert_close(X.cross_entropy(z, torch.tensor([1]), label_smoothing=0.0).item(), math.log(2))
    slope = torch.func.grad(X.cross_entropy)(z, p)
    torch.testing.assert_close(slope, torch.tensor([[0.0, -0.5, 0.5]]))


def test_ignored_rows_that_are_not_numbers() -> None:
    # pytorch#192685: the reference of nll_loss looked up −100 before it ignored it, and let their NaN through.
    z = torch.tensor([[NAN, INF], [-1.0, -2.0]], requires_grad=True)
    for sentinel in (-100, 255):
        loss = X.nll_loss(z, torch.tensor([sentinel, 1]), ignore_index=sentinel)
        (slope,) = torch.autograd.grad(loss, z)
        assert (loss.item(), slope.tolist()) == (2.0, [[0.0, 0.0], [0.0, -1.0]])


def test_nothing_to_average() -> None:
    # pytorch#134431: nll_loss of no position was an error. pytorch#73165: no class at all killed the process.
    # InternLM/xtuner#2079: a rank whose labels are all ignored divided 0 by 0.
    nothing = torch.zeros(2, 0, 7, dtype=torch.int64)
    assert X.nll_loss(torch.rand(2, 3, 0, 7), nothing).isnan()
    assert X.nll_loss(torch.rand(2, 3, 0, 7), nothing, reduction="sum") == 0
    assert X.cross_entropy(torch.rand(5, 0), torch.rand(5, 0)).isnan()
    z = some(4, 3).requires_grad_()
    loss = X.cross_entropy(z, torch.full((4,), -100), on_empty="zero")
    (slope,) = torch.autograd.grad(loss, z)
    assert loss == 0
    assert not slope.any()


def test_positive_weights_and_large_scores() -> None:
    # Paddle#65859: 14.913 in place of 44.739. huggingface/candle#2561: log(1 − sigmoid) of a large score was NaN.
    loss = X.binary_cross_entropy_with_logits(torch.tensor([-14.913008]), torch.ones(1), pos_weight=torch.tensor(3.0))
    torch.testing.assert_close(loss.item(), 3 * (14.913008 + math.log1p(math.exp(-14.913008))), rtol=1e-6, atol=0)
    for score, target, right in ((200.0, 0.0, 200.0), (200.0, 1.0, 0.0), (-200.0, 1.0, 200.0)):
        assert X.binary_cross_entropy_with_logits(torch.tensor([score]), torch.tensor([target])) == right


def test_smoothing_in_float16() -> None:
    # PFCCLab/PaddleAPITest#478: the sum of log-probabilities of many classes overflowed float16 to an infinite loss.
    classes = 1 << 15
    z = torch.zeros(2, classes, dtype=torch.float16)
    loss = X.cross_entropy(z, torch.tensor([0, 1]), label_smoothing=0.73)
    torch.testing.assert_close(loss.item(), math.log(classes), rtol=torch.finfo(torch.float16).eps, atol=0)


@pytest.mark.parametrize("cut", [slice(0, 1), slice(0, 5)])
def test_means_over_parts(cut: slice) -> None:
    # transformers#34191, mlx-lm#1413: accumulated gradients were means of the means of micro-batches.
    # torchtitan#4167: a mean of the batches' means, where the batches' sums belong over their tokens.
    z, y = EIGHT["input"], labels(8, classes=7, ignored=3)
    parts = [(z[cut], y[cut]), (z[cut.stop :], y[cut.stop :])]
    divisor = X.normalizer(y)
    leaf = z.clone().requires_grad_()
    for rows in (cut, slice(cut.stop, None)):
        X.cross_entropy(leaf[rows], y[rows], normalizer=divisor).backward()
    exact = z.double().requires_grad_()
    true = truth.cross_entropy(exact, y).value
    true.backward()
    assert leaf.grad is not None
    assert exact.grad is not None
    truth.assert_accurate(leaf.grad, exact.grad)
    results = [X.cross_entropy(*part, reduction="sum", return_stats=True) for part in parts]
    mean = sum(loss for loss, _ in results) / sum(stats.weight for _, stats in results)
    truth.assert_accurate(mean.float(), true)


def test_labels_out_of_range() -> None:
    # pytorch#135546: compiled, a label of −1 was taken in silence. pytorch#194802: and was written out of bounds.
    for loss in (X.cross_entropy, compiled(X.cross_entropy)):
        with pytest.raises(IndexError, match="Target -1 is out of bounds"):
            loss(some(4, 3), torch.tensor([0, 1, 2, -1]))
    z = torch.zeros(1, 1, 1, 1, dtype=torch.bfloat16, requires_grad=True)
    with pytest.raises(IndexError, match="Target 1 is out of bounds"):
        X.nll_loss(z, torch.ones(1, 1, 1, dtype=torch.int64), reduction="none")


def test_binary_targets_out_of_range() -> None:
    # pytorch#193757: compiled, a target of 1.5 was taken in silence. pytorch#123339: with logits always.
    for loss in (compiled(X.binary_cross_entropy), X.binary_cross_entropy, X.binary_cross_entropy_with_logits):
        with pytest.raises(RuntimeError, match=r"all elements of target should be between 0 and 1, got 1\.5"):
            loss(torch.full((4, 4), 0.5), torch.full((4, 4), 1.5))
