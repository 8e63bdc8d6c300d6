"""Targets that list a few classes per position: what the same probabilities of all classes give, without them."""

import pytest
import torch
from torch import Tensor

import crossent
import crossent.functional as X

from ..truth import assert_accurate
from ..truth import cross_entropy as truth
from ..values import generator, laid_out
from .strategies import close

K = 4
OPTIONS = [
    pytest.param({}, id="plain"),
    pytest.param({"label_smoothing": 0.2}, id="smoothed"),
    pytest.param({"weighted": True, "z_loss": 0.01}, id="weighted"),
    pytest.param({"sampled": True, "temperature": 1.7}, id="sampled"),
    pytest.param(
        {"weighted": True, "sampled": True, "label_smoothing": 0.2, "z_loss": 0.01, "softcap": 3.0, "temperature": 0.7},
        id="everything",
    ),
]
SHAPES = [
    pytest.param((6, 37), 1, "contiguous", id="rows"),
    pytest.param((2, 5000), 1, "contiguous", id="long rows"),
    pytest.param((2, 40000), 1, "contiguous", id="rows that are not kept"),
    pytest.param((3, 5, 33), 1, "contiguous", id="planes"),
    pytest.param((2, 70, 9), 1, "contiguous", id="many planes"),
    pytest.param((3, 3, 9), -1, "contiguous", id="tokens"),
    pytest.param((6, 9), 1, "sliced", id="sliced"),
    pytest.param((6, 9), 1, "transposed", id="transposed"),
    pytest.param((3, 5, 3, 4), 1, "channels_last", id="channels last"),
    pytest.param((9,), 1, "contiguous", id="unbatched"),
]


def numbers(shape: tuple[int, ...], name: str = "z") -> Tensor:
    return torch.randn(shape, generator=generator(name + str(shape)))


def lists(shape: tuple[int, ...], dim: int, tail: bool, dtype: torch.dtype = torch.float32) -> tuple[Tensor, ...]:
    """Ids, not in order, some of them twice and some not there; probabilities; some rows that do not count."""
    noise = generator("lists" + str(shape))
    size = [K if axis == dim else n for axis, n in enumerate(shape)]
    ids = torch.randint(shape[dim], size, generator=noise)
    ids = torch.where(torch.rand(size, generator=noise) < 0.15, -1, ids)
    q = torch.rand(size, generator=noise).mul(0.2)
    void = torch.rand(ids.select(dim, 0).shape, generator=noise) < 0.2 if len(shape) > 1 else torch.tensor(False)
    q = torch.where(void.unsqueeze(dim), torch.nan, q).to(dtype)
    return (ids, q, torch.rand(void.shape, generator=noise).mul(0.2).to(dtype)) if tail else (ids, q)


def written_out(target: tuple[Tensor, ...], shape: tuple[int, ...], dim: int) -> Tensor:
    """The probabilities of all classes, class by class, in float64."""
    ids, q, *tail = target
    rows = ids.movedim(dim, -1).reshape(-1, ids.shape[dim]).tolist()
    masses = q.double().movedim(dim, -1).reshape(-1, ids.shape[dim])
    every = torch.zeros(len(rows), shape[dim], dtype=torch.float64)
    for i, row in enumerate(rows):
        listed = {y for y in row if y >= 0}
        others = [c for c in range(shape[dim]) if c not in listed]
        for k, y in enumerate(row):
            if y >= 0:
                every[i, y] += masses[i, k]
        if tail and others:
            every[i, others] += tail[0].double().flatten()[i] / len(others)
        if bool(masses[i].isnan().all()):
            every[i] = torch.nan
    positions = [n for axis, n in enumerate(shape) if axis != dim]
    return every.view(*positions, shape[dim]).movedim(-1, dim)


def given(options: dict, shape: tuple[int, ...], dim: int) -> dict:
    """The options of a call, with their tensors."""
    found = {name: value for name, value in options.items() if name not in ("weighted", "sampled")}
    if options.get("weighted"):
        found["weight"] = torch.rand(shape[dim], generator=generator("w")) + 0.25
        found["weight"][1] = 0.0
    if options.get("sampled"):
        found["sample_weight"] = torch.rand(
            [n for axis, n in enumerate(shape) if axis != dim], generator=generator("s")
        )
        found["sample_weight"].view(-1)[0] = 0.0
    return found


