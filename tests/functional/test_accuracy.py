"""Every named instance at every dtype: loss and gradients obey the accuracy rule, and look as torch's do."""

from typing import Any

import pytest
import torch

from ..cases import DTYPES, SIGMOID, SOFTMAX, Sigmoid, Softmax
from .check import check_accuracy

# What NLL takes of the table: class indices, and no option that only the cross entropy has.
NLL = [
    case
    for case in SOFTMAX
    if case.by_index and set(case.options) <= {"ignore_index", "on_empty", "normalizer"} and case.logits != "masked"
]
WITH_LOGITS, PROBABILITIES = "binary_cross_entropy_with_logits", "binary_cross_entropy"


def over(cases: list[Any]) -> Any:
    """Each case at each dtype that holds its values, named."""
    return pytest.mark.parametrize(
        ("case", "dtype"),
        [
            pytest.param(case, dtype, id=f"{case.name}-{str(dtype).removeprefix('torch.')}")
            for case in cases
            for dtype in DTYPES
            if case.fits(dtype)
        ],
    )


@over(SOFTMAX)
def test_cross_entropy(case: Softmax, dtype: torch.dtype) -> None:
    """Softmax cross entropy of every instance is as near to the truth as the rule asks."""
    check_accuracy(case.call(dtype))


@over(NLL)
def test_nll_loss(case: Softmax, dtype: torch.dtype) -> None:
    """The negative log likelihood likewise."""
    check_accuracy(case.call(dtype, "nll_loss"))


@over([case for case in SIGMOID if case.values != "edges"])
def test_binary_cross_entropy_with_logits(case: Sigmoid, dtype: torch.dtype) -> None:
    """Binary cross entropy of scores likewise."""
    check_accuracy(case.call(dtype, WITH_LOGITS))


@over([case for case in SIGMOID if case.values in ("normal", "edges")])
def test_binary_cross_entropy(case: Sigmoid, dtype: torch.dtype) -> None:
    """Binary cross entropy of probabilities likewise."""
    check_accuracy(case.call(dtype, PROBABILITIES))
