"""The divergence of a student from its teacher: its values, all its derivatives, and what does not count."""

import pytest
import torch
from torch import Tensor

import crossent
import crossent.functional as X

from ..truth import assert_accurate
from ..values import generator, laid_out
from .strategies import close

SHAPES = [
    pytest.param((6, 37), 1, "contiguous", id="rows"),
    pytest.param((2, 5000), 1, "contiguous", id="long rows"),
    pytest.param((2, 40000), 1, "contiguous", id="rows that are not kept"),
    pytest.param((3, 5, 33), 1, "contiguous", id="planes"),
    pytest.param((3, 3, 9), -1, "contiguous", id="tokens"),
    pytest.param((6, 9), 1, "sliced", id="sliced"),
    pytest.param((6, 9), 1, "transposed", id="transposed"),
    pytest.param((3, 5, 3, 4), 1, "channels_last", id="channels last"),
    pytest.param((9,), 1, "contiguous", id="unbatched"),
]


def numbers(shape: tuple[int, ...], name: str = "z") -> Tensor:
    return torch.randn(shape, generator=generator(name + str(shape)))


def composed(student: Tensor, teacher: Tensor, dim: int = 1, temperature: float = 1.0) -> Tensor:
    """Per position, in torch's operators."""
    dim = dim % student.dim() if student.dim() > 1 else 0
    log_p, log_q = ((z / temperature).log_softmax(dim) for z in (teacher, student))
    return torch.where(log_p == -torch.inf, 0.0, log_p.exp() * (log_p - log_q)).sum(dim)


