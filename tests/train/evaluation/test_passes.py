"""A pass over a data set equals the computation on the whole set, whatever the batches and the ranks."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
import torch
from sklearn import metrics as sk
from torch import Tensor, nn

from crossent.train.config.groups import LossConfig
from crossent.train.data.dataset import Dataset
from crossent.train.data.inputs import TensorInputs
from crossent.train.evaluation.outputs import Outputs, PixelOutputs
from crossent.train.evaluation.passes import collect, eval_mode, quick
from crossent.train.runtime.distributed import World
from crossent.train.tasks.base import Task
from crossent.train.tasks.registry import task_class

CLASSES = {"multiclass": "abcd", "binary": "ny", "multilabel": "abc", "segmentation": "abc"}
ROWS = 23


def material(task: str) -> tuple[Task, nn.Module, Dataset]:
    """A model with dropout and batch norm, which in training gives other numbers; some targets do not count."""
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    classes = tuple(CLASSES[task])
    outputs = 1 if task == "binary" else len(classes)
    if task == "segmentation":
        inputs = torch.randn(ROWS, 2, 5, 6, generator=generator)
        targets = torch.randint(0, 3, (ROWS, 5, 6), generator=generator)
        targets[:, 0], targets[3] = 255, 255
        model: nn.Module = nn.Sequential(nn.Conv2d(2, outputs, 1), nn.BatchNorm2d(outputs), nn.Dropout(0.5))
        return task_class(task)(classes, ignore_index=255), model, dataset(inputs, targets)
    inputs = torch.randn(ROWS, 5, generator=generator)
    if task == "multiclass":
        # d never occurs.
        targets = torch.randint(0, 3, (ROWS,), generator=generator)
        targets[7] = -100
    elif task == "binary":
        targets = torch.randint(0, 2, (ROWS,), generator=generator).float()
        targets[7] = float("nan")
    else:
        targets = torch.randint(0, 2, (ROWS, 3), generator=generator).float()
        targets[7], targets[8, 1] = float("nan"), float("nan")
    model = nn.Sequential(nn.Linear(5, outputs), nn.BatchNorm1d(outputs), nn.Dropout(0.5))
    weight = torch.tensor([1.0, 4.0, 2.0, 1.0]) if task == "multiclass" else None
    made = task_class(task)(classes, LossConfig(label_smoothing=0.1), weight=weight)
    return made, model, dataset(inputs, targets)


def dataset(inputs: Tensor, targets: Tensor) -> Dataset:
    return Dataset(TensorInputs(inputs), targets, [f"row {row}" for row in range(len(inputs))])


def whole(task: Task, model: nn.Module, data: Dataset) -> tuple[Tensor, Tensor, float]:
    """Logits, targets and loss of the whole set at once."""
    inputs, targets = data.batch(torch.arange(len(data)))
    with eval_mode(model), torch.no_grad():
        logits = task.logits(model, inputs)
        step = task.step(logits, targets)
    return logits, targets, step.loss.item() / float(step.weight)


@pytest.mark.parametrize("task_name", CLASSES)
@pytest.mark.parametrize("batch_size", [1, 7, 64])
def test_a_pass_is_the_whole_set(task_name: str, batch_size: int) -> None:
    task, model, data = material(task_name)
    logits, targets, loss = whole(task, model, data)
    found = quick(task, model, data, batch_size)
    assert found.loss == pytest.approx(loss, rel=1e-5)
    assert tuple(found.metrics) == task.metrics
    kept = collect(task, model, data, batch_size)
    assert kept.loss == pytest.approx(loss, rel=1e-5)
    assert list(kept.ids) == list(data.ids)
    if isinstance(kept, Outputs):
        assert torch.allclose(kept.logits, logits, atol=1e-6)
        assert torch.equal(kept.targets.nan_to_num(9), targets.nan_to_num(9))
        assert kept.losses.isnan().nonzero().tolist() == [[7]]


def test_the_figures_are_those_of_scikit_learn() -> None:
    task, model, data = material("multiclass")
    logits, targets, _ = whole(task, model, data)
    real = targets >= 0
    found = quick(task, model, data, 7).metrics
    truth, prediction = targets[real], logits.argmax(1)[real]
    assert found["accuracy"] == pytest.approx(sk.accuracy_score(truth, prediction))
    assert found["macro_f1"] == pytest.approx(sk.f1_score(truth, prediction, average="macro"))
    task, model, data = material("binary")
    logits, targets, _ = whole(task, model, data)
    real = ~targets.isnan()
    found = quick(task, model, data, 7).metrics
    truth, scores = targets[real].numpy(), logits[real].numpy()
    assert found["f1"] == pytest.approx(sk.f1_score(truth, scores > 0))
    assert found["roc_auc"] == pytest.approx(sk.roc_auc_score(truth, scores))
    assert found["average_precision"] == pytest.approx(sk.average_precision_score(truth, scores))
    task, model, data = material("multilabel")
    logits, targets, _ = whole(task, model, data)
    real = ~targets.isnan()
    found = quick(task, model, data, 7).metrics
    assert found["accuracy"] == pytest.approx(((logits > 0) == (targets == 1))[real].float().mean().item())
    right = (((logits > 0) == (targets == 1)) | ~real).all(1)[real.any(1)]
    assert found["exact_match"] == pytest.approx(right.float().mean().item())


def test_segmentation_sums_pixels_of_all_images() -> None:
    task, model, data = material("segmentation")
    logits, targets, _ = whole(task, model, data)
    real = targets != 255
    truth, prediction = targets[real], logits.argmax(1)[real]
    found = quick(task, model, data, 7).metrics
    assert found["pixel_accuracy"] == pytest.approx(sk.accuracy_score(truth, prediction))
    assert found["miou"] == pytest.approx(sk.jaccard_score(truth, prediction, average="macro"))
    assert found["dice"] == pytest.approx(sk.f1_score(truth, prediction, average="macro"))
    kept = collect(task, model, data, 7)
    assert isinstance(kept, PixelOutputs)
    assert kept.confusion.tolist() == sk.confusion_matrix(truth, prediction).tolist()
    # The image without a pixel that counts has no figures of its own.
    assert kept.losses.isnan().nonzero().tolist() == kept.ious.isnan().nonzero().tolist() == [[3]]
    image = torch.nn.functional.cross_entropy(logits[:1], targets[:1], ignore_index=255)
    assert kept.losses[0].item() == pytest.approx(image.item(), rel=1e-5)
    # Sampled pixels are pixels of the data, with their targets.
    assert len(kept.targets) == len(kept.logits) > 1000
    assert (kept.targets < 3).all()
    share = (kept.targets == 1).double().mean()
    assert share == pytest.approx((truth == 1).double().mean().item(), abs=0.05)


class Ranks:
    """Several ranks as threads of this process."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.barrier = threading.Barrier(size)
        self.slots: list[Any] = [None] * size

    def __call__(self, work: Callable[[World], Any]) -> list[Any]:
        results: list[Any] = [None] * self.size

        def one(rank: int) -> None:
            results[rank] = work(_Rank(rank, self.size, ranks=self))

        threads = [threading.Thread(target=one, args=(rank,)) for rank in range(self.size)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        return results


class _Rank(World):
    def __init__(self, rank: int, size: int, ranks: Ranks) -> None:
        super().__init__(rank, size)
        object.__setattr__(self, "ranks", ranks)

    def sum(self, values: Tensor) -> Tensor:
        ranks: Ranks = self.ranks  # type: ignore[attr-defined]
        ranks.slots[self.rank] = values
        ranks.barrier.wait(60)
        total = torch.stack(list(ranks.slots)).sum(0).to(values.dtype)
        ranks.barrier.wait(60)
        return total


@pytest.mark.parametrize("task_name", CLASSES)
@pytest.mark.parametrize("ranks", [2, 3])
def test_ranks_together_see_every_sample_once(task_name: str, ranks: int) -> None:
    # 23 rows in batches of 4 on 3 ranks: in the last batch one rank has no row of its own.
    task, model, data = material(task_name)
    alone, kept = quick(task, model, data, 4), collect(task, model, data, 4)
    for found in Ranks(ranks)(lambda world: quick(task, deepcopy(model), data, 4, world)):
        assert found.loss == pytest.approx(alone.loss, rel=1e-6)
        assert found.metrics == pytest.approx(alone.metrics, rel=1e-6)
    for found in Ranks(ranks)(lambda world: collect(task, deepcopy(model), data, 4, world)):
        assert found.loss == pytest.approx(kept.loss, rel=1e-6)
        for name in ("logits", "targets", "losses", "confusion", "ious"):
            if hasattr(kept, name):
                assert torch.allclose(
                    getattr(found, name).double(), getattr(kept, name).double(), equal_nan=True, atol=1e-6
                )


def test_ranks_without_any_row_take_part() -> None:
    task, model, data = material("multilabel")
    data = data.take(torch.arange(1))
    for found in Ranks(3)(lambda world: collect(task, deepcopy(model), data, 4, world)):
        assert found.logits.shape == (1, 3)


@pytest.mark.parametrize("task_name", CLASSES)
def test_nothing_to_measure_is_nan(task_name: str) -> None:
    task, model, data = material(task_name)
    empty = data.take(torch.zeros(0, dtype=torch.int64))
    found = quick(task, model, empty, 4)
    assert math.isnan(found.loss)
    assert all(math.isnan(value) for value in found.metrics.values())
    kept = collect(task, model, empty, 4)
    assert math.isnan(kept.loss)
    assert len(kept.losses) == 0


def test_data_without_labels_have_logits_alone() -> None:
    task, model, data = material("multiclass")
    kept = collect(task, model, replace(data, targets=None), 7)
    assert (kept.targets, kept.losses) == (None, None)
    assert kept.logits.shape == (ROWS, 4)


def test_every_module_gets_its_own_mode_back() -> None:
    task, model, data = material("multiclass")
    model.train()
    model[1].eval()
    quick(task, model, data, 7)
    assert [module.training for module in model] == [True, False, True]
    assert torch.is_grad_enabled()


def test_the_surprise_ignores_weights_and_smoothing() -> None:
    task, model, data = material("multiclass")
    kept = collect(task, model, data, 7)
    known = torch.nn.functional.cross_entropy(kept.logits, kept.targets, reduction="none")
    _, real = kept.labelled()
    assert torch.allclose(kept.losses[real].float(), known[real], atol=1e-6)
    assert kept.loss != pytest.approx(known[real].mean().item(), rel=1e-3)
