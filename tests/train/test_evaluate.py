"""Evaluation equals the whole-set computation, leaves the model's modes alone, and reports every class."""

from __future__ import annotations

import pytest
import torch
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support
from torch import nn

import xent
from xent.train.data.labelled import LabelledImages
from xent.train.evaluate import class_figures, eval_mode, evaluate
from xent.train.task import Classification

CLASSES = ("a", "b", "c", "d")


def task_and_data(labels: torch.Tensor) -> tuple[Classification, LabelledImages]:
    """A model with dropout and batch norm, which in train mode would give other numbers."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
    criterion = xent.CrossEntropyLoss(reduction="sum", return_stats=True)
    return Classification(model, criterion), LabelledImages(torch.randn(len(labels), 1, 2, 2), labels, CLASSES)


@pytest.mark.parametrize("batch_size", [1, 7, 64])
def test_evaluation_is_that_of_the_whole_set(batch_size: int) -> None:
    # Class d never occurs; 20 is not a multiple of 7.
    task, data = task_and_data(torch.arange(20) % 3)
    result = evaluate(task, data, batch_size)
    with eval_mode(task.model), torch.no_grad():
        logits = task.model(data.images)
    prediction = logits.argmax(1)
    assert result.loss == pytest.approx(nn.functional.cross_entropy(logits, data.labels).item(), rel=1e-6)
    assert result.confusion == confusion_matrix(data.labels, prediction, labels=range(4)).tolist()
    assert result.accuracy == (prediction == data.labels).double().mean().item()
    assert (result.correct, result.samples) == ((prediction == data.labels).sum().item(), 20)


def test_labels_that_do_not_count_are_in_no_figure() -> None:
    task, data = task_and_data(torch.tensor([0, 1, -100, 2]))
    kept, _ = task_and_data(torch.tensor([0, 1, 2]))
    result, without = evaluate(task, data, 2), evaluate(kept, data.take(torch.tensor([0, 1, 3])), 3)
    assert result.samples == 3
    assert result.loss == pytest.approx(without.loss, rel=1e-6)
    assert (result.accuracy, result.confusion) == (without.accuracy, without.confusion)


def test_modes_are_put_back_one_by_one() -> None:
    # S10: after a validation the copied templates train on in eval mode.
    task, data = task_and_data(torch.arange(4))
    frozen = task.model[2].eval()
    evaluate(task, data, 4)
    assert task.model.training
    assert task.model[3].training
    assert not frozen.training
    assert frozen.num_batches_tracked == 0


def test_modes_are_put_back_after_an_error() -> None:
    model = nn.Sequential(nn.Dropout())
    seen = []

    def fail() -> None:
        with eval_mode(model):
            seen.append(model[0].training)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert seen == [False]
    assert model.training
    assert model[0].training


def test_class_figures_are_those_of_sklearn() -> None:
    generator = torch.Generator().manual_seed(0)
    labels, prediction = (torch.randint(0, 4, (200,), generator=generator) for _ in range(2))
    figures = class_figures(confusion_matrix(labels, prediction).tolist(), CLASSES)
    ours = [(f.precision, f.recall, f.f1, f.support) for f in figures]
    theirs = list(zip(*precision_recall_fscore_support(labels, prediction), strict=True))
    assert ours == [pytest.approx(row) for row in theirs]


def test_every_class_is_reported_and_0_over_0_is_none() -> None:
    # a: half found. b: never occurs, once predicted. c: neither. d: occurs, never predicted.
    confusion = [[1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]]
    figures = [(f.name, f.precision, f.recall, f.f1, f.support) for f in class_figures(confusion, CLASSES)]
    assert figures == [
        ("a", 0.5, 0.5, 0.5, 2),
        ("b", 0.0, None, 0.0, 0),
        ("c", None, None, None, 0),
        ("d", None, 0.0, 0.0, 1),
    ]
