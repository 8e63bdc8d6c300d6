"""Linear cross entropy by every plan: what is cut, left out and made anew, and how much memory it takes."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.checkpoint import checkpoint

import crossent
import crossent.functional as X
from crossent.bench import cases, peak
from crossent.core.linear_options import Plan
from crossent.kernels import linear_columns, linear_products

from ..cases import LINEAR, Linear
from .check import result

MIB = 2**20


@pytest.mark.parametrize(
    ("budget", "sizes", "itemsize", "plan"),
    [
        # A third of the budget, 48 MiB, is 393 rows of 32,000 float32 logits: six blocks, of whole tiles of 32.
        (None, (2048, 1024, 32_000), 4, Plan(352, None, False)),
        # 125 MiB of 16-bit logits fit the budget at once: the head's gradient is one product.
        (None, (2048, 1024, 32_000), 2, Plan(2048, None, False)),
        # Neither 250 MiB of logits nor 250 MiB of float32 sums fit 144 MiB: by columns, 18 MiB at a time.
        (None, (1024, 512, 128_256), 2, Plan(256, 9_184, False)),
        # A larger budget holds the logits again.
        (384 * MIB, (1024, 512, 128_256), 2, Plan(1024, None, False)),
        # Many rows and few features: the sums, 31 MiB, get a buffer, and a block a third of what they leave.
        (None, (32_768, 256, 32_000), 2, Plan(608, None, True)),
        # Fewer rows than make a product worth while only where the budget holds no more: 204, evenly 192.
        (100 * MIB, (2048, 1024, 128_256), 4, Plan(192, None, False)),
        (MIB, (100, 8, 32_000), 4, Plan(8, None, False)),
        # One row at least, whatever the budget; no rows and no columns divide nothing by zero.
        (1, (7, 3, 1_000), 4, Plan(1, None, False)),
        (1, (7, 3, 1_000), 2, Plan(1, 1, False)),
        (None, (0, 3, 5), 4, Plan(1, None, False)),
        (None, (7, 3, 0), 2, Plan(7, None, False)),
    ],
)
def test_planner(budget: int | None, sizes: tuple[int, int, int], itemsize: int, plan: Plan) -> None:
    """The plan of every kind of call."""
    rows, features, columns = sizes
    options = crossent.LinearOptions(memory_budget=budget)
    assert options.plan(rows, features, columns, itemsize) == plan


def test_rows_given_by_hand_win() -> None:
    """`rows` is taken as it is; more than one block of 16-bit rows needs sums."""
    options = crossent.LinearOptions(memory_budget=1, rows=17)
    assert options.plan(100, 3, 1000, 4) == Plan(17, None, False)
    assert options.plan(100, 3, 1000, 2) == Plan(17, None, True)
    assert options.plan(10, 3, 1000, 2) == Plan(10, None, False)


def test_a_frozen_head_needs_no_sums() -> None:
    """Nor does an evaluation; 256 rows, more than a third of the budget, are worth their memory."""
    assert crossent.LinearOptions().plan(4096, 4096, 128_256, 2, head_gradient=False) == Plan(256, None, False)


@pytest.mark.parametrize("case", LINEAR, ids=lambda case: case.name)
@pytest.mark.parametrize("budget", [1, 40])
@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_by_columns(case: Linear, budget: int, reduction: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gradients by columns are as near to the truth as torch's, and a second backward gives their bits again."""
    call = case.call(torch.bfloat16)
    if "normalizer" in call.arguments and reduction != "mean":
        pytest.skip("a normalizer is for means")
    taken = []
    gradients = linear_columns.gradients
    monkeypatch.setattr(linear_columns, "gradients", lambda *given: taken.append(1) or gradients(*given))
    small = call.with_(options=crossent.LinearOptions(memory_budget=budget))
    loss, slopes = result(small, "ours", reduction)
    true_loss, true_slopes = result(call, "truth", reduction)
    torch_loss, torch_slopes = result(call, "torchs", reduction)
    # Heads of more axes and targets that ask for a gradient keep to rows; where the logits fit there is nothing to cut.
    rows = case.input[0] if len(case.input) > 1 else 1
    fits = rows * case.classes[0] * 2 <= budget
    assert bool(taken) == (not fits and len(case.classes) == 1 and "target" not in slopes)
    for ours, truth, torchs in [(loss, true_loss, torch_loss)] + [
        (slopes[n], true_slopes[n], torch_slopes.get(n)) for n in slopes
    ]:
        size = float(truth.abs().max()) if truth.numel() else 0.0
        allowed = 4 * torch.finfo(torch.bfloat16).eps * max(size, call.unit(reduction))
        if torchs is not None:
            allowed += float((torchs.double() - truth).norm())
        assert bool(truth.isnan().all()) or float((ours.double() - truth).norm()) <= allowed
    again, same = result(small, "ours", reduction)
    assert torch.equal(again, loss) or bool(loss.isnan().any())
    for name, slope in slopes.items():
        assert torch.equal(same[name], slope)


