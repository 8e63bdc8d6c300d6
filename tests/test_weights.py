"""class_weights, pos_weights and the normaliser against their definitions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

import crossent

LABELS = [0, 0, 0, 0, 1, 1, 2, 0]


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=200))
def test_balanced_is_scikit_learns(labels: list[int]) -> None:
    classes = np.unique(labels)
    dense = [int(np.searchsorted(classes, label)) for label in labels]
    expected = compute_class_weight("balanced", classes=np.arange(len(classes)), y=np.array(dense))
    torch.testing.assert_close(crossent.class_weights(dense), torch.tensor(expected, dtype=torch.float32))


def test_balanced_gives_every_class_the_same_share() -> None:
    weights = crossent.class_weights(LABELS)
    shares = [weights[c].item() * LABELS.count(c) for c in range(3)]
    assert shares == pytest.approx([8 / 3] * 3)


def test_inverse_and_effective_have_mean_one_and_their_ratios() -> None:
    inverse = crossent.class_weights(LABELS, method="inverse")
    assert inverse.mean().item() == pytest.approx(1)
    assert (inverse[2] / inverse[0]).item() == pytest.approx(5)
    effective = crossent.class_weights(LABELS, method="effective", beta=0.9)
    assert effective.mean().item() == pytest.approx(1)
    assert (effective[2] / effective[0]).item() == pytest.approx((1 - 0.9**5) / (1 - 0.9))


@pytest.mark.parametrize("method", ["balanced", "inverse", "effective"])
def test_a_class_without_samples_weighs_nothing(method: str) -> None:
    weights = crossent.class_weights([0, 0, 2], num_classes=4, method=method)
    assert weights[1] == weights[3] == 0
    assert weights.isfinite().all()


@pytest.mark.parametrize(
    "labels",
    [
        LABELS,
        np.array(LABELS),
        torch.tensor(LABELS, dtype=torch.uint8),
        torch.tensor([*LABELS, -100, -1]),
        torch.tensor(LABELS).view(2, 4),
        torch.tensor(LABELS, dtype=torch.float32),
    ],
    ids=["list", "array", "uint8", "with ignored", "masks", "whole floats"],
)
def test_labels_as_users_have_them(labels: Any) -> None:
    assert torch.equal(crossent.class_weights(labels), crossent.class_weights(LABELS))


def test_void_does_not_count() -> None:
    masks = torch.tensor([[0, 0, 1], [255, 255, 2]], dtype=torch.uint8)
    assert torch.equal(crossent.class_weights(masks, ignore_index=255), crossent.class_weights([0, 0, 1, 2]))
    with pytest.raises(ValueError, match="255 usually marks void: pass ignore_index=255"):
        crossent.class_weights(masks, num_classes=3)


def test_fractions_are_no_labels() -> None:
    with pytest.raises(ValueError, match="labels must be class indices"):
        crossent.class_weights([0.5, 1.0])


def test_pos_weights_are_negatives_over_positives() -> None:
    matrix = torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, torch.nan, 1.0], [0.0, -1.0, 1.0]])
    assert crossent.pos_weights(matrix).tolist() == [3.0, 1.0, pytest.approx(1 / 3)]
    assert crossent.pos_weights([True, False, False]).item() == 2.0
    masks = torch.zeros(2, 3, 4, 4, dtype=torch.bool)
    masks[:, 1, :2] = True
    assert crossent.pos_weights(masks).tolist() == [1.0, 1.0, 1.0]
    masks[:, 1, 1:] = False
    assert crossent.pos_weights(masks).tolist() == [1.0, 3.0, 1.0]


def test_pos_weights_balance_the_loss() -> None:
    target = torch.tensor([[1], [0], [0], [0], [0]])
    loss = crossent.BCEWithLogitsLoss(pos_weight=crossent.pos_weights(target), reduction="none")(
        torch.zeros(5, 1), target
    )
    assert loss[0].item() == pytest.approx(loss[1:].sum().item())


def test_normalizer_is_the_denominator_of_the_mean() -> None:
    target, weight = torch.tensor([0, 1, -100, 2, 1]), [1.0, 4.0, 0.5]
    assert crossent.functional.normalizer(target).item() == 4
    assert crossent.functional.normalizer(target, weight).item() == 9.5
    void = torch.tensor([0, 255, 2], dtype=torch.uint8)
    assert crossent.functional.normalizer(void, weight, ignore_index=255).item() == 1.5
    logits = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    mean = crossent.functional.cross_entropy(logits, target, weight)
    total = crossent.functional.cross_entropy(logits, target, weight, reduction="sum")
    torch.testing.assert_close(total / crossent.functional.normalizer(target, weight), mean.double())


def test_normalizer_checks_the_labels() -> None:
    with pytest.raises(IndexError, match="Target 3 is out of bounds: the input has 3 classes"):
        crossent.functional.normalizer(torch.tensor([0, 3]), num_classes=3)
    with pytest.raises(RuntimeError, match=r"weight must have the shape \(2,\), got \(3,\)"):
        crossent.functional.normalizer(torch.tensor([0, 1]), [1.0, 2.0, 3.0], num_classes=2)


def test_normalizer_is_summed_over_a_group(tmp_path: Any) -> None:
    torch.distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/store", rank=0, world_size=1)
    try:
        total = crossent.functional.normalizer(torch.tensor([0, 1]), group=torch.distributed.group.WORLD)
    finally:
        torch.distributed.destroy_process_group()
    assert total.item() == 2
