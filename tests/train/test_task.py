"""One batch: sums that agree with the mean, and a batch without a label."""

from __future__ import annotations

import torch
from torch import nn

import xent
from xent.train.task import Classification


def classification(weight: torch.Tensor | None = None, label_smoothing: float = 0.0) -> Classification:
    torch.manual_seed(0)
    criterion = xent.CrossEntropyLoss(weight, reduction="sum", label_smoothing=label_smoothing, return_stats=True)
    return Classification(nn.Linear(4, 3), criterion)


def test_mean_is_the_mean_reduction_of_torch() -> None:
    weight = torch.tensor([1.0, 2.0, 3.0])
    task = classification(weight, label_smoothing=0.1)
    inputs, labels = torch.randn(5, 4), torch.tensor([0, 1, 2, -100, 1])
    expected = nn.functional.cross_entropy(task.model(inputs), labels, weight, label_smoothing=0.1)
    torch.testing.assert_close(task(inputs, labels).mean(), expected)


def test_counted_correct_and_prediction_are_per_image() -> None:
    task = Classification(nn.Identity(), xent.CrossEntropyLoss(reduction="sum", return_stats=True))
    step = task(torch.eye(3)[[0, 1, 2, 0]], torch.tensor([0, 2, -100, 0]))
    assert step.prediction.tolist() == [0, 1, 2, 0]
    assert step.counted.tolist() == [True, True, False, True]
    assert step.correct.tolist() == [True, False, False, True]


def test_a_batch_without_a_label_changes_nothing() -> None:
    task = classification()
    mean = task(torch.randn(2, 4), torch.tensor([-100, -100])).mean()
    mean.backward()
    assert mean.item() == 0
    assert all(torch.equal(p.grad, torch.zeros_like(p)) for p in task.model.parameters())