def leaves(n: int = 64, d: int = 8, c: int = 50, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor, Tensor]:
    noise = torch.Generator().manual_seed(2)
    x = torch.randn(n, d, generator=noise, dtype=torch.float64).to(dtype)
    head = torch.randn(c, d, generator=noise, dtype=torch.float64).to(dtype)
    return x.requires_grad_(), head.requires_grad_(), torch.randint(c, (n,), generator=noise)


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
@pytest.mark.parametrize("ignored", [5, 40, 64])
def test_ignored_rows_are_left_out(reduction: str, ignored: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that do not count cost no product, once they are enough to be worth the copy, and change no number."""
    x, head, y = leaves()
    y[torch.randperm(64, generator=torch.Generator().manual_seed(0))[:ignored]] = -100
    counted = []
    logits = linear_products.Products.logits

    def logged(self: linear_products.Products, block: linear_products.Block, *into: Tensor | None) -> Tensor:
        counted.append(len(block.of(y)))
        return logits(self, block, *into)

    monkeypatch.setattr(linear_products.Products, "logits", logged)
    loss = X.linear_cross_entropy(
        x, head, y, reduction=reduction, options=crossent.LinearOptions(rows=7), on_empty="zero"
    )
    assert sum(counted) == 64 - ignored
    plain = X.cross_entropy(F.linear(x, head), y, reduction=reduction, on_empty="zero")
    torch.testing.assert_close(loss, plain)
    for ours, expected in zip(
        torch.autograd.grad(loss.sum(), (x, head)), torch.autograd.grad(plain.sum(), (x, head)), strict=True
    ):
        torch.testing.assert_close(ours, expected)


@pytest.mark.parametrize("asked", [(True, False), (False, True)])
def test_only_the_gradients_that_are_asked_for(asked: tuple[bool, bool], monkeypatch: pytest.MonkeyPatch) -> None:
    """A frozen head has no gradient made for it, nor has a frozen trunk."""
    x, head, y = leaves()
    x.requires_grad_(asked[0])
    head.requires_grad_(asked[1])
    made = []
    start = linear_products.Products.__init__

    def watched(self: linear_products.Products, *given: object) -> None:
        made.append(tuple(g is not None for g in given[-1]))
        start(self, *given)

    monkeypatch.setattr(linear_products.Products, "__init__", watched)
    X.linear_cross_entropy(x, head, y).backward()
    assert made == [(*asked, False)]


def test_evaluation_makes_no_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without grad mode, though features and head ask for gradients."""
    x, head, y = leaves()
    expected = X.linear_cross_entropy(x, head, y).detach()
    monkeypatch.setattr(linear_products.Products, "add", None)
    with torch.no_grad():
        assert torch.equal(X.linear_cross_entropy(x, head, y), expected)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16], ids=str)
