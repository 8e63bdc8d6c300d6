"""Sample weights: a factor of the loss, a share of the mean, and 0 as the mark of what does not count."""

import pytest
import torch
from torch import Tensor

import crossent
import crossent.functional as X

from ..values import generator
from .strategies import close

JUNK = (float("nan"), float("inf"), -float("inf"))
REDUCTIONS = ("none", "sum", "mean")
S = torch.tensor([1.0, 0.5, 0.0, 3.0, 2.0, 1.0])
OPTIONS = [
    pytest.param({}, id="plain"),
    pytest.param({"weight": [0.5, 1.0, 3.0, 2.0, 1.0]}, id="weighted"),
    pytest.param(
        {"weight": [0.5, 1.0, 3.0, 2.0, 1.0], "label_smoothing": 0.2, "z_loss": 0.01, "softcap": 3.0}, id="everything"
    ),
]


def rows(*shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """Numbers."""
    return torch.randn(shape, generator=generator(str(shape)), dtype=dtype)


LABELS = torch.tensor([0, 4, 2, 1, 3, 4])
SOFT, HEAD = rows(6, 5).softmax(1), rows(5, 5)
TARGETS = [pytest.param(LABELS, id="labels"), pytest.param(SOFT, id="probabilities")]


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("target", TARGETS)
def test_what_weighs_nothing_is_not_there(target: Tensor, options: dict, reduction: str, junk: float) -> None:
    """Logits and targets of such a row may be anything: the others' loss and gradients are those without it."""
    z, kept = rows(6, 5), S != 0
    z[2] = junk
    target = target.clone()
    target[2] = 99 if target.dtype == torch.int64 else junk
    call = {**options, "reduction": reduction}
    leaves = [t.requires_grad_() if t.is_floating_point() else t for t in (z, target)]
    there = [t.detach()[kept].requires_grad_(t.requires_grad) for t in leaves]
    loss = X.cross_entropy(*leaves, sample_weight=S, **call)
    few = X.cross_entropy(*there, sample_weight=S[kept], **call)
    if reduction == "none":
        assert loss[2] == 0
        loss, few = loss.sum(), few.sum()
    close(loss, few)
    loss.backward()
    few.backward()
    for mine, theirs in zip(leaves, there, strict=True):
        if mine.requires_grad:
            close(mine.grad[kept], theirs.grad)
            assert not mine.grad[2].any()


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("target", TARGETS)
def test_a_weight_counts_copies(target: Tensor, options: dict) -> None:
    """A whole number is as many copies of the row, in sums, means and their denominators."""
    copies = torch.tensor([1, 0, 2, 3, 1, 0])
    z = rows(6, 5)
    for reduction in ("sum", "mean"):
        call = {**options, "reduction": reduction, "return_stats": True}
        loss, stats = X.cross_entropy(z, target, sample_weight=copies, **call)
        repeated = z.repeat_interleave(copies, 0), target.repeat_interleave(copies, 0)
        expected, expected_stats = X.cross_entropy(*repeated, **call)
        close(loss, expected)
        close(stats.weight, expected_stats.weight)
        assert not stats.correct[copies == 0].any()


@pytest.mark.parametrize("shape", [(3, 5, 4), (3, 5, 2, 2)], ids=str)
def test_one_weight_for_all_of_a_sample(shape: tuple[int, ...]) -> None:
    """(N,) is what one weight per position is, if those of a sample are equal; a mask of bools is 0 and 1."""
    z = rows(*shape)
    y = torch.randint(5, shape[:1] + shape[2:], generator=generator("y"))
    s = torch.tensor([2.0, 0.0, 0.5])
    each = s.reshape(-1, *[1] * (len(shape) - 2)).expand(y.shape)
    close(X.cross_entropy(z, y, sample_weight=s), X.cross_entropy(z, y, sample_weight=each))
    log_p = z.log_softmax(1)
    close(X.nll_loss(log_p, y, sample_weight=s), X.nll_loss(log_p, y, sample_weight=each))
    scores, t = z[:, 0], (z[:, 1] > 0).double()
    for loss, x in ((X.binary_cross_entropy_with_logits, scores), (X.binary_cross_entropy, scores.sigmoid())):
        close(loss(x, t, sample_weight=s), loss(x, t, sample_weight=each))
    mask = torch.tensor([True, False, True])
    close(X.cross_entropy(z, y, sample_weight=mask), X.cross_entropy(z[mask], y[mask]))
    close(X.cross_entropy(z, y, sample_weight=[1.0, 0.0, 1.0]), X.cross_entropy(z[mask], y[mask]))


def nll(z: Tensor, s: Tensor, **options: object) -> Tensor:
    return X.nll_loss(z.log_softmax(1), LABELS, sample_weight=s, **options)


def bce(z: Tensor, s: Tensor, **options: object) -> Tensor:
    return X.binary_cross_entropy_with_logits(z[:, 0], LABELS % 2, sample_weight=s, **options)


def bce_of_probabilities(z: Tensor, s: Tensor, **options: object) -> Tensor:
    return X.binary_cross_entropy(z[:, 0].sigmoid(), LABELS % 2, sample_weight=s, **options)


def linear(z: Tensor, s: Tensor, **options: object) -> Tensor:
    return X.linear_cross_entropy(z, HEAD.to(z.dtype), LABELS, sample_weight=s, **options)


def linear_bce(z: Tensor, s: Tensor, **options: object) -> Tensor:
    return X.linear_binary_cross_entropy(
        z, HEAD.to(z.dtype), LABELS.unsqueeze(1), target_format="indices", sample_weight=s, **options
    )


def softmax(z: Tensor, s: Tensor, **options: object) -> Tensor:
    return X.cross_entropy(z, LABELS, sample_weight=s, z_loss=0.1, label_smoothing=0.1, **options)


def probabilities(z: Tensor, s: Tensor, **options: object) -> Tensor:
    return X.cross_entropy(z, SOFT.to(z.dtype), sample_weight=s, softcap=3.0, **options)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(
    "loss", [softmax, probabilities, nll, bce, bce_of_probabilities, linear, linear_bce], ids=lambda f: f.__name__
)
def test_derivatives_by_the_weights(loss: object, reduction: str) -> None:
    """All orders, in both modes; by a weight of 0 the derivative is the loss of its row, and weights learn."""
    z, s = rows(6, 5).requires_grad_(), S.double().requires_grad_()
    call = lambda *leaves: loss(*leaves, reduction=reduction)  # noqa: E731
    # Backward of weights above 0: a difference quotient would look at a negative one.
    positive = (S.double() + 0.25).requires_grad_()
    assert torch.autograd.gradcheck(call, (z, positive), check_forward_ad=True)
    assert torch.autograd.gradgradcheck(call, (z, positive))
    each = loss(z, torch.ones_like(s), reduction="none").detach()
    (slope,) = torch.autograd.grad(call(z, s).sum(), s)
    if reduction == "mean":
        per_row = each.sum(1) if each.dim() > 1 else each
        count = S.sum() * (each.numel() // 6)
        close(slope, per_row / count - (per_row * S).sum() / count**2 * (each.numel() // 6))
    else:
        close(slope, each.sum(1) if each.dim() > 1 else each)


def test_no_derivative_of_what_is_not_there() -> None:
    """A weight of 0 that asks for a gradient gets 0 where its row has no finite loss, and the others theirs."""
    z = rows(6, 5)
    z[2] = float("nan")
    for loss in (softmax, nll, bce, linear):
        s, x = S.double().requires_grad_(), z.clone().requires_grad_()
        slopes = torch.autograd.grad(loss(x, s, reduction="sum"), (x, s))
        assert all(slope[torch.arange(6) != 2].isfinite().all() for slope in slopes), loss.__name__
        assert slopes[1][2] == 0


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("columns", [False, True], ids=["rows", "columns"])
def test_linear_is_cross_entropy_of_the_layer(columns: bool, dtype: torch.dtype) -> None:
    """Loss and gradients, with blocks of rows and with a gradient by columns."""
    x, head, y = rows(40, 16, dtype=dtype), rows(300, 16, dtype=dtype), torch.arange(40) * 7
    y[3] = 999
    s = torch.rand(40, generator=generator("s"))
    s[::3] = 0
    budget = 3 * 2**12 if columns else 2**15
    options = crossent.LinearOptions(memory_budget=budget)
    for reduction in REDUCTIONS:
        results = []
        for fused in (True, False):
            leaves = [t.clone().requires_grad_() for t in (x, head)]
            if fused:
                loss = X.linear_cross_entropy(*leaves, y, sample_weight=s, options=options, reduction=reduction)
            else:
                wide = [t.float() for t in leaves]
                loss = X.cross_entropy(wide[0] @ wide[1].t(), y, sample_weight=s, reduction=reduction)
            loss.sum().backward()
            results.append((loss.float(), *(t.grad.float() for t in leaves)))
        for mine, theirs in zip(*results, strict=True):
            tolerance = 1e-5 if dtype == torch.float32 else 3e-2
            assert (mine - theirs).abs().max() <= tolerance * theirs.abs().max().clamp_min(1)


@pytest.mark.parametrize("target_format", ["dense", "indices"])
def test_linear_binary_is_bce_of_the_layer(target_format: str) -> None:
    """Loss and gradients, beside class weights, with weights per row and per score."""
    x, head = rows(6, 3), rows(5, 3)
    dense = torch.nn.functional.one_hot(LABELS, 5)
    target = dense if target_format == "dense" else LABELS.unsqueeze(1)
    for s in (S.double(), rows(6, 5).abs().round()):
        for weight in (None, [1.0, 2.0, 0.5, 3.0, 1.0]):
            for reduction in REDUCTIONS:
                given = {"weight": weight, "sample_weight": s, "reduction": reduction}
                a, b = ([t.clone().requires_grad_() for t in (x, head)] for _ in range(2))
                loss = X.linear_binary_cross_entropy(*a, target, target_format=target_format, **given)
                expected = X.binary_cross_entropy_with_logits(b[0] @ b[1].t(), dense.double(), **given)
                close(loss, expected)
                loss.sum().backward()
                expected.sum().backward()
                for mine, theirs in zip(a, b, strict=True):
                    close(mine.grad, theirs.grad)


def test_binary_what_weighs_nothing_is_not_there() -> None:
    """Neither scores, nor probabilities out of [0, 1], nor targets are looked at."""
    for loss in (X.binary_cross_entropy_with_logits, X.binary_cross_entropy):
        for junk in (*JUNK, 7.0):
            for ignored in (None, -1.0):
                x = torch.tensor([0.25, 0.5, junk], dtype=torch.float64, requires_grad=True)
                t = torch.tensor([1.0, 0.0, junk], dtype=torch.float64)
                value = loss(x, t, sample_weight=[1.0, 3.0, 0.0], ignore_index=ignored)
                close(value, (loss(x[:1], t[:1]) + 3 * loss(x[1:2], t[1:2])) / 4)
                value.backward()
                assert x.grad[2] == 0


def test_the_exact_mean_of_parts() -> None:
    """Parts divided by the normalizer of the whole add up to the mean of the whole."""
    z, weight = rows(6, 5), [0.5, 1.0, 3.0, 2.0, 1.0]
    target = torch.where(torch.arange(6) == 5, -100, LABELS)
    whole = X.normalizer(target, weight, sample_weight=S)
    loss, stats = X.cross_entropy(z, target, weight, sample_weight=S, return_stats=True)
    close(whole, stats.weight)
    parts = [
        X.cross_entropy(z[i], target[i], weight, sample_weight=S[i], normalizer=whole)
        for i in (slice(0, 2), slice(2, 6))
    ]
    close(sum(parts), loss)
    target[2] = 99
    close(X.normalizer(target, weight, sample_weight=S), whole)
    assert X.cross_entropy(z, target, sample_weight=torch.zeros(6)).isnan()
    assert X.cross_entropy(z, target, sample_weight=torch.zeros(6), on_empty="zero") == 0


MESSAGES = [
    (torch.tensor([1.0, -1, 1, 1, 1, 1]), ValueError, r"finite numbers >= 0, got -1.0 at position 1\. 0 leaves"),
    (torch.full((6,), torch.nan), ValueError, r"got nan at position 0\."),
    ([torch.inf] * 6, ValueError, r"got inf at position 0\."),
    (torch.ones(5), RuntimeError, r"must have the shape \(6,\), got \(5,\) with input \(6, 5\)\."),
    (torch.ones(6, 1), RuntimeError, r"got \(6, 1\) .* Write sample_weight\.flatten\(\)\."),
    (torch.ones(6, device="meta"), RuntimeError, r"cpu \(input\) and meta \(sample_weight\)\. Write sample_weight\.to"),
    ("heavy", TypeError, r"sample_weight must be numbers"),
]


@pytest.mark.parametrize(("value", "error", "text"), MESSAGES, ids=lambda v: str(v)[:20])
def test_messages(value: object, error: type, text: str) -> None:
    """They name what came, and what to write instead."""
    with pytest.raises(error, match=text):
        X.cross_entropy(rows(6, 5), LABELS, sample_weight=value)


def test_messages_of_more_axes() -> None:
    """Both shapes are named where both would do."""
    with pytest.raises(RuntimeError, match=r"\(2,\), one number per sample, or \(2, 4\), one per loss, got \(4,\)"):
        X.cross_entropy(rows(2, 5, 4), torch.zeros(2, 4, dtype=torch.int64), sample_weight=torch.ones(4))


@pytest.mark.parametrize("loss", [softmax, probabilities, nll, bce, linear, linear_bce], ids=lambda f: f.__name__)
@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")
def test_compiled(loss: object) -> None:
    """A compiled call, whose values nobody looks at, gives the same loss and gradient."""
    torch._dynamo.reset()
    z = rows(6, 5).float()
    results = []
    for call in (loss, torch.compile(loss, backend="aot_eager", fullgraph=True)):
        x = z.clone().requires_grad_()
        value = call(x, S)
        value.backward()
        results.append((value.detach(), x.grad))
    for mine, theirs in zip(*results, strict=True):
        close(mine, theirs)


def test_fake_tensors() -> None:
    """Shapes are known without values, and nothing is read."""
    with torch._subclasses.FakeTensorMode(allow_non_fake_inputs=True):
        z, s = torch.empty(6, 5, requires_grad=True), torch.empty(6)
        for loss in (softmax, probabilities, nll, bce, linear):
            assert loss(z, s, reduction="mean").shape == ()


BITS = torch.randint(0, 2, (40, 5), generator=generator("bits"))
OUT = torch.arange(40) == 3
# One row of 40: too few to leave out of the products.
LINEAR = {
    "weight 0": ("linear_cross_entropy", BITS[:, 0], {"sample_weight": (~OUT).double()}),
    "weight 0, probabilities": ("linear_cross_entropy", rows(40, 5).softmax(1), {"sample_weight": (~OUT).double()}),
    "a row of NaN": ("linear_cross_entropy", rows(40, 5).softmax(1).masked_fill(OUT[:, None], torch.nan), {}),
    "ignored": ("linear_cross_entropy", BITS[:, 0].masked_fill(OUT, -100), {}),
    "weight 0, by columns": (
        "linear_cross_entropy",
        BITS[:, 0],
        {"sample_weight": (~OUT).double(), "options": crossent.LinearOptions(memory_budget=256)},
    ),
    "weight 0, scores": ("linear_binary_cross_entropy", BITS, {"sample_weight": (~OUT).double()}),
    "ignored scores": ("linear_binary_cross_entropy", BITS.masked_fill(OUT[:, None], -1), {"ignore_index": -1}),
    "weight 0, lists": (
        "linear_binary_cross_entropy",
        BITS[:, :1],
        {"sample_weight": (~OUT).double(), "target_format": "indices"},
    ),
}


@pytest.mark.parametrize("junk", JUNK[:2])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", LINEAR)
def test_features_that_do_not_count_reach_no_gradient(name: str, reduction: str, junk: float) -> None:
    """0 · NaN is NaN, in the products of a layer too: the head's gradient is that without the row."""
    function, target, options = LINEAR[name]
    x = rows(40, 4).masked_fill(OUT[:, None], junk)
    dtype = torch.bfloat16 if "columns" in name else torch.float64
    found = []
    for there in (torch.ones_like(OUT), ~OUT):
        leaves = [leaf.to(dtype).requires_grad_() for leaf in (x[there], rows(5, 4))]
        given = {key: value[there] if isinstance(value, Tensor) else value for key, value in options.items()}
        loss = getattr(X, function)(*leaves, target[there], reduction=reduction, **given).sum()
        found.append((loss, *torch.autograd.grad(loss, leaves)))
    (loss, slope, head), (expected, slopes, heads) = found
    torch.testing.assert_close((loss, slope[~OUT], head), (expected, slopes, heads))
    assert not slope[OUT].any()
