"""The figures of the classes are scikit-learn's, and add up over batches."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn import metrics as sk

from crossent.train.evaluation.ranking import average_precision, roc_auc
from crossent.train.tasks import metrics
from crossent.train.tasks.metrics import Counts

NAMES = tuple("abcde")


def cases() -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Predictions and targets: all classes; d and e never there, e never predicted; only one class."""
    generator = torch.Generator().manual_seed(0)
    every = [torch.randint(0, 5, (200,), generator=generator) for _ in range(2)]
    some = [torch.randint(0, high, (50,), generator=generator) for high in (4, 3)]
    return [(every[0], every[1]), (some[0], some[1]), (torch.ones(7).long(), torch.ones(7).long())]


@pytest.mark.parametrize("case", range(3))
def test_classes_and_means_are_those_of_scikit_learn(case: int) -> None:
    prediction, target = cases()[case]
    counts = Counts.of_classes(prediction, target, torch.ones_like(target, dtype=torch.bool), 5)
    lines = metrics.class_metrics(counts, NAMES)
    known = sk.precision_recall_fscore_support(target, prediction, labels=range(5), zero_division=0)
    for name, values in zip(("precision", "recall", "f1", "support"), known, strict=True):
        assert [getattr(line, name) or 0 for line in lines] == pytest.approx(values.tolist())
    jaccard = sk.jaccard_score(target, prediction, labels=range(5), average=None, zero_division=0)
    assert [line.iou or 0 for line in lines] == pytest.approx(jaccard.tolist())
    for name, average in metrics.averages(lines).items():
        known = sk.precision_recall_fscore_support(target, prediction, average=name, zero_division=0)[:3]
        assert (average.precision, average.recall, average.f1) == pytest.approx(known)
    assert metrics.mean(line.recall for line in lines) == pytest.approx(
        np.mean(
            [
                value
                for value, there in zip(
                    *sk.precision_recall_fscore_support(target, prediction, labels=range(5), zero_division=0)[1::2],
                    strict=True,
                )
                if there
            ]
        )
    )
    matrix = metrics.confusion(prediction, target, torch.ones_like(target, dtype=torch.bool), 5)
    assert matrix.tolist() == sk.confusion_matrix(target, prediction, labels=range(5)).tolist()


def test_what_is_neither_there_nor_predicted_has_no_figures() -> None:
    counts = Counts.of_classes(torch.tensor([0, 1]), torch.tensor([0, 0]), torch.tensor([True, True]), 3)
    zero, one, two = metrics.class_metrics(counts, "abc")
    assert (zero.precision, zero.recall, one.recall, one.precision) == (1.0, 0.5, None, 0.0)
    assert (two.precision, two.recall, two.f1, two.iou, two.support) == (None, None, None, None, 0)


def test_counts_add_up_over_batches_and_leave_out_what_does_not_count() -> None:
    generator = torch.Generator().manual_seed(1)
    prediction, target = (torch.randint(0, 4, (23, 3, 2), generator=generator) for _ in range(2))
    real = torch.rand(23, 3, 2, generator=generator) > 0.3
    whole = Counts.of_classes(prediction[real], target[real], torch.ones_like(target[real], dtype=torch.bool), 4)
    # A target that does not count may be any number.
    target[~real] = 255
    parts = Counts.zeros(4)
    for rows in torch.arange(23).split(5):
        parts = parts + Counts.of_classes(prediction[rows], target[rows], real[rows], 4)
    assert parts.stack().tolist() == whole.stack().tolist()


def test_labels_are_counted_one_by_one() -> None:
    target = torch.tensor([[1, 0], [1, 1], [0, 1]]) == 1
    prediction = torch.tensor([[1, 1], [0, 1], [0, 1]]) == 1
    real = torch.tensor([[1, 0], [1, 1], [1, 1]]) == 1
    counts = Counts.of_labels(prediction, target, real)
    assert counts.stack().tolist() == [[1, 2], [1, 2], [2, 2], [3, 2]]


def test_ranking_is_defined_or_none() -> None:
    scores = torch.tensor([0.1, 0.9, 0.9, 0.3])
    truth = torch.tensor([False, True, False, True])
    assert roc_auc(scores, truth) == sk.roc_auc_score(truth, scores)
    assert average_precision(scores, truth) == sk.average_precision_score(truth, scores)
    assert roc_auc(scores, torch.ones(4, dtype=torch.bool)) is None
    assert average_precision(scores, torch.zeros(4, dtype=torch.bool)) is None
    assert roc_auc(torch.tensor([float("nan"), 1.0, 0.0]), torch.tensor([True, True, False])) == 1.0
    assert roc_auc(torch.tensor([float("-inf"), float("inf")]), torch.tensor([False, True])) == 1.0
    assert roc_auc(torch.zeros(0), torch.zeros(0, dtype=torch.bool)) is None