@pytest.mark.parametrize("temperature", [1.0, 2.5])
@pytest.mark.parametrize(("shape", "dim", "memory"), SHAPES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
def test_values_and_gradients(shape: tuple, dim: int, memory: str, dtype: torch.dtype, temperature: float) -> None:
    """By the accuracy rule, beside the composition in float64; summed and not."""
    student = laid_out(memory, 3 * numbers(shape).to(dtype)).detach().requires_grad_()
    teacher = 3 * numbers(shape, "teacher").to(dtype)
    leaf = student.detach().double().requires_grad_()
    expected = composed(leaf, teacher.double(), dim, temperature)
    # As it arrives at a loss of this dtype.
    up = torch.linspace(0.5, 2, expected.numel()).view(expected.shape).to(dtype)
    (of_each,) = torch.autograd.grad((expected * up).sum(), leaf, retain_graph=True)
    losses = X.distillation(student, teacher, dim=dim, temperature=temperature, reduction="none")
    (ours,) = torch.autograd.grad((losses * up).sum(), student)
    assert_accurate(losses, expected, None, unit=16.0)
    assert_accurate(ours, of_each, None, unit=8.0)
    (of_mean,) = torch.autograd.grad(expected.mean(), leaf)
    loss = X.distillation(student, teacher, dim=dim, temperature=temperature)
    (ours,) = torch.autograd.grad(loss, student)
    assert_accurate(loss, expected.mean(), None, unit=16.0)
    assert_accurate(ours, of_mean, None, unit=8.0)


def test_it_is_torchs() -> None:
    """kl_div of two log-softmaxes, whose batchmean is this mean."""
    student, teacher = numbers((6, 9)).double(), numbers((6, 9), "teacher").double()
    for temperature in (1.0, 3.0):
        log_q, log_p = ((z / temperature).log_softmax(1) for z in (student, teacher))
        theirs = torch.nn.functional.kl_div(log_q, log_p, reduction="batchmean", log_target=True)
        close(X.distillation(student, teacher, temperature=temperature), theirs)


def test_derivatives_of_all_orders() -> None:
    """By the student, the teacher and the temperature, and of a linear layer: backward, double backward, forward AD."""
    student, teacher = (numbers((4, 5), name).double().requires_grad_() for name in "st")
    temperature = torch.tensor(1.7, dtype=torch.float64, requires_grad=True)
    s = torch.tensor([1.0, 0.5, 2.0, 1.5], dtype=torch.float64)
    x, head, bias, features, theirs = (
        numbers(shape, "layer").double().requires_grad_() for shape in ((4, 3), (5, 3), (5,), (4, 2), (5, 2))
    )

    def of_logits(student: Tensor, teacher: Tensor, temperature: Tensor) -> Tensor:
        return X.distillation(student, teacher, temperature=temperature, sample_weight=s, reduction="none")

    def of_student(student: Tensor) -> Tensor:
        return X.distillation(student, teacher.detach(), temperature=1.7, reduction="none")

    def of_layer(x: Tensor, head: Tensor, bias: Tensor, features: Tensor, theirs: Tensor) -> Tensor:
        return X.linear_distillation(x, head, (features, theirs), linear_bias=bias, temperature=1.7, sample_weight=s)

    def of_layers_logits(x: Tensor, head: Tensor, temperature: Tensor) -> Tensor:
        return X.linear_distillation(x, head, teacher.detach(), temperature=temperature)

    for function, leaves in (
        (of_logits, (student, teacher, temperature)),
        (of_student, (student,)),
        (of_layer, (x, head, bias, features, theirs)),
        (of_layers_logits, (x, head, temperature)),
    ):
        assert torch.autograd.gradcheck(function, leaves, check_forward_ad=True, check_batched_grad=True)
        assert torch.autograd.gradgradcheck(function, leaves)


@pytest.mark.parametrize("junk", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("linear", [False, True], ids=["logits", "linear"])
def test_what_does_not_count_is_not_there(linear: bool, junk: float) -> None:
    """A teacher's row of NaN, and a sample weight of 0: the student's logits may be anything there."""
    student, teacher = numbers((5, 7)).double(), numbers((5, 7), "teacher").double()
    student[1] = student[3] = teacher[3] = junk
    teacher[1] = torch.nan
    student.requires_grad_()
    s, kept = torch.tensor([1.0, 1.0, 2.0, 0.0, 0.5]), [0, 2, 4]

    def loss_of(student: Tensor, teacher: Tensor, s: Tensor, **options: object) -> Tensor:
        call = {"sample_weight": s, "temperature": 2.0, **options}
        if linear:
            return X.linear_distillation(student.nan_to_num(0, 0, 0), torch.eye(7).double(), teacher, **call)
        return X.distillation(student, teacher, **call)

    few = student.detach()[kept].requires_grad_()
    loss, expected = loss_of(student, teacher, s), loss_of(few, teacher[kept], s[kept])
    close(loss, expected)
    loss.backward()
    expected.backward()
    close(student.grad[kept], few.grad)
    assert not student.grad[[1, 3]].any()
    each = loss_of(student, teacher, s, reduction="none")
    assert each.isfinite().all()
    assert not each[[1, 3]].any()
    nothing = torch.full((2, 7), torch.nan)
    assert X.distillation(torch.zeros(2, 7), nothing).isnan()
    assert X.distillation(torch.zeros(2, 7), nothing, on_empty="zero") == 0


def test_classes_that_are_ruled_out() -> None:
    """Classes that the teacher rules out cost nothing; what only the student rules out costs infinity."""
    student, teacher = numbers((3, 6)).double(), numbers((3, 6), "teacher").double()
    teacher[:, 2] = -torch.inf
    both = student.clone()
    both[:, 2] = -torch.inf
    few, few_teacher = (t[:, [0, 1, 3, 4, 5]] for t in (student, teacher))
    both.requires_grad_()
    loss = X.distillation(both, teacher)
    close(loss, X.distillation(few, few_teacher))
    loss.backward()
    assert not both.grad[:, 2].any()
    close(X.distillation(student, teacher), composed(student, teacher).mean())
    assert X.distillation(teacher, student).isposinf()


def test_agreement_is_0_and_large_logits_keep_their_differences() -> None:
    """No rounding of a student that is its teacher, shifted; |z| ~ 1e30 is finite."""
    z = 20 * numbers((64, 1000))
    assert X.distillation(z, z) == 0
    assert X.distillation(z, z + 4).item() < 1e-6
    assert (X.distillation(z, z + 1e-4 * numbers(z.shape, "t"), reduction="none") >= 0).all()
    assert X.distillation(torch.tensor([[1e30, 1e30]]), torch.tensor([[0.0, -1e30]])).item() == pytest.approx(0.6931472)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_linear_is_that_of_the_layer(reduction: str, dtype: torch.dtype) -> None:
    """Block by block of rows, beside a teacher's logits or its head."""
    x, head, bias = (numbers(s, "layer").to(dtype) for s in ((40, 16), (300, 16), (300,)))
    features, theirs = numbers((40, 8), "f").to(dtype), numbers((300, 8), "h").to(dtype)
    logits = features.float() @ theirs.float().t() + 0.5
    for teacher in ((features, theirs, torch.full((300,), 0.5, dtype=dtype)), logits):
        results = []
        for fused in (True, False):
            leaves = [t.clone().requires_grad_() for t in (x, head, bias)]
            call = {"temperature": 2.0, "reduction": reduction, "sample_weight": torch.arange(40) % 3}
            if fused:
                budget = crossent.LinearOptions(memory_budget=2**15)
                loss = X.linear_distillation(
                    leaves[0], leaves[1], teacher, linear_bias=leaves[2], options=budget, **call
                )
            else:
                wide = [t.float() for t in leaves]
                loss = X.distillation(wide[0] @ wide[1].t() + wide[2], logits, **call)
            loss.sum().backward()
            results.append((loss.float(), *(t.grad.float() for t in leaves)))
        for mine, expected in zip(*results, strict=True):
            tolerance = 1e-5 if dtype == torch.float32 else 5e-2
            assert (mine - expected).abs().max() <= tolerance * expected.abs().max()


def test_modules() -> None:
    """DistillationLoss and LinearDistillationLoss."""
    student, teacher = numbers((4, 7)), numbers((4, 7), "teacher")
    criterion = crossent.DistillationLoss(temperature=2.0)
    assert repr(criterion) == "DistillationLoss(temperature=2.0)"
    close(criterion(student, teacher), X.distillation(student, teacher, temperature=2.0))
    head = crossent.LinearDistillationLoss(7, 9, bias=True, temperature=2.0)
    assert "in_features=7, num_classes=9, bias=True, temperature=2.0" in repr(head)
    theirs = torch.nn.Linear(7, 9)
    given = student, (teacher, theirs.weight.detach(), theirs.bias.detach())
    close(head(*given), X.distillation(head.linear(student), theirs(teacher).detach(), temperature=2.0))
    with pytest.raises(ValueError, match="temperature must be a finite number > 0"):
        crossent.DistillationLoss(temperature=0)


@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")
def test_compiled() -> None:
    """One graph, forward and backward, of logits and of a layer."""
    torch._dynamo.reset()
    x, head, teacher = numbers((4, 3)), numbers((6, 3)), numbers((4, 6), "teacher")
    functions = (
        lambda x: X.distillation(x @ head.t(), teacher, temperature=2.0),
        lambda x: X.linear_distillation(x, head, (teacher, torch.eye(6)), temperature=2.0),
    )
    for function in functions:
        slopes = []
        for call in (function, torch.compile(function, backend="aot_eager", fullgraph=True)):
            leaf = x.clone().requires_grad_()
            call(leaf).backward()
            slopes.append(leaf.grad)
        close(*slopes)


def test_messages() -> None:
    """Each says what does not fit, and what to write."""
    student = torch.zeros(2, 5)
    with pytest.raises(
        RuntimeError, match=r"one shape, got \(2, 5\) and \(2, 8\)\. .* write teacher.narrow\(1, 0, 5\)"
    ):
        X.distillation(student, torch.zeros(2, 8))
    with pytest.raises(RuntimeError, match=r"got \(2, 5\) and \(3, 5\)\. Both score|narrow\(0, 0, 2\)"):
        X.distillation(student, torch.zeros(3, 5))
    with pytest.raises(NotImplementedError, match=r"teacher must hold logits of a floating point dtype"):
        X.distillation(student, torch.zeros(2, 5, dtype=torch.int64))
    x, head = torch.zeros(2, 3), torch.zeros(5, 3)
    with pytest.raises(RuntimeError, match=r"must give \(2, 5\) logits, got features \(2, 4\) and head \(6, 4\)"):
        X.linear_distillation(x, head, (torch.zeros(2, 4), torch.zeros(6, 4)))
    with pytest.raises(ValueError, match=r"got a tuple of 1\. Write teacher=\(features, layer.weight, layer.bias\)"):
        X.linear_distillation(x, head, (student,))
    empty = X.distillation(torch.empty(0, 5), torch.empty(0, 5), reduction="sum")
    assert empty == 0
    assert X.linear_distillation(x[:0], head, student[:0], reduction="sum") == 0
