"""The one place that says which of ours answers for which of torch's."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pytest
import torch

import crossent

from ..backend import BOTH


@dataclass(frozen=True)
class Subject:
    """A function or module class of ours beside torch's; `torch` is None where this torch lacks it."""

    ours: Callable[..., Any]
    torch: Callable[..., Any] | None


def _function(name: str) -> Subject:
    return Subject(getattr(crossent.functional, name), getattr(torch.nn.functional, name, None))


def _module(name: str) -> Subject:
    return Subject(getattr(crossent, name), getattr(torch.nn, name, None))


FUNCTIONS = {
    "nn.functional.cross_entropy": _function("cross_entropy"),
    "nn.functional.nll_loss": _function("nll_loss"),
    # OpInfo lists torch.log_softmax; nn.functional's is the one with a counterpart here, and takes the same samples.
    "log_softmax": _function("log_softmax"),
    "log_softmax.with_dtype": _function("log_softmax"),
    "nn.functional.binary_cross_entropy": _function("binary_cross_entropy"),
    "nn.functional.binary_cross_entropy_with_logits": _function("binary_cross_entropy_with_logits"),
    "nn.functional.linear_cross_entropy": _function("linear_cross_entropy"),
    "nn.functional.linear_cross_entropy.chunked": _function("linear_cross_entropy"),
    "nn.functional.linear_cross_entropy.chunked_none": _function("linear_cross_entropy"),
}
MODULES = {
    name: _module(name)
    for name in (
        "CrossEntropyLoss",
        "NLLLoss",
        "LogSoftmax",
        "BCELoss",
        "BCEWithLogitsLoss",
        "LinearCrossEntropyLoss",
    )
}
SUBJECTS = FUNCTIONS | MODULES


def over(names: Iterable[str]) -> Any:
    """Run a test for each of these, once per path that computes it (conftest.py).

    The products of matrices around a linear cross entropy, and log_softmax, have one path.
    """
    return pytest.mark.parametrize(
        ("name", "path"),
        [
            pytest.param(name, path, id=name if path == "users" else f"{name}-{path}")
            for name in names
            for path in ("users", *(() if "linear" in name.lower() or "softmax" in name.lower() else BOTH))
        ],
        indirect=["path"],
    )
