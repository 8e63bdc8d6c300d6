"""A case's tensors are what its name says, and its two losses are the same function of them."""

from __future__ import annotations

import pytest
import torch

from crossent.bench.cases import Case, linear, logprobs, sigmoid, softmax
from crossent.bench.check import check
from crossent.bench.problem import build, step

CASES = [
    softmax((6, 5)),
    softmax((6, 5), "bfloat16"),
    softmax((6, 5), "float16"),
    softmax((6, 5), "float64"),
    softmax((6, 5), probabilities=True),
    softmax((6, 5), smoothing=0.1, weighted=True),
    softmax((2, 3, 4, 4), channels_last=True),
    sigmoid((6, 5)),
    sigmoid((6, 5), "bfloat16", weighted=True),
    linear((6, 4, 5)),
    softmax((6, 5), sampled=True, temperature=0.7),
    logprobs((6, 5)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.operator} {case.name}")
def test_a_case_becomes_what_its_name_says(case: Case) -> None:
    problem = build(case)
    first = problem.tensors[0]
    assert first.shape == case.shape[: first.dim()]
    assert first.dtype == getattr(torch, case.dtype)
    assert first.requires_grad
    assert first.is_contiguous() != case.channels_last
    # Refuses what is not torch's.
    check(problem)


def test_the_numbers_are_the_same_each_time() -> None:
    for one, other in zip(build(CASES[0]).tensors, build(CASES[0]).tensors, strict=True):
        assert torch.equal(one, other)


def test_a_step_returns_the_gradients_that_were_asked_for() -> None:
    problem = build(linear((6, 4, 5)))
    features, head = step(problem.loss("crossent"), problem.tensors)
    assert (features.shape, head.shape) == ((6, 4), (5, 4))


def test_narrow_tensors_are_widened_and_wide_ones_stay() -> None:
    narrow, wide = build(softmax((6, 5), "bfloat16", weighted=True)), build(softmax((6, 5)))
    assert narrow.widened().tensors[0].dtype == torch.float32
    assert narrow.widened().tensors[0].requires_grad
    assert narrow.widened().options["weight"].dtype == torch.float32
    assert wide.widened().tensors[0] is wide.tensors[0]
