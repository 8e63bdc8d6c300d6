"""All figures of all tasks, whatever the outputs look like: the report never crashes after the training (P23)."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk
from torch import Tensor

from crossent.train.evaluation.outputs import Outputs, PixelOutputs
from crossent.train.evaluation.scores import scores
from crossent.train.evaluation.worst import worst
from crossent.train.report.finish import assess, to_json
from crossent.train.report.summary import summary
from crossent.train.tasks.registry import task_class

NAMES = ("a", "b", "c", "d")


def outputs(name: str, logits: Tensor, targets: Tensor, classes: Sequence[str] = NAMES) -> Outputs:
    losses = torch.rand(len(logits), dtype=torch.float64)
    task = task_class(name)(("no", "yes") if name == "binary" else classes)
    return Outputs(task, logits, targets, losses, [f"row {n}" for n in range(len(logits))], 0.5)


def random_outputs(task: str, rows: int = 60) -> Outputs:
    generator = torch.Generator().manual_seed(0)
    logits = 2 * torch.randn(rows, 4, generator=generator)
    noisy = logits + 2 * torch.randn(rows, 4, generator=generator)
    if task == "multiclass":
        return outputs(task, logits, noisy.argmax(1))
    if task == "binary":
        return outputs(task, logits[:, 0], (noisy[:, 0] > 0).float())
    return outputs(task, logits, (noisy > 0).float())


def test_multiclass_is_scikit_learns() -> None:
    made = random_outputs("multiclass")
    found = scores(made)
    p = made.logits.double().softmax(1).numpy()
    assert found.figures["roc_auc"] == pytest.approx(sk.roc_auc_score(made.targets, p, multi_class="ovr"))
    onehot = torch.nn.functional.one_hot(made.targets, 4).numpy()
    assert found.figures["average_precision"] == pytest.approx(sk.average_precision_score(onehot, p))
    assert found.figures["balanced_accuracy"] == pytest.approx(sk.balanced_accuracy_score(made.targets, p.argmax(1)))
    assert found.figures["log_loss"] == pytest.approx(sk.log_loss(made.targets, p))
    assert found.confusion == sk.confusion_matrix(made.targets, p.argmax(1)).tolist()
    most = found.confused[0]
    assert found.confusion[NAMES.index(most.label)][NAMES.index(most.prediction)] == most.count
    assert most.count == max(n for r, row in enumerate(found.confusion) for c, n in enumerate(row) if r != c)
    assert (found.samples, found.counted, found.loss) == (60, 60, 0.5)


def test_top_5_is_told_from_ten_classes_on() -> None:
    logits = torch.arange(12.0).repeat(12, 1)
    found = scores(outputs("multiclass", logits, torch.arange(12), "abcdefghijkl"))
    assert found.figures["top_5_accuracy"] == pytest.approx(5 / 12)
    assert "top_5_accuracy" not in scores(random_outputs("multiclass")).figures


def test_binary_is_scikit_learns_and_follows_the_cut() -> None:
    made = random_outputs("binary")
    found = scores(made)
    truth, logits = made.targets.numpy(), made.logits.numpy()
    assert found.figures["f1"] == pytest.approx(sk.f1_score(truth, logits > 0))
    assert found.figures["roc_auc"] == pytest.approx(sk.roc_auc_score(truth, logits))
    assert found.classes[0].average_precision == pytest.approx(sk.average_precision_score(1 - truth, -logits))
    moved = scores(made, 1.5)
    assert moved.figures["f1"] == pytest.approx(sk.f1_score(truth, logits > 1.5))
    assert moved.figures["roc_auc"] == found.figures["roc_auc"]


def test_multilabel_is_scikit_learns_and_takes_a_cut_per_label() -> None:
    made = random_outputs("multilabel")
    found = scores(made)
    truth, p = made.targets.numpy(), made.logits.double().sigmoid().numpy()
    assert found.figures["micro_f1"] == pytest.approx(sk.f1_score(truth, p > 0.5, average="micro"))
    assert found.figures["macro_f1"] == pytest.approx(sk.f1_score(truth, p > 0.5, average="macro"))
    assert found.figures["exact_match"] == pytest.approx(sk.accuracy_score(truth, p > 0.5))
    assert found.figures["average_precision"] == pytest.approx(sk.average_precision_score(truth, p))
    assert found.confusion is None
    cuts = torch.tensor([0.5, -0.5, 1.0, 0.0], dtype=torch.float64)
    moved = scores(made, cuts)
    known = sk.f1_score(truth, made.logits.numpy() > cuts.numpy(), average=None)
    assert [line.f1 for line in moved.classes] == pytest.approx(known.tolist())


def test_absent_classes_nan_and_nothing_are_told() -> None:
    made = random_outputs("multiclass")
    made.targets[made.targets == 3] = 0
    made.logits[5, 2] = float("nan")
    found = scores(made)
    assert found.warnings == [
        "The model gave NaN for 1 of 60 samples: their predictions mean nothing. ROC-AUC, average precision and "
        "calibration leave them out.",
        "Without a sample here, so without a recall: d.",
    ]
    nothing = scores(outputs("multiclass", made.logits, torch.full((60,), -100)))
    assert nothing.warnings[-1] == "There is no label that counts: no figure can be computed."
    assert set(nothing.figures.values()) == {None}


def test_the_worst_are_wrong_and_ordered() -> None:
    made = random_outputs("multiclass")
    found = worst(made, count=5)
    assert [item.loss for item in found] == sorted((item.loss for item in found), reverse=True)
    wrong = made.logits.argmax(1) != made.targets
    highest = made.losses[wrong].max().item()
    assert found[0].loss == highest
    row = found[0].row
    assert (found[0].id, found[0].label) == (f"row {row}", NAMES[made.targets[row]])
    assert found[0].confidence == pytest.approx(made.logits[row].softmax(0).max().item(), rel=1e-5)
    several = worst(random_outputs("multilabel"), count=1)[0]
    assert set(several.label.split(" + ")) <= {*NAMES, ""}
    assert several.confidence is None


values = st.one_of(
    st.floats(-50, 50, width=32), st.sampled_from([float("nan"), float("inf"), float("-inf"), 0.0, 1e30, -1e30])
)


@st.composite
def any_outputs(draw: Any) -> Outputs | PixelOutputs:
    """Outputs of any task with few samples, in which classes, labels or numbers are missing."""
    task = draw(st.sampled_from(["multiclass", "binary", "multilabel", "segmentation"]))
    rows, classes = draw(st.integers(0, 4)), 2 if task == "binary" else draw(st.integers(1, 12))
    wide = () if task == "binary" else (classes,)
    count = rows * math.prod(wide)
    logits = torch.tensor(draw(st.lists(values, min_size=count, max_size=count))).reshape(rows, *wide)
    made = task_class(task)([f"class {n}" for n in range(classes)])
    losses = torch.tensor(draw(st.lists(values, min_size=rows, max_size=rows)), dtype=torch.float64)
    ids, loss = [f"row {n}" for n in range(rows)], draw(values)
    if task == "segmentation":
        cells = draw(st.lists(st.sampled_from([0, 0, 1, 7]), min_size=classes**2, max_size=classes**2))
        matrix = torch.tensor(cells).reshape(classes, classes)
        targets = torch.tensor(draw(st.lists(st.integers(0, classes - 1), min_size=rows, max_size=rows))).long()
        return PixelOutputs(made, matrix, losses, losses, losses, logits, targets, ids, loss)
    if task == "multiclass":
        kinds, count = st.sampled_from([-100, *range(classes)]), rows
    else:
        kinds, count = st.sampled_from([0.0, 1.0, float("nan")]), rows * (classes if task == "multilabel" else 1)
    targets = torch.tensor(draw(st.lists(kinds, min_size=count, max_size=count)))
    targets = targets.reshape(rows, classes) if task == "multilabel" else targets
    targets = targets.long() if task == "multiclass" else targets.float()
    return Outputs(made, logits, targets, losses, ids, loss)


@given(any_outputs())
@settings(max_examples=300, deadline=None)
def test_whatever_there_is_gives_figures_in_json_and_words(found: Outputs | PixelOutputs) -> None:
    names = found.task.classes
    report = assess(found.task, found, found)
    # Nothing had to be left out because of an error.
    assert not [warning for warning in report.warnings if "could not be made" in warning], report.warnings
    assert [line.name for line in report.scores.classes] == list(names)
    text = json.dumps(to_json(report), allow_nan=False)
    assert "nan" not in text.lower().replace("gave nan", "")
    assert summary(report, whole=True).count("\n") >= len(names)
