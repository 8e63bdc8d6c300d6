"""The means of an epoch are those of the whole set, however it is cut into batches."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

import xent
from xent.train.meter import Means, Meter
from xent.train.task import Classification
from xent.train.task import OldStep as Step

CPU = torch.device("cpu")


def step_of(losses: torch.Tensor) -> Step:
    """A step with these losses, each of weight 1, nothing right."""
    wrong = torch.zeros(len(losses), dtype=torch.bool)
    return Step(losses.sum(), torch.tensor(float(len(losses))), ~wrong, wrong, wrong.long())


@pytest.mark.parametrize(
    ("batches", "mean_of_means", "mean"),
    [
        # S14: by the mean of batch means, B (0.5) looks better than A (1.2); A is better.
        ([torch.full((64,), 0.3), torch.full((64,), 0.3), torch.tensor([3.0])], 1.2, 0.320930),
        ([torch.full((64,), 0.5), torch.full((64,), 0.5), torch.tensor([0.5])], 0.5, 0.5),
    ],
    ids=["A", "B"],
)
def test_a_small_last_batch_weighs_by_its_size(batches: list[torch.Tensor], mean_of_means: float, mean: float) -> None:
    meter = Meter(CPU)
    for losses in batches:
        meter.add(step_of(losses))
    assert sum(losses.mean().item() for losses in batches) / len(batches) == pytest.approx(mean_of_means)
    assert meter.means().loss == pytest.approx(mean, abs=1e-6)


@pytest.mark.parametrize("batch_size", [1, 4, 10])
def test_class_weights_and_ignored_labels_count_over_the_whole_set(batch_size: int) -> None:
    torch.manual_seed(0)
    logits = torch.randn(10, 2)
    labels = torch.tensor([0] * 6 + [-100] * 2 + [1] * 2)
    weight = torch.tensor([1.0, 4.0])
    task = Classification(nn.Identity(), xent.CrossEntropyLoss(weight, reduction="sum", return_stats=True))
    meter = Meter(CPU)
    for start in range(0, 10, batch_size):
        meter.add(task(logits[start : start + batch_size], labels[start : start + batch_size]))
    whole = nn.functional.cross_entropy(logits.double(), labels, weight.double()).item()
    right = (logits.argmax(1) == labels).sum().item()
    assert meter.means().loss == pytest.approx(whole, rel=1e-6)
    assert meter.means().accuracy == right / 8


def test_the_meter_keeps_no_graph() -> None:
    losses = torch.ones(3, requires_grad=True)
    meter = Meter(CPU)
    meter.add(step_of(losses))
    assert not meter._sums.requires_grad


def test_nothing_counted_is_nan() -> None:
    means = Meter(CPU).means()
    assert isinstance(means, Means)
    assert math.isnan(means.loss)
    assert math.isnan(means.accuracy)
