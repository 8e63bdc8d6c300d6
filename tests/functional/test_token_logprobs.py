"""Log-probabilities, entropy and lse: their values, all their derivatives, and what does not count."""

import pytest
import torch
from torch import Tensor
from torch.func import jvp, vmap
from torch.utils.flop_counter import FlopCounterMode

import crossent
import crossent.functional as X

from ..truth import assert_accurate
from ..values import generator, laid_out
from .strategies import close

OPTIONS = [
    pytest.param({}, id="plain"),
    pytest.param({"softcap": 3.0}, id="softcap"),
    pytest.param({"temperature": 0.7}, id="temperature"),
    pytest.param({"softcap": 3.0, "temperature": 1.5}, id="both"),
]
# Rows, a row longer than a block, planes, planes of many classes, and memory with gaps.
SHAPES = [
    pytest.param((6, 37), 1, "contiguous", id="rows"),
    pytest.param((2, 5000), 1, "contiguous", id="long rows"),
    pytest.param((2, 5, 33), 1, "contiguous", id="planes"),
    pytest.param((2, 70, 9), 1, "contiguous", id="many planes"),
    pytest.param((2, 3, 9), -1, "contiguous", id="tokens"),
    pytest.param((6, 9), 1, "sliced", id="sliced"),
    pytest.param((6, 9), 1, "transposed", id="transposed"),
    pytest.param((9,), 1, "contiguous", id="unbatched"),
]


def numbers(shape: tuple[int, ...], name: str = "z") -> Tensor:
    """Random numbers."""
    return torch.randn(shape, generator=generator(name + str(shape)))


def labels(shape: tuple[int, ...], classes: int) -> Tensor:
    """Targets, some of which do not count."""
    y = torch.randint(classes, shape, generator=generator(str(shape)))
    return torch.where(torch.rand(shape, generator=generator("ignored")) < 0.3, -100, y) if shape else y


def composed(
    z: Tensor, y: Tensor, dim: int = 1, softcap: float | None = None, temperature: float = 1.0
) -> tuple[Tensor, ...]:
    """All three in torch's operators, in the dtype of the logits."""
    dim = dim % z.dim() if z.dim() > 1 else 0
    z = z if softcap is None else softcap * torch.tanh(z / softcap)
    log_p = (z / temperature).log_softmax(dim)
    counts = y != -100
    picked = log_p.gather(dim, torch.where(counts, y, 0).unsqueeze(dim)).squeeze(dim)
    found = picked, -(log_p.exp() * log_p).sum(dim), (z / temperature).logsumexp(dim)
    return tuple(torch.where(counts, each, 0.0) for each in found)


