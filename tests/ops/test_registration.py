"""The operators as torch's dispatcher sees them: torch.library.opcheck, schemas, and the meta device."""

from typing import Any

import pytest
import torch

import crossent.functional as X

from ..cases import LINEAR, SIGMOID, SOFTMAX
from ..functional.check import result
from ..functional.conftest import kernels_only
from ..values import Call
from .recorder import recorded

__all__ = ["kernels_only"]
NAMES = ("softmax_xent", "sigmoid_xent", "nll", "linear_xent")
# Between them: index and probability targets, every weight and option, 16 bits, stats, sum only, elementwise.
CHOSEN = {
    "cross_entropy": ["weighted", "everything", "probabilities_weighted", "uint8", "no_rows"],
    "nll_loss": ["weighted", "sequence"],
    "binary_cross_entropy_with_logits": ["pos_weight_soft", "ignored_nan"],
    "binary_cross_entropy": ["weighted"],
    "linear_cross_entropy": ["plain", "everything", "probabilities"],
}


def calls() -> list[Any]:
    """The chosen instances, as calls."""
    tables = {"cross_entropy": SOFTMAX, "nll_loss": SOFTMAX, "linear_cross_entropy": LINEAR}
    found = []
    for function, names in CHOSEN.items():
        for case in tables.get(function, SIGMOID):
            if case.name in names:
                extra = () if function == "linear_cross_entropy" else (function,)
                dtype = torch.bfloat16 if case.name == "everything" else torch.float32
                found.append(pytest.param(case.call(dtype, *extra), id=f"{function}-{case.name}"))
    return found


@pytest.mark.filterwarnings("ignore::DeprecationWarning:torch.*")
@pytest.mark.parametrize("call", calls())
def test_opcheck(call: Call) -> None:
    """Schema (which buffers are written, and none else), fake tensors and tracing with dynamic shapes are right."""
    with recorded() as operators:
        result(call, "ours", "mean")
        if call.function in ("cross_entropy", "linear_cross_entropy"):
            call.ours(return_stats=True)
    assert len(operators) >= 2
    for operator, arguments in operators:
        torch.library.opcheck(operator, arguments)


@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("name", NAMES)
def test_operators_return_nothing(name: str, direction: str) -> None:
    """An operator writes into the buffers that it is given: at least one of them, and returns nothing."""
    schema = getattr(torch.ops.crossent, f"{name}_{direction}").default._schema
    assert not schema.returns
    assert any(a.alias_info is not None and a.alias_info.is_write for a in schema.arguments)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_meta_tensors_run_nothing(dtype: torch.dtype) -> None:
    """On the meta device the functions give shapes and dtypes, forward and backward."""
    x = torch.empty(5, 4, 3, device="meta", dtype=dtype, requires_grad=True)
    y = torch.empty(5, 3, device="meta", dtype=torch.uint8)
    for function, target in (
        (X.cross_entropy, y),
        (X.nll_loss, y),
        (X.cross_entropy, torch.empty_like(x)),
        (X.binary_cross_entropy_with_logits, torch.empty_like(x)),
    ):
        for reduction, shape in (("mean", ()), ("none", x.shape if "binary" in function.__name__ else (5, 3))):
            loss = function(x, target, reduction=reduction)
            assert (loss.device.type, loss.dtype, loss.shape) == ("meta", dtype, shape)
            assert torch.autograd.grad(loss.sum(), x)[0].shape == x.shape
