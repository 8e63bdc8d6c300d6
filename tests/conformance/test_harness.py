"""The checks themselves: each one notices the fault that it is there for."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from .material import cases, error_cases, info_of
from .subject import SUBJECTS, Subject
from .sweep import failure_of

Loss = Callable[..., Tensor]
NAME = "nn.functional.cross_entropy"


class _Graph(torch.autograd.Function):
    """A right value whose backward is faulty in the way that `fault` says."""

    @staticmethod
    def forward(ctx: Any, input: Tensor, target: Tensor, settings: dict[str, Any], fault: str) -> Tensor:
        with torch.enable_grad():
            leaf = input.detach().requires_grad_()
            loss = F.cross_entropy(leaf, target, **settings)
        ctx.slope = torch.autograd.grad(loss.sum(), leaf)[0]
        ctx.fault = fault
        return loss.detach()

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        if ctx.fault == "upstream ignored":
            return ctx.slope, None, None, None
        # Right for a scalar loss, once.
        return ctx.slope.mul_(upstream.flatten()[0]), None, None, None


def _graph(fault: str) -> Loss:
    return lambda input, target, **settings: _Graph.apply(input, target, settings, fault)


def _wrong_value(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    return F.cross_entropy(input, *args, **kwargs) * (1 + 1e-9)


def _wrong_dtype(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    return F.cross_entropy(input, *args, **kwargs).float()


def _writes(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    input.detach().sub_(input.detach().max())
    return F.cross_entropy(input, *args, **kwargs)


def _assumes_contiguous(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    packed = torch.empty(input.shape).stride()
    return F.cross_entropy(input.as_strided(input.shape, packed), *args, **kwargs)


def _no_second_derivative(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    loss = F.cross_entropy(input, *args, **kwargs)
    # The value and the slope of the loss, as a straight line.
    with torch.enable_grad():
        leaf = input.detach().requires_grad_()
        slope = torch.autograd.grad(F.cross_entropy(leaf, *args, **kwargs).sum(), leaf)[0]
    return loss.detach() + ((input - input.detach()) * slope).sum()


def _looks_at_values(input: Tensor, target: Tensor, **kwargs: Any) -> Tensor:
    assert target.max().item() < input.shape[1]
    return F.cross_entropy(input, target, **kwargs)


FAULTS: list[tuple[str, Loss]] = [
    ("value", _wrong_value),
    ("value", _wrong_dtype),
    ("gradient", _graph("upstream ignored")),
    ("gradcheck", _graph("upstream ignored")),
    ("purity", _graph("saved gradient consumed")),
    ("purity", _writes),
    ("strides", _assumes_contiguous),
    ("gradgradcheck", _no_second_derivative),
    ("vmapped", _looks_at_values),
]


@pytest.mark.parametrize(("check", "faulty"), FAULTS, ids=lambda x: getattr(x, "__name__", x))
def test_fault_is_noticed(check: str, faulty: Loss, monkeypatch: pytest.MonkeyPatch) -> None:
    # Class indices and a mean: what every faulty loss above is able to compute.
    case = next(c for c in cases(NAME, torch.float64) if "2x3:float64 2:int64 reduction=mean" in c.id)
    monkeypatch.setitem(SUBJECTS, NAME, Subject(F.cross_entropy, F.cross_entropy))
    assert failure_of(check, case) is None
    monkeypatch.setitem(SUBJECTS, NAME, Subject(faulty, F.cross_entropy))
    assert failure_of(check, case) is not None


@pytest.mark.parametrize("faulty", [lambda *_, **__: torch.zeros(()), lambda *_, **__: {}["typo"]])
def test_fault_in_an_error_is_noticed(faulty: Loss, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "nn.functional.linear_cross_entropy"
    case = error_cases(name, torch.float32)[0]
    monkeypatch.setitem(SUBJECTS, name, Subject(faulty, SUBJECTS[name].torch))
    assert "RuntimeError expected" in str(failure_of("error", case))


def test_torch_is_left_as_found() -> None:
    """Torch's tables, once imported, would make `torch.backends.cudnn.benchmark = True` an error everywhere."""
    info_of(NAME)
    assert not torch.backends.flags_frozen()
    assert torch.get_default_dtype() == torch.float32