def mixed(found: tuple[Tensor, ...]) -> Tensor:
    """One number that depends on every result."""
    return sum(
        (each * torch.linspace(k, 2, each.numel()).to(each).view(each.shape)).sum() for k, each in enumerate(found)
    )


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize(("shape", "dim", "memory"), SHAPES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
def test_values_and_gradients(shape: tuple, dim: int, memory: str, dtype: torch.dtype, options: dict) -> None:
    """By the accuracy rule, beside torch's composition."""
    z = laid_out(memory, numbers(shape).to(dtype)).detach().requires_grad_()
    axis = dim % len(shape) if len(shape) > 1 else 0
    y = labels(shape[:axis] + shape[axis + 1 :], shape[axis])
    found = X.token_logprobs(z, y, dim=dim, **options)
    (slope,) = torch.autograd.grad(mixed(found), z)
    truths, theirs = [], []
    for wide, into in ((torch.float64, truths), (torch.promote_types(dtype, torch.float32), theirs)):
        leaf = z.detach().to(wide).requires_grad_()
        results = composed(leaf, y, dim, **options)
        into.extend((*results, *torch.autograd.grad(mixed(results), leaf)))
    assert all(each.dtype == torch.promote_types(dtype, torch.float32) for each in found)
    for ours, truth, torchs in zip(found, truths[:3], theirs[:3], strict=True):
        assert_accurate(ours, truth, torchs, unit=4.0)
    assert slope.dtype == dtype
    assert slope.stride() == z.stride() or memory == "sliced"
    assert_accurate(slope.float() if dtype == torch.float32 else slope, truths[3], None, unit=16.0)


@pytest.mark.parametrize("junk", [float("nan"), float("inf"), -float("inf")])
def test_what_does_not_count_is_0(junk: float) -> None:
    """Results and gradient of an ignored position are 0, whatever its logits are, and the others' are theirs."""
    z, y = numbers((4, 9)), torch.tensor([3, -1, 8, 0])
    z[1] = junk
    z.requires_grad_()
    found = X.token_logprobs(z, y, ignore_index=-1)
    assert all(each[1] == 0 for each in found)
    mixed(found).backward()
    assert not z.grad[1].any()
    few = z.detach()[[0, 2, 3]].requires_grad_()
    for ours, theirs in zip(found, X.token_logprobs(few, y[[0, 2, 3]]), strict=True):
        close(ours[[0, 2, 3]], theirs)


def test_a_masked_class_has_no_part() -> None:
    """−inf where the target is not: 0 · (−inf) is 0, in the entropy and in its gradient."""
    z = numbers((3, 6)).double()
    z[:, 2] = -torch.inf
    y, few = torch.tensor([0, 5, 3]), z[:, [0, 1, 3, 4, 5]].requires_grad_()
    z.requires_grad_()
    found, expected = X.token_logprobs(z, y), X.token_logprobs(few, torch.tensor([0, 4, 2]))
    for ours, theirs in zip(found, expected, strict=True):
        close(ours, theirs)
    mixed(found).backward()
    mixed(expected).backward()
    assert not z.grad[:, 2].any()
    close(z.grad[:, [0, 1, 3, 4, 5]], few.grad)


def test_a_sure_row_keeps_its_digits() -> None:
    """At 1e30, and where one class has all but 1e-20."""
    found = X.token_logprobs(torch.tensor([[1e30, 1e30], [50.0, 0.0]]), torch.tensor([0, 1]))
    close(found.logprobs, torch.tensor([-0.6931472, -50.0]))
    close(found.entropy[0], torch.tensor(0.6931472))


@pytest.mark.parametrize("options", OPTIONS)
def test_derivatives_of_all_orders(options: dict) -> None:
    """Backward, double backward and forward AD, of logits and of a linear layer."""
    z, y = numbers((4, 5)).double().requires_grad_(), torch.tensor([1, -100, 4, 0])
    x, head, bias = (numbers(s, "layer").double().requires_grad_() for s in ((4, 3), (5, 3), (5,)))

    def of_layer(x: Tensor, head: Tensor, bias: Tensor) -> tuple[Tensor, ...]:
        return X.linear_token_logprobs(x, head, y, linear_bias=bias, **options)

    for function, leaves in ((lambda z: X.token_logprobs(z, y, **options), (z,)), (of_layer, (x, head, bias))):
        assert torch.autograd.gradcheck(function, leaves, check_forward_ad=True, check_batched_grad=True)
        assert torch.autograd.gradgradcheck(function, leaves)


def test_under_torch_func() -> None:
    """jvp and vmap."""
    z, y = numbers((4, 5)).double(), torch.tensor([1, -100, 4, 0])
    direction = numbers((4, 5), "direction").double()
    _, ours = jvp(lambda z: X.token_logprobs(z, y), (z,), (direction,))
    _, theirs = jvp(lambda z: composed(z, y), (z,), (direction,))
    for a, b in zip(ours, theirs, strict=True):
        close(a, b)
    stacked = vmap(lambda z: X.token_logprobs(z, y))(torch.stack((z, 2 * z)))
    close(stacked.entropy[1], X.token_logprobs(2 * z, y).entropy)


def test_gradients_of_some_results() -> None:
    """Results that are not asked for add nothing, and a graph may be used again."""
    z, y = numbers((4, 9)).double().requires_grad_(), torch.tensor([3, 1, 8, 0])
    found = X.token_logprobs(z, y)
    for k in range(3):
        leaf = z.detach().requires_grad_()
        (expected,) = torch.autograd.grad(composed(leaf, y)[k].sum(), leaf)
        (slope,) = torch.autograd.grad(found[k].sum(), z, retain_graph=True)
        close(slope, expected)
    loss = X.cross_entropy(z, y, reduction="none")
    close(-found.logprobs, loss)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("options", OPTIONS)
def test_linear_is_that_of_the_layer(options: dict, dtype: torch.dtype) -> None:
    """Block by block of rows, with rows left out."""
    x, head, bias = (numbers(s, "layer").to(dtype) for s in ((40, 16), (300, 16), (300,)))
    y = torch.arange(40) * 7
    y[::4] = -100
    budget = crossent.LinearOptions(memory_budget=2**15)
    results = []
    for fused in (True, False):
        leaves = [t.clone().requires_grad_() for t in (x, head, bias)]
        if fused:
            found = X.linear_token_logprobs(leaves[0], leaves[1], y, linear_bias=leaves[2], options=budget, **options)
        else:
            wide = [t.float() for t in leaves]
            found = X.token_logprobs(wide[0] @ wide[1].t() + wide[2], y, **options)
        mixed(found).backward()
        results.append((*found, *(t.grad.float() for t in leaves)))
    for mine, theirs in zip(*results, strict=True):
        tolerance = 1e-5 if dtype == torch.float32 else 5e-2
        assert (mine - theirs).abs().max() <= tolerance * theirs.abs().max().clamp_min(1)


@pytest.mark.parametrize(("budget", "products"), [(2**12, 4.0), (2**15, 3.6), (2**16, 3.0)])
def test_linear_keeps_what_the_budget_lets(budget: int, products: float) -> None:
    """Three products where all logits fit, four where none are left; the same results, a second time too."""
    x, head, y = numbers((40, 16)).requires_grad_(), numbers((300, 16)).requires_grad_(), torch.arange(40) * 7
    counter = FlopCounterMode(display=False)
    with counter:
        found = X.linear_token_logprobs(x, head, y, options=crossent.LinearOptions(budget, rows=8))
        slopes = torch.autograd.grad(mixed(found), (x, head), retain_graph=True)
    assert counter.get_total_flops() == products * 2 * 40 * 16 * 300
    again = torch.autograd.grad(mixed(found), (x, head))
    expected = torch.autograd.grad(mixed(X.token_logprobs(x @ head.t(), y)), (x, head))
    for mine, second, theirs in zip(slopes, again, expected, strict=True):
        assert torch.equal(mine, second)
        assert (mine - theirs).abs().max() <= 1e-5 * theirs.abs().max()


def test_a_temperature_that_learns() -> None:
    """A 0-d tensor gets its gradient, of logits and of a linear layer."""
    x, head, y = numbers((4, 3)).double(), numbers((5, 3)).double(), torch.tensor([1, -100, 4, 0])

    def of_logits(temperature: Tensor) -> tuple[Tensor, ...]:
        return X.token_logprobs(x @ head.t(), y, softcap=3.0, temperature=temperature)

    def of_layer(temperature: Tensor) -> tuple[Tensor, ...]:
        return X.linear_token_logprobs(x, head, y, softcap=3.0, temperature=temperature)

    temperature = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    for function in (of_logits, of_layer):
        assert torch.autograd.gradcheck(function, (temperature,), check_forward_ad=True)
        for ours, theirs in zip(function(temperature), of_logits(temperature.detach()), strict=True):
            close(ours, theirs)


@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")
def test_compiled() -> None:
    """One graph, forward and backward."""
    torch._dynamo.reset()
    x, head, y = numbers((4, 3)), numbers((5, 3)), torch.tensor([1, -100, 4, 0])

    def of_logits(x: Tensor) -> Tensor:
        found = X.token_logprobs(x @ head.t(), y, temperature=0.7)
        return found.logprobs.sum() + (found.entropy * found.lse).sum()

    def of_layer(x: Tensor) -> Tensor:
        found = X.linear_token_logprobs(x, head, y, temperature=0.7)
        return found.logprobs.sum() + (found.entropy * found.lse).sum()

    for function in (of_logits, of_layer):
        slopes = []
        for call in (function, torch.compile(function, backend="aot_eager", fullgraph=True)):
            leaf = x.clone().requires_grad_()
            call(leaf).backward()
            slopes.append(leaf.grad)
        close(*slopes)


def test_messages() -> None:
    """The errors of the cross entropy."""
    z = numbers((4, 5))
    with pytest.raises(IndexError, match=r"Target 5 is out of bounds: the input has 5 classes .* position 1\."):
        X.token_logprobs(z, torch.tensor([0, 5, 1, 1]))
    with pytest.raises(IndexError, match="Target -1 is out of bounds"):
        X.linear_token_logprobs(z, numbers((7, 5)), torch.tensor([0, -1, 1, 1]))
    with pytest.raises(RuntimeError, match=r"holds class indices, of any integer dtype\. Write target\.long\(\)"):
        X.token_logprobs(z, torch.zeros(4))
    with pytest.raises(
        ValueError, match=r"temperature must be a finite number > 0, or a 0-d tensor of one, got int 0\."
    ):
        X.token_logprobs(z, torch.zeros(4, dtype=torch.int64), temperature=0)
    with pytest.raises(ValueError, match=r"0-d floating point tensor, got a tensor of shape \(2,\)"):
        X.token_logprobs(z, torch.zeros(4, dtype=torch.int64), temperature=torch.ones(2))
    empty = X.token_logprobs(torch.empty(0, 5), torch.empty(0, dtype=torch.int64))
    assert all(each.shape == (0,) for each in empty)
