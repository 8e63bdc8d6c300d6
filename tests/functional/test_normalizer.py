"""The normaliser: what the mean divides by."""

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given

import crossent.functional as X

from ..backend import best as backend
from ..cases import INTEGERS
from ..values import labels
from .strategies import SETTINGS

__all__ = ["backend"]


@given(st.lists(st.integers(0, 3), max_size=12), st.booleans(), st.sampled_from([-100, 0, 2, 7]), st.integers(1, 3))
@SETTINGS
def test_is_the_weight_of_what_counts(classes: list[int], weighted: bool, mark: int, pieces: int) -> None:
    """Σ_i w[y_i] over the targets that count, in float64; over parts it adds up."""
    target, weight = torch.tensor(classes, dtype=torch.int64), [0.5, 0.0, 3.0, 1.0]
    given = {"weight": weight, "ignore_index": mark} if weighted else {"ignore_index": mark}
    result = X.normalizer(target, **given)
    assert result.dtype == torch.float64
    assert result == sum(weight[y] if weighted else 1.0 for y in classes if y != mark)
    assert sum(X.normalizer(part, **given) for part in target.tensor_split(pieces)) == result


@pytest.mark.parametrize("kind", INTEGERS)
def test_any_integer_dtype(kind: str) -> None:
    """The count does not depend on the dtype of the labels, nor on marks that the dtype cannot hold."""
    target = labels(2, (9,), kind, torch.Generator().manual_seed(0)).to(getattr(torch, kind))
    assert X.normalizer(target) == 9
    assert X.normalizer(target, ignore_index=255) == 9
    assert X.normalizer(target, [1.0, 4.0]) == 9 + 3 * int((target == 1).sum())


def test_bytes_that_a_mark_wraps_to_count() -> None:
    """−100 is 156 modulo 256, and 255 is −1: neither is ignored."""
    assert X.normalizer(torch.tensor([156, 1], dtype=torch.uint8)) == 2
    with pytest.raises(IndexError, match="Target -1 is out of bounds"):
        X.normalizer(torch.tensor([-1, 1], dtype=torch.int8), ignore_index=255, num_classes=3)


def test_counts_beyond_float32() -> None:
    """2²⁴ + 1 targets are not 2²⁴."""
    target = torch.zeros(1, dtype=torch.uint8).expand(2**24 + 1)
    assert X.normalizer(target) == 2**24 + 1


@pytest.mark.parametrize("zero", [0, 0.0, torch.tensor(0.0)], ids=["int", "float", "tensor"])
def test_a_step_without_any_valid_target_is_zero_if_asked(zero: float | torch.Tensor) -> None:
    """Every micro-batch of the step is empty, and so the normaliser of all of them is 0."""
    logits = torch.zeros(2, 3, requires_grad=True)
    target = torch.tensor([-100, -100])
    loss = X.cross_entropy(logits, target, normalizer=zero, on_empty="zero")
    loss.backward()
    assert loss == 0
    assert not logits.grad.any()
    assert X.cross_entropy(logits, target, normalizer=zero).isnan()
