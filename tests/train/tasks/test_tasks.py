"""The four tasks: their sums are those of torch's losses, whatever the settings; what does not count is left out."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from crossent.train.config.groups import LossConfig
from crossent.train.config.rules import SettingError
from crossent.train.data.dataset import Dataset
from crossent.train.data.inputs import TensorInputs
from crossent.train.data.schema import Schema
from crossent.train.fitting.objective import make_task
from crossent.train.tasks.base import Task
from crossent.train.tasks.registry import task_class

NAMES = ("a", "b", "c")


def material(name: str) -> tuple[Tensor, Tensor]:
    """Logits and targets of a task, with targets that do not count."""
    generator = torch.Generator().manual_seed(0)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64, requires_grad=True)

    if name == "multiclass":
        return draw(6, 3), torch.tensor([0, 1, 2, 2, -1, 0])
    if name == "segmentation":
        return draw(2, 3, 2, 2), torch.tensor([[[0, 1], [2, 255]], [[2, 2], [255, 0]]], dtype=torch.uint8)
    if name == "binary":
        return draw(5), torch.tensor([0.0, 1.0, 1.0, float("nan"), 0.0])
    return draw(3, 3), torch.tensor([[0, 1, 1], [1, 255, 0], [0, 0, 0]], dtype=torch.uint8)


IGNORED = {"multiclass": -1, "segmentation": 255, "binary": None, "multilabel": None}


def task_of(name: str, weight: Any = None, pos_weight: Any = None, **loss: Any) -> Task:
    classes = NAMES[:2] if name == "binary" else NAMES
    made = task_class(name)(classes, LossConfig(**loss), ignore_index=IGNORED[name])
    made.weight = None if weight is None else torch.tensor(weight)
    made.pos_weight = None if pos_weight is None else torch.tensor(pos_weight)
    return made


def expected(name: str, logits: Tensor, targets: Tensor, task: Task) -> tuple[Tensor, float]:
    """Σ loss and Σ weight, sample by sample in plain torch."""
    loss, total = torch.zeros((), dtype=torch.float64), 0.0
    if not task.yes_no:
        rows = logits.movedim(1, -1).reshape(-1, 3)
        for row, target in zip(rows, targets.reshape(-1).tolist(), strict=True):
            if target == task.ignore_index:
                continue
            weight = 1.0 if task.weight is None else float(task.weight[target])
            hard, even = -row.log_softmax(0)[target], -row.log_softmax(0).mean()
            focal = (1 - row.softmax(0)[target]) ** task.settings.gamma
            share = task.settings.label_smoothing
            loss = loss + focal * weight * ((1 - share) * hard + share * even)
            total += weight
        return loss, total
    for index, target in enumerate(targets.reshape(-1).tolist()):
        if target not in (0, 1):
            continue
        score = logits.reshape(-1)[index]
        label = index % 3 if name == "multilabel" else int(target)
        weight = 1.0 if task.weight is None else float(task.weight[label])
        positive = 1.0
        if task.pos_weight is not None:
            positive = float(task.pos_weight[label] if task.pos_weight.dim() else task.pos_weight)
        soft = target * (1 - task.settings.label_smoothing) + task.settings.label_smoothing / 2
        both = -(positive * soft * F.logsigmoid(score) + (1 - soft) * F.logsigmoid(-score))
        right = torch.sigmoid(score if target else -score)
        loss = loss + (1 - right) ** task.settings.gamma * weight * both
        total += weight
    return loss, total


@pytest.mark.parametrize("name", ["multiclass", "segmentation", "binary", "multilabel"])
def test_models_are_averaged_by_their_probabilities(name: str) -> None:
    task, (logits, _) = task_of(name), material(name)
    several = torch.stack([logits, -2 * logits, logits + 1.5, logits * 40]).detach()
    together = task.probabilities(task.averaged(several))
    torch.testing.assert_close(together, torch.stack([task.probabilities(each) for each in several]).mean(0))


@pytest.mark.parametrize("name", ["multiclass", "segmentation", "binary", "multilabel"])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"weight": (1.0, 3.0, 0.5)},
        {"label_smoothing": 0.2},
        {"gamma": 2.0},
        {"gamma": 0.5, "weight": (1.0, 3.0, 0.5), "label_smoothing": 0.1},
        {"pos_weight": (2.0, 1.0, 4.0)},
    ],
)
def test_the_sums_and_their_gradient(name: str, settings: dict[str, Any]) -> None:
    logits, targets = material(name)
    if "pos_weight" in settings and name in ("multiclass", "segmentation"):
        return
    if name == "binary":
        settings = {key: value[:2] if key == "weight" else value for key, value in settings.items()}
        settings = {key: value[0] if key == "pos_weight" else value for key, value in settings.items()}
    task = task_of(name, **settings)
    step = task.step(logits, targets)
    loss, weight = expected(name, logits, targets, task)
    torch.testing.assert_close(step.loss.double(), loss, rtol=1e-6, atol=1e-6)
    assert float(step.weight) == pytest.approx(weight)
    assert float(task.valid_weight(targets)) == pytest.approx(weight)
    ours, theirs = (torch.autograd.grad(value, logits, retain_graph=True)[0] for value in (step.loss, loss))
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)
    each = task.loss(logits, targets, "none")
    assert each.shape == targets.shape
    torch.testing.assert_close(each.sum().double(), loss, rtol=1e-6, atol=1e-6)
    # A sample of weight 3 is three samples, and one of weight 0 is none.
    times = torch.arange(len(targets)) % 4
    weighed = task.step(logits, targets, times.float())
    repeated = task.step(logits.repeat_interleave(times, 0), targets.repeat_interleave(times, 0))
    torch.testing.assert_close(weighed.loss, repeated.loss, rtol=1e-6, atol=1e-6)
    assert float(weighed.weight) == pytest.approx(float(repeated.weight))
    ours, theirs = (torch.autograd.grad(step.loss, logits, retain_graph=True)[0] for step in (weighed, repeated))
    torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-6)
    # A step of NaN logits where nothing counts is no NaN.
    assert not step.logits.requires_grad


@pytest.mark.parametrize(
    ("name", "logits", "targets", "hits", "of"),
    [
        ("multiclass", [[2.0, 0, 0], [2.0, 0, 0], [0, 0, 2.0]], [0, 1, -1], 1, 2),
        ("binary", [1.0, -1.0, 1.0, -1.0], [1.0, 1.0, float("nan"), 0.0], 2, 3),
        # tp 1, fp 1, fn 1; one label is missing.
        ("multilabel", [[1.0, 1.0, -1.0], [-1.0, 1.0, -1.0]], [[1, 0, 1], [0, 255, 0]], 2, 4),
    ],
)
def test_hits_are_of_what_counts(name: str, logits: Any, targets: Any, hits: int, of: int) -> None:
    found = task_of(name).hits(torch.tensor(logits), torch.tensor(targets))
    assert tuple(map(float, found)) == (hits, of)


@pytest.mark.parametrize("shape", [(4,), (4, 1), (4, 2)])
def test_a_binary_model_may_have_one_output_or_two(shape: tuple[int, ...]) -> None:
    class Fixed(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x

    raw = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    logits = task_of("binary").logits(Fixed(), raw)
    assert logits.shape == (4,)
    if shape == (4, 2):
        torch.testing.assert_close(logits.sigmoid(), raw.softmax(1)[:, 1])


@pytest.mark.parametrize(
    ("name", "shape", "message"),
    [
        ("multiclass", (2, 4), r"gives \(2, 4\), but a multiclass task of 3 classes needs logits of .* \(N, 3\);"),
        ("segmentation", (2, 4, 3), r"needs logits of the shape \(N, 3, H, W\); give its last layer 3 outputs"),
        ("binary", (2, 3), r"gives \(2, 3\), but a binary task needs logits of the shape \(N,\), \(N, 1\) or \(N, 2\)"),
    ],
)  # fmt: skip
def test_logits_of_another_shape_are_refused(name: str, shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        task_of(name).logits(nn.Identity(), torch.zeros(shape))


def dataset(targets: Tensor) -> Dataset:
    return Dataset(TensorInputs(torch.zeros(len(targets), 2)), targets, [str(row) for row in range(len(targets))])


def made(name: str, targets: Tensor, **loss: Any) -> Task:
    schema = Schema("tensor", name, NAMES[:2] if name == "binary" else NAMES, (2,), ignore_index=IGNORED[name])
    return make_task(schema, LossConfig(**loss), dataset(targets))


def test_weights_come_from_the_training_labels() -> None:
    targets = torch.tensor([0, 0, 0, 1, 1, 2, -1])
    assert made("multiclass", targets, weight="balanced").weight.tolist() == pytest.approx([2 / 3, 1.0, 2.0])
    assert made("multiclass", targets, weight={"b": 5}).weight.tolist() == [1.0, 5.0, 1.0]
    binary = torch.tensor([0.0, 0.0, 0.0, 1.0])
    assert made("binary", binary, pos_weight="balanced").pos_weight.item() == 3.0
    assert made("binary", binary, weight="balanced").weight.tolist() == pytest.approx([2 / 3, 2.0])
    labels = torch.tensor([[1, 0, 0], [0, 0, 1], [0, 255, 1]], dtype=torch.uint8)
    # A label without a positive cannot be balanced.
    assert made("multilabel", labels, pos_weight="balanced").pos_weight.tolist() == [2.0, 1.0, 0.5]


def test_masks_on_disk_weigh_as_masks_in_memory() -> None:
    masks = torch.tensor([[[0, 0], [0, 1]], [[2, 1], [0, 255]]], dtype=torch.uint8)

    class Lazy:
        def __len__(self) -> int:
            return 2

        def take(self, rows: Tensor) -> Tensor:
            return masks[rows]

        def subset(self, rows: Tensor) -> Lazy:
            raise NotImplementedError

    schema = Schema("image", "segmentation", NAMES, (1, 2, 2), ignore_index=255)
    lazy = Dataset(TensorInputs(torch.zeros(2, 1, 2, 2)), Lazy(), ["0", "1"])
    found = make_task(schema, LossConfig(weight="balanced"), lazy)
    torch.testing.assert_close(found.weight, made("segmentation", masks, weight="balanced").weight)
    assert not found.all_count


@pytest.mark.parametrize(
    ("name", "targets", "counted"),
    [
        ("multiclass", torch.tensor([0, 1, 2]), True),
        ("multiclass", torch.tensor([0, 1, -1]), False),
        ("binary", torch.tensor([0.0, 1.0]), True),
        ("binary", torch.tensor([0.0, float("nan")]), False),
    ],
)
def test_nothing_is_looked_for_where_all_labels_count(name: str, targets: Tensor, counted: bool) -> None:
    assert made(name, targets).all_count is counted


@pytest.mark.parametrize(
    ("name", "loss", "message"),
    [
        ("multiclass", {"weight": [1.0]}, r"^loss.weight: expected 3 numbers, one per class \(a, b, c\), got"),
        ("multiclass", {"weight": {"aa": 2}}, r"weights of the classes a, b, c, got 'aa'; write .*'a': 2.0"),
        ("multiclass", {"pos_weight": 2.0}, r"expected nothing for a multiclass task, whose .*; use loss.weight"),
        ("multilabel", {"weight": "balanced"}, r"to balance each label use loss.pos_weight, got 'balanced'"),
        ("binary", {"pos_weight": [1.0, 2.0]}, r"^loss.pos_weight: expected balanced or one number for a binary task"),
    ],
)  # fmt: skip
def test_weights_that_do_not_fit(name: str, loss: dict[str, Any], message: str) -> None:
    targets = torch.zeros(4, 3, dtype=torch.uint8) if name == "multilabel" else torch.tensor([0, 1, 1, 0])
    with pytest.raises(SettingError, match=message):
        made(name, targets, **loss)