@pytest.mark.parametrize("factor", [1.0, 0.25, 3.0, 32768.0, 0.0])
def test_upstream_gradients(dtype: torch.dtype, factor: float) -> None:
    """Any factor on the loss: right, the same at every call and for a graph that is kept, whatever came before."""
    x, head, y = leaves(dtype=dtype)
    loss = X.linear_cross_entropy(x, head, y)
    truth = torch.autograd.grad(F.cross_entropy(F.linear(x.double(), head.double()), y) * factor, (x, head))
    first = [g.clone() for g in torch.autograd.grad(loss * factor, (x, head), retain_graph=True)]
    again = torch.autograd.grad(loss * factor, (x, head))
    later = torch.autograd.grad(X.linear_cross_entropy(x, head, y) * factor, (x, head))
    for right, *ours in zip(truth, first, again, later, strict=True):
        assert torch.equal(ours[0], ours[1])
        assert torch.equal(ours[0], ours[2])
        error = (ours[0].double() - right.double()).norm()
        # float16 starts to lose bits at its smallest normal number.
        floor = 1e-7 if dtype == torch.float16 else 0.0
        assert float(error) <= 8 * torch.finfo(dtype).eps * float(right.norm()) + floor


def test_a_tied_embedding_gets_both_gradients() -> None:
    """The head that is the embedding too: its gradient is the sum of both uses."""
    weight = torch.randn(50, 8, generator=torch.manual_seed(0), dtype=torch.float64).requires_grad_()
    tokens, following = torch.arange(20), torch.arange(1, 21)
    ours = X.linear_cross_entropy(F.embedding(tokens, weight).tanh(), weight, following)
    plain = F.cross_entropy(F.linear(F.embedding(tokens, weight).tanh(), weight), following)
    torch.testing.assert_close(torch.autograd.grad(ours, weight), torch.autograd.grad(plain, weight))


def test_autocast() -> None:
    """Under autocast: 16-bit products, a float32 loss, gradients of the parameters' dtype."""
    x, head, y = leaves(dtype=torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        loss = X.linear_cross_entropy(x, head, y)
        plain = F.cross_entropy(F.linear(x, head), y)
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, plain, rtol=2e-2, atol=0)
    for ours, expected in zip(torch.autograd.grad(loss, (x, head)), torch.autograd.grad(plain, (x, head)), strict=True):
        assert ours.dtype == torch.float32
        torch.testing.assert_close(ours, expected, rtol=5e-2, atol=2e-3)


@pytest.mark.parametrize("reentrant", [False, True])
def test_activation_checkpointing(reentrant: bool) -> None:
    """Logits that are computed again have the same bits."""
    x, head, y = leaves()
    expected = torch.autograd.grad(X.linear_cross_entropy(x, head, y) * 3, (x, head))
    loss = checkpoint(X.linear_cross_entropy, x, head, y, use_reentrant=reentrant) * 3
    loss.backward()
    for leaf, right in zip((x, head), expected, strict=True):
        assert torch.equal(leaf.grad, right)


@pytest.mark.parametrize("rows", [7, None])
def test_statistics_beside_gradients(rows: int | None) -> None:
    """`return_stats` changes no gradient, and an ignored row has its prediction too."""
    x, head, y = leaves()
    y[:20] = -100
    options = crossent.LinearOptions(rows=rows)
    loss, stats = X.linear_cross_entropy(x, head, y, return_stats=True, options=options)
    plain, expected = X.cross_entropy(F.linear(x, head), y, return_stats=True)
    for ours, right in zip(stats, expected, strict=True):
        torch.testing.assert_close(ours, right)
    for ours, right in zip(torch.autograd.grad(loss, (x, head)), torch.autograd.grad(plain, (x, head)), strict=True):
        torch.testing.assert_close(ours, right)


def test_memory_of_a_large_vocabulary() -> None:
    """At C = 128,256 the step needs less than half a head's gradient besides that gradient, in a process of its own."""
    case = cases.linear((1024, 512, 128_256), "bfloat16")
    used = peak._in_fresh_process(case, "crossent")
    if used is None:
        pytest.skip("this system does not tell peaks")
    assert used <= 1.5 * 128_256 * 512 * 2