@pytest.mark.parametrize("tail", [False, True], ids=["no tail", "tail"])
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize(("shape", "dim", "memory"), SHAPES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
def test_values_and_gradients(
    shape: tuple, dim: int, memory: str, dtype: torch.dtype, options: dict, tail: bool
) -> None:
    """By the accuracy rule, beside the float64 truth of all classes; summed and not."""
    if len(shape) == 1 and options.get("sampled"):
        pytest.skip("a single sample that weighs nothing")
    axis = dim % len(shape) if len(shape) > 1 else 0
    z = laid_out(memory, numbers(shape).to(dtype)).detach().requires_grad_()
    target, call = lists(shape, axis, tail), given(options, shape, axis)
    every = written_out(target, shape, axis)
    leaf = z.detach().double().requires_grad_()
    expected = truth(leaf, every, dim=dim, **{**call, "reduction": "none"}).value
    slope_up = torch.linspace(0.5, 2, expected.numel()).view(expected.shape)
    (of_each,) = torch.autograd.grad((expected * slope_up).sum(), leaf)
    losses = X.cross_entropy(z, target, dim=dim, reduction="none", **call)
    (ours,) = torch.autograd.grad((losses * slope_up).sum(), z)
    assert_accurate(losses if dtype != torch.bfloat16 else losses.float(), expected, None, unit=8.0)
    assert_accurate(ours, of_each, None, unit=8.0)
    mean = truth(leaf, every, dim=dim, **call).value
    (of_mean,) = torch.autograd.grad(mean, leaf)
    loss = X.cross_entropy(z, target, dim=dim, **call)
    (ours,) = torch.autograd.grad(loss, z)
    assert_accurate(loss.float() if dtype != torch.float64 else loss, mean, None, unit=8.0)
    assert_accurate(ours, of_mean, None, unit=8.0)


@pytest.mark.parametrize("tail", [False, True], ids=["no tail", "tail"])
@pytest.mark.parametrize("options", OPTIONS)
def test_gradient_of_the_probabilities(options: dict, tail: bool) -> None:
    """That of the same probabilities written out, taken at the ids; where it is asked for alone, too."""
    shape = (6, 9)
    z, call = numbers(shape).double().requires_grad_(), given(options, shape, 1)
    ids, q, *rest = lists(shape, 1, tail, torch.float64)
    q.requires_grad_()
    losses = X.cross_entropy(z, (ids, q, *rest), reduction="none", **call)
    by_z, by_q = torch.autograd.grad(losses.sum(), (z, q))
    every = written_out((ids, q.detach(), *rest), shape, 1).requires_grad_()
    dense = X.cross_entropy(z, every, reduction="none", **call)
    expected_z, by_every = torch.autograd.grad(dense.sum(), (z, every))
    close(losses, dense)
    close(by_z, expected_z)
    close(by_q, torch.where(ids < 0, 0.0, by_every.gather(1, ids.clamp_min(0))))
    (alone,) = torch.autograd.grad(X.cross_entropy(z.detach(), (ids, q, *rest), reduction="sum", **call), q)
    close(alone, by_q)


@pytest.mark.parametrize("options", OPTIONS)
def test_derivatives_of_all_orders(options: dict) -> None:
    """By logits, probabilities, tail and class weights: backward, double backward, forward AD."""
    shape = (4, 6)
    z, call = numbers(shape).double().requires_grad_(), given(options, shape, 1)
    ids, q, tail = lists(shape, 1, True, torch.float64)
    weight = call.pop("weight", torch.ones(6)).double()
    sample = call.pop("sample_weight", torch.ones(4)).double()
    q, tail = q.nan_to_num(0.1).requires_grad_(), tail.requires_grad_()

    def of(z: Tensor, q: Tensor, tail: Tensor, weight: Tensor) -> Tensor:
        target = (ids, q, tail)
        return X.cross_entropy(z, target, weight, sample_weight=sample, reduction="none", **call)

    leaves = (z, q, tail, weight.requires_grad_())
    assert torch.autograd.gradcheck(of, leaves, check_forward_ad=True)
    assert torch.autograd.gradgradcheck(of, leaves)
    plain = (z, q, tail.detach(), weight.detach())
    assert torch.autograd.gradcheck(of, plain, check_batched_grad=True)


@pytest.mark.parametrize("tail", [False, True], ids=["no tail", "tail"])
@pytest.mark.parametrize("junk", [float("nan"), float("inf"), -float("inf")])
def test_what_does_not_count_is_not_there(junk: float, tail: bool) -> None:
    """A row of NaN, and a sample weight of 0: logits and ids may be anything there."""
    z, target = numbers((5, 7)).double(), list(lists((5, 7), 1, tail))
    target[1] = target[1].nan_to_num(0.1)
    target[1][1] = torch.nan
    target[0][1] = 99
    target[0][3] = 1_000_000
    z[1] = z[3] = junk
    z.requires_grad_()
    s, kept = torch.tensor([1.0, 1.0, 2.0, 0.0, 0.5]), [0, 2, 4]
    loss = X.cross_entropy(z, tuple(target), sample_weight=s, z_loss=0.1)
    few = X.cross_entropy(z.detach()[kept], tuple(t[kept] for t in target), sample_weight=s[kept], z_loss=0.1)
    close(loss, few)
    loss.backward()
    assert not z.grad[[1, 3]].any()
    assert z.grad.isfinite().all()
    _, stats = X.cross_entropy(z, tuple(target), sample_weight=s, return_stats=True)
    assert stats.weight == 3.5
    assert not stats.correct[[1, 3]].any()
    nothing = (torch.zeros(2, 3, dtype=torch.int64), torch.full((2, 3), torch.nan))
    assert X.cross_entropy(torch.zeros(2, 7), nothing).isnan()
    assert X.cross_entropy(torch.zeros(2, 7), nothing, on_empty="zero") == 0


def test_masked_classes() -> None:
    """0 · (−inf) is 0 for a listed class of mass 0; mass on a masked class is infinite, a tail's too."""
    z = numbers((1, 6)).double()
    z[0, 2] = -torch.inf
    z.requires_grad_()
    few = z.detach()[:, [0, 1, 3, 4, 5]].requires_grad_()
    ids, q = torch.tensor([[2, 0, 4]]), torch.tensor([[0.0, 0.5, 0.2]], dtype=torch.float64)
    tail = torch.tensor([0.3], dtype=torch.float64)
    for rest in ((), (tail,)):
        loss = X.cross_entropy(z, (ids, q, *rest))
        expected = X.cross_entropy(few, (torch.tensor([[0, 3]]), q[:, 1:], *rest))
        close(loss, expected)
        (by_z,), (by_few,) = torch.autograd.grad(loss, z), torch.autograd.grad(expected, few)
        close(by_z[:, [0, 1, 3, 4, 5]], by_few)
        assert not by_z[:, 2].any()
    assert X.cross_entropy(z, (ids, q + 0.1)).isposinf()
    assert X.cross_entropy(z, (ids[:, 1:], q[:, 1:], tail)).isposinf()


def test_all_classes_listed_leave_nothing_to_a_tail() -> None:
    """With every class in the list it is dense; a tail then has no class to go to."""
    z = numbers((3, 5)).double()
    ids = torch.arange(5).expand(3, 5)
    q = numbers((3, 5), "q").double().softmax(1)
    close(X.cross_entropy(z, (ids, q)), X.cross_entropy(z, q))
    close(X.cross_entropy(z, (ids, q, torch.full((3,), 1e-9).double())), X.cross_entropy(z, q))
    labels = torch.tensor([2, 0, 4])
    one = labels.unsqueeze(1), torch.ones(3, 1)
    close(X.cross_entropy(z, one), X.cross_entropy(z, labels))
    smoothed = X.cross_entropy(z, one, label_smoothing=0.1)
    close(smoothed, X.cross_entropy(z, labels, label_smoothing=0.1))


def test_large_logits_keep_their_differences() -> None:
    """At 1e30, where lse has no digit left for log 2, beside a tail that a listed class outweighs."""
    z = torch.tensor([[1e30, 1e30, -1e30]])
    assert X.cross_entropy(z, (torch.tensor([[0]]), torch.ones(1, 1))).item() == pytest.approx(0.6931472)
    target = torch.tensor([[2, 0]]), torch.tensor([[0.0, 0.5]]), torch.tensor([0.5])
    assert X.cross_entropy(z, target).item() == pytest.approx(0.6931472)


@pytest.mark.parametrize("reduction", ["sum", "none"])
def test_stats(reduction: str) -> None:
    """Those of the dense target; `correct` says whether the likeliest listed class is predicted."""
    shape = (3, 7, 4)
    z, target = numbers(shape).double(), lists(shape, 1, False)
    call = {"weight": torch.rand(7, generator=generator("w")), "reduction": reduction, "return_stats": True}
    loss, stats = X.cross_entropy(z, target, **call)
    dense, expected = X.cross_entropy(z, written_out(target, shape, 1), **call)
    close(loss, dense)
    close(stats.lse, expected.lse)
    close(stats.entropy, expected.entropy)
    assert torch.equal(stats.prediction, expected.prediction)
    assert stats.weight == expected.weight
    best = torch.where(target[0] < 0, -1.0, target[1]).nan_to_num(0).argmax(1, keepdim=True)
    hit = target[0].gather(1, best).squeeze(1) == stats.prediction
    assert torch.equal(stats.correct, hit & ~target[1][:, 0].isnan())
    assert stats.correct.any()


@pytest.mark.parametrize("tail", [False, True], ids=["no tail", "tail"])
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_linear_is_that_of_the_layer(dtype: torch.dtype, options: dict, tail: bool) -> None:
    """Block by block of rows and, for 16 bits, of columns; the sum, the mean, and each."""
    x, head, bias = (numbers(s, "layer").to(dtype) for s in ((40, 16), (300, 16), (300,)))
    target, call = lists((40, 300), 1, tail), given(options, (40, 300), 1)
    for reduction, budget in (("mean", 2**15), ("sum", 2**13), ("none", 2**15)):
        results = []
        for fused in (True, False):
            leaves = [t.clone().requires_grad_() for t in (x, head, bias)]
            if fused:
                loss = X.linear_cross_entropy(
                    leaves[0], leaves[1], target, linear_bias=leaves[2], reduction=reduction,
                    options=crossent.LinearOptions(memory_budget=budget), **call,
                )  # fmt: skip
            else:
                wide = [t.float() for t in leaves]
                loss = X.cross_entropy(wide[0] @ wide[1].t() + wide[2], target, reduction=reduction, **call)
            loss.sum().backward()
            results.append((loss.float(), *(t.grad.float() for t in leaves)))
        for mine, theirs in zip(*results, strict=True):
            tolerance = 1e-5 if dtype == torch.float32 else 5e-2
            assert (mine - theirs).abs().max() <= tolerance * theirs.abs().max()


def test_linear_of_more_axes_and_probabilities_that_learn() -> None:
    """Heads of (C, d1), an unbatched row, and gradients to the probabilities and the tail."""
    x, head = numbers((4, 3)).double().requires_grad_(), numbers((5, 2, 3)).double().requires_grad_()
    ids, q, tail = lists((4, 5, 2), 1, True, torch.float64)
    q, tail = q.requires_grad_(), tail.requires_grad_()
    results = []
    for loss in (
        X.linear_cross_entropy(x, head, (ids, q, tail), label_smoothing=0.1),
        X.cross_entropy(torch.einsum("nd,cid->nci", x, head), (ids, q, tail), label_smoothing=0.1),
        X.linear_cross_entropy(x, head, (ids, q, tail.detach()), label_smoothing=0.1),
    ):
        results.append((loss, *torch.autograd.grad(loss, (x, head, q))))
    for other in results[:2]:
        for a, b in zip(other, results[2], strict=True):
            close(a, b)
    row = ids[0, :, 0], q.detach()[0, :, 0].nan_to_num(0.1)
    close(X.linear_cross_entropy(x[0], head[:, 0], row), X.cross_entropy(head[:, 0] @ x[0], row))


def test_modules_take_them() -> None:
    """CrossEntropyLoss and LinearCrossEntropyLoss."""
    z, target = numbers((4, 7)), lists((4, 7), 1, True)
    close(crossent.CrossEntropyLoss(label_smoothing=0.1)(z, target), X.cross_entropy(z, target, label_smoothing=0.1))
    head = crossent.LinearCrossEntropyLoss(7, 9, bias=True)
    target = lists((4, 9), 1, True)
    close(head(z, target), X.cross_entropy(head.linear(z), target))


@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")
def test_compiled() -> None:
    """One graph, forward and backward, of logits and of a layer."""
    torch._dynamo.reset()
    x, head, target = numbers((4, 3)), numbers((6, 3)), lists((4, 6), 1, True)
    functions = (
        lambda x, *t: X.cross_entropy(x @ head.t(), t, label_smoothing=0.1),
        lambda x, *t: X.linear_cross_entropy(x, head, t, temperature=0.7),
    )
    for function in functions:
        slopes = []
        for call in (function, torch.compile(function, backend="aot_eager", fullgraph=True)):
            leaf = x.clone().requires_grad_()
            call(leaf, *target).backward()
            slopes.append(leaf.grad)
        close(*slopes)


Z, IDS, Q = torch.zeros(2, 5), torch.tensor([[0, 1], [2, 3]]), torch.full((2, 2), 0.5)
WRONG = [
    ((IDS + 3, Q), IndexError, r"Target id 5 is out of bounds: the input has 5 classes \(valid: 0…4; negative: not"),
    ((IDS + 3, Q), IndexError, r"2 of 4 ids, first at \(1, 0\)\. If the teacher's vocabulary is larger, make its"),
    ((Q, IDS), TypeError, r"is \(ids, probabilities\), got torch.float32 first and torch.int64 second\. Swap them\."),
    ((Q, Q), TypeError, r"ids of a target are class indices of an integer dtype, got torch.float32\. Write ids.long"),
    ((IDS, IDS), TypeError, r"must be of a floating point dtype, got torch.int64\. Write probabilities.float"),
    ((IDS, Q[:, :1]), RuntimeError, r"must both be \(2, K\), .* input \(2, 5\), got \(2, 2\) and \(2, 1\)"),
    ((IDS[:1], Q[:1]), RuntimeError, r"must both be \(2, K\)"),
    ((IDS, -Q), RuntimeError, r"got -0.5 at \(0, 0\) \(4 of 4 values\)\. Log-probabilities\? Then write probab"),
    ((IDS, Q - 0.7 * torch.eye(2)), RuntimeError, r"got -0.2 at \(0, 0\) \(2 of 4 values\)\. Logits\?"),
    ((IDS, Q * 2), RuntimeError, r"must sum to 1 or less, got 2 at 0 \(2 of 2 positions\)\. Write probabilities / "),
    ((IDS, Q, torch.full((2,), 0.5)), RuntimeError, r"and its tail must sum to 1 or less, got 1.5 at 0"),
    ((IDS, Q, torch.full((2,), -0.5)), RuntimeError, r"the tail of a target must not be negative, got -0.5 at \(0,"),
    ((IDS, Q, torch.zeros(2, 1)), RuntimeError, r"one floating point number per position, \(2,\).*1 - probabilities"),
    ((IDS,), ValueError, r"got a tuple of 1\. One class per position is a tensor"),
]  # fmt: skip


@pytest.mark.parametrize(("target", "kind", "message"), WRONG)
def test_messages(target: tuple, kind: type, message: str) -> None:
    """Each says what is wrong with it, where, and what to write, of logits and of a layer."""
    with pytest.raises(kind, match=message):
        X.cross_entropy(Z, target)
    with pytest.raises(kind, match=message):
        X.linear_cross_entropy(torch.zeros(2, 3), torch.zeros(5, 3), target)


def test_messages_about_options() -> None:
    """An ignored index marks labels, not lists; torch's own functions know no lists."""
    with pytest.raises(RuntimeError, match=r"got ignore_index=1 with a target of ids and probabilities"):
        X.cross_entropy(Z, (IDS, Q), ignore_index=1)
    with pytest.raises(IndexError, match=r"Target id 5 is out of bounds"):
        X.cross_entropy(Z, (IDS + 3, Q), label_smoothing=0.1, weight=torch.ones(5))
    empty = X.cross_entropy(torch.empty(0, 5), (IDS[:0], Q[:0]), reduction="sum")
    assert empty == 0
    none = X.cross_entropy(Z, (IDS[:, :0], Q[:, :0], torch.ones(2)))
    close(none, torch.tensor(5.0).log())
