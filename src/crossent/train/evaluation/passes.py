"""One pass over a data set: the model in eval mode, every sample once on however many ranks.

`quick` gives the figures of a validation from sums alone, `collect` keeps what a report needs. Legend: N samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

import crossent

from ..runtime.distributed import World
from . import metrics
from .metrics import Counts
from .outputs import Outputs, PixelOutputs, Samples, counted, predictions
from .pixels import PixelSums
from .ranking import average_precision, roc_auc


class Scored(Protocol):
    """What a pass asks of a task: `crossent.train.tasks.task.Task`."""

    name: str
    classes: tuple[str, ...]
    ignore_index: int | None

    def logits(self, model: nn.Module, inputs: Any) -> Tensor: ...
    def step(self, logits: Tensor, targets: Tensor) -> Any: ...


class Quick(NamedTuple):
    """The loss and the figures of a validation; NaN where nothing counts or a figure is not defined."""

    loss: float
    metrics: dict[str, float]


def quick(task: Scored, model: nn.Module, data: Samples, batch_size: int, world: World | None = None) -> Quick:
    """The exact mean loss and the figures of `metric_names.METRICS`, from sums on the device, read once at the end."""
    world = world or World()
    device = device_of(model)
    # MPS has no float64.
    sums = torch.zeros(4, dtype=torch.float32 if device.type == "mps" else torch.float64, device=device)
    classes = 2 if task.name == "binary" else len(task.classes)
    counts = Counts.zeros(classes, device)
    kept: list[tuple[Tensor, Tensor, Tensor]] = []
    for rows, logits, targets in batches(task, model, data, batch_size, world):
        assert targets is not None, "a validation has labels"
        step = task.step(logits, targets)
        real = counted(task.name, targets, task.ignore_index)
        prediction = predictions(task.name, logits)
        exact = torch.zeros(2, device=device)
        if task.name == "multilabel":
            there = real.any(1)
            exact = torch.stack([(there & ((prediction == (targets == 1)) | ~real).all(1)).sum(), there.sum()])
        counts = counts + _count(task.name, prediction, targets, real, classes)
        sums += torch.cat([_two(step.loss.detach(), step.weight, sums), exact.to(sums)])
        if task.name == "binary":
            kept.append((rows, logits.cpu(), torch.where(real, targets, -1).cpu()))
    totals = Counts.stacked(world.sum(counts.stack())).stack().cpu()
    loss, weight, exact_rows, labelled_rows = world.sum(sums).tolist()
    found = _metrics(task.name, Counts.stacked(totals))
    if task.name == "multilabel":
        found["exact_match"] = metrics.ratio(exact_rows, labelled_rows)
    if task.name == "binary":
        found.update(_ranking(kept, len(data), world))
    missing = float("nan")
    return Quick(loss / weight if weight else missing, {k: missing if v is None else v for k, v in found.items()})


def collect(
    task: Scored, model: nn.Module, data: Samples, batch_size: int, world: World | None = None
) -> Outputs | PixelOutputs:
    """What the model gives on every sample, in the order of the data, the same on every rank.

    Data without labels have outputs without targets, which cannot be scored.
    """
    world = world or World()
    sums = torch.zeros(2, dtype=torch.float64)
    pixels = PixelSums(len(data), len(task.classes), task.ignore_index) if task.name == "segmentation" else None
    logits, targets = _Gathered(len(data)), _Gathered(len(data))
    losses = torch.zeros(len(data), dtype=torch.float64)
    labelled = True
    for rows, scores, truth in batches(task, model, data, batch_size, world):
        labelled = truth is not None
        if truth is not None:
            step = task.step(scores, truth)
            sums += _two(step.loss.detach(), step.weight, sums)
        if pixels is not None:
            assert truth is not None, "segmentation is collected to be scored"
            pixels.add(rows, scores, truth)
            continue
        logits.put(rows, scores)
        if truth is not None:
            targets.put(rows, truth)
            losses[rows] = surprise(task, scores, truth).double().cpu()
    loss, weight = world.sum(sums).tolist()
    mean = loss / weight if weight else float("nan")
    if pixels is not None:
        return pixels.outputs(data.ids, mean, world.sum)
    wide = () if task.name == "binary" else (len(task.classes),)
    everything = logits.everything(world, torch.zeros(0, *wide))
    if not labelled:
        return Outputs(task.name, everything, None, task.ignore_index, None, data.ids, mean)
    empty = torch.zeros(0, *(wide if task.name == "multilabel" else ()), dtype=torch.int64)
    truths = targets.everything(world, empty)
    return Outputs(task.name, everything, truths, task.ignore_index, world.sum(losses), data.ids, mean)


def surprise(task: Scored, logits: Tensor, targets: Tensor) -> Tensor:
    """(N,): −log p of each sample's target in nats, its mean over the labels that count; NaN where none counts."""
    if task.name == "multiclass":
        ignored = -100 if task.ignore_index is None else task.ignore_index
        losses: Tensor = crossent.functional.cross_entropy(logits, targets, ignore_index=ignored, reduction="none")
        return torch.where(counted(task.name, targets, task.ignore_index), losses, torch.nan)
    counts = counted(task.name, targets, None)
    losses = softplus(torch.where(targets == 1, -logits, logits))
    if losses.dim() == 1:
        return torch.where(counts, losses, torch.nan)
    return torch.where(counts, losses, 0).sum(1) / counts.sum(1)


@contextmanager
def eval_mode(model: nn.Module) -> Iterator[None]:
    """Set every submodule to eval, and give each its own mode back: a frozen part stays frozen."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def to_device(value: Any, device: torch.device) -> Any:
    """A tensor, or tensors in tuples, lists and dicts, on the device."""
    if isinstance(value, Tensor):
        return value.to(device, non_blocking=True)
    if isinstance(value, dict):
        return {name: to_device(item, device) for name, item in value.items()}
    return type(value)(to_device(item, device) for item in value) if isinstance(value, (tuple, list)) else value


def batches(
    task: Scored, model: nn.Module, data: Samples, batch_size: int, world: World
) -> Iterator[tuple[Tensor, Tensor, Tensor | None]]:
    """This rank's own rows, with their logits and targets on the device of the model."""
    device = device_of(model)
    with eval_mode(model), torch.no_grad():
        for rows, own in world.batches(len(data), batch_size):
            inputs, targets = data.batch(rows)
            # Rows that only fill up go through the model, as all ranks must call it as often, and end here.
            logits = task.logits(model, to_device(inputs, device))[:own]
            if own:
                yield rows[:own], logits, None if targets is None else to_device(targets, device)[:own]


class _Gathered:
    """Rows of a whole tensor on the CPU, put together over the ranks."""

    def __init__(self, samples: int) -> None:
        self.samples = samples
        self._tensor: Tensor | None = None

    def put(self, rows: Tensor, values: Tensor) -> None:
        if self._tensor is None:
            self._tensor = torch.zeros(self.samples, *values.shape[1:], dtype=values.dtype)
        self._tensor[rows] = values.detach().cpu()

    def everything(self, world: World, empty: Tensor) -> Tensor:
        if self._tensor is None:
            # Without samples, or on a rank that has none of its own: a sum takes part all the same.
            self._tensor = empty.new_zeros(self.samples, *empty.shape[1:])
        # Each row is on one rank and 0 on the others.
        return world.sum(self._tensor) if world.size > 1 else self._tensor


def device_of(model: nn.Module) -> torch.device:
    """Where the model's weights are."""
    tensor = next(model.parameters(), None)
    return torch.device("cpu") if tensor is None else tensor.device


def _two(loss: Tensor, weight: Tensor | float, like: Tensor) -> Tensor:
    return torch.stack([torch.as_tensor(value, dtype=like.dtype, device=like.device) for value in (loss, weight)])


def _count(task: str, prediction: Tensor, targets: Tensor, real: Tensor, classes: int) -> Counts:
    if task == "multilabel":
        return Counts.of_labels(prediction, targets == 1, real)
    return Counts.of_classes(prediction.long(), torch.where(real, targets, 0).long(), real, classes)


def _metrics(task: str, counts: Counts) -> dict[str, float | None]:
    lines = metrics.figures(counts, map(str, range(len(counts.hits))))
    means = metrics.averages(lines)
    support = sum(line.support for line in lines)
    accuracy = metrics.ratio(sum(line.hits for line in lines), support)
    balanced = metrics.mean(line.recall for line in lines)
    if task == "multilabel":
        wrong = sum(line.predicted + line.support - 2 * line.hits for line in lines)
        decided = int(counts.decided.sum())
        accuracy = metrics.ratio(decided - wrong, decided)
        return {"micro_f1": means["micro"].f1, "macro_f1": means["macro"].f1, "accuracy": accuracy}
    if task == "segmentation":
        there = metrics.mean(line.iou for line in lines)
        return {"pixel_accuracy": accuracy, "miou": there, "dice": metrics.mean(line.f1 for line in lines)}
    if task == "binary":
        return {"accuracy": accuracy, "balanced_accuracy": balanced, "f1": lines[1].f1}
    return {"accuracy": accuracy, "balanced_accuracy": balanced, "macro_f1": means["macro"].f1}


def _ranking(kept: list[tuple[Tensor, Tensor, Tensor]], samples: int, world: World) -> dict[str, float | None]:
    # −1: does not count.
    scores, targets = torch.zeros(samples, dtype=torch.float64), torch.full((samples,), 0.0)
    for rows, logits, truth in kept:
        scores[rows], targets[rows] = logits.double(), truth.float()
    scores, targets = world.sum(scores), world.sum(targets)
    real = targets >= 0
    return {
        "roc_auc": roc_auc(scores[real], targets[real] == 1),
        "average_precision": average_precision(scores[real], targets[real] == 1),
    }
