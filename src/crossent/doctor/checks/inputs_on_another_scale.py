"""Inputs that are preprocessed in one way for the training and in another for the evaluation."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from torch import Tensor

from ..events import ModelEvaluated, ModuleCalled
from ..finding import Finding, Text
from ..sites import Site
from ..traces import Model
from .base import Check, on

# Batches of each kind whose inputs are read, fewer where reading waits for a GPU; numbers of each that are.
_BATCHES, _BATCHES_ELSEWHERE, _NUMBERS = 12, 4, 16_384
# Two batches of each kind at least, and how far they may be apart: in deviations, and as the ratio of these.
_ENOUGH, _SHIFT, _RATIO = 2, 1.5, 3.0


@dataclass
class _Scale:
    """Sums over the batches of one kind."""

    batches: int = 0
    mean: float = 0.0
    square: float = 0.0

    def add(self, mean: float, deviation: float) -> None:
        self.batches += 1
        self.mean += mean
        self.square += mean * mean + deviation * deviation

    def moments(self) -> tuple[float, float]:
        """Mean and standard deviation of all numbers."""
        mean = self.mean / self.batches
        return mean, max(self.square / self.batches - mean * mean, 0.0) ** 0.5


class InputsOnAnotherScale(Check):
    """The inputs of the evaluation have another mean or scale than those of the training.

    中文：训练和评估时模型输入的均值或尺度不同：归一化只做了一边。

    Why: a model that has learnt on inputs around 0 with deviation 1 does not know what to do with pixels from 0 to
    255. Nothing fails, the accuracy is that of guessing.

    Wrong::

        mean, std = x.mean(0) + 3, x.std(0) * 5
        for epoch in range(2):
            model.train()
            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(model((xb - mean) / std), yb).backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                for xb, yb in loader:
                    print((model(xb).argmax(1) == yb).sum())  # doctor: note[inputs-on-another-scale]

    Right::

        mean, std = x.mean(0) + 3, x.std(0) * 5
        for epoch in range(2):
            model.train()
            for xb, yb in loader:
                optimizer.zero_grad()
                F.cross_entropy(model((xb - mean) / std), yb).backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                for xb, yb in loader:
                    print((model((xb - mean) / std).argmax(1) == yb).sum())

    Known limits: values: mean and deviation over all numbers of the first input, of some batches of each kind. Inputs
    of whole numbers (ids) and single rows are not compared; nor is a model whose evaluations differ among themselves,
    as tests of robustness do.
    """

    id = "inputs-on-another-scale"
    severity = "warning"
    subject = "evaluation"
    preview = True
    message = Text(
        "{model} is evaluated on inputs of another scale than it is trained on: mean {mean:.3g} and deviation "
        "{deviation:.3g}, in the training {mean_trained:.3g} and {deviation_trained:.3g}.",
        "{model} 评估时的输入尺度与训练时不同：均值 {mean:.3g}、标准差 {deviation:.3g}，训练时为 {mean_trained:.3g} 和 "
        "{deviation_trained:.3g}。",
    )
    evidence = Text(
        "values: the inputs of {batches} batches of the evaluation and {batches_trained} of the training",
        "依据数值：评估的 {batches} 个批次与训练的 {batches_trained} 个批次的输入",
    )
    fix = Text(
        "give the evaluation the same preprocessing, with the mean and deviation of the training data",
        "评估时使用相同的预处理，均值和标准差取自训练数据",
    )

    def prepare(self) -> None:
        self.trained: dict[Model, _Scale] = defaultdict(_Scale)
        self.evaluated: dict[tuple[Model, Site], _Scale] = defaultdict(_Scale)
        self.open: dict[int, tuple[float, float]] = {}
        self.looks: dict[tuple[Model, bool], int] = defaultdict(int)

    @on(ModuleCalled)
    def called(self, event: ModuleCalled) -> None:
        call = event.call
        trains = call.training and call.grad
        looks = self.looks[call.model, trains]
        given = call.input() if call.input is not None and looks < _BATCHES else None
        if given is None or not call.model.trained or not _comparable(given):
            return
        self.looks[call.model, trains] += 1
        if looks >= _BATCHES_ELSEWHERE and given.device.type != "cpu":
            return
        numbers = given.detach().reshape(-1)
        numbers = numbers[:: numbers.numel() // _NUMBERS + 1].float()
        moments = (float(numbers.mean()), float(numbers.std()))
        if not all(abs(one) < float("inf") for one in moments):
            return
        if trains:
            self.trained[call.model].add(*moments)
        else:
            self.open[call.number] = moments

    @on(ModelEvaluated)
    def evaluate(self, event: ModelEvaluated) -> None:
        moments = self.open.pop(event.call.number, None)
        if moments is not None:
            self.evaluated[event.call.model, event.call.site].add(*moments)

    def finish(self) -> list[Finding]:
        found, alike = [], set()
        for (model, site), scale in self.evaluated.items():
            trained = self.trained.get(model)
            if trained is None or min(trained.batches, scale.batches) < _ENOUGH:
                continue
            (mean, deviation), (mean_trained, deviation_trained) = scale.moments(), trained.moments()
            low, high = sorted((deviation, deviation_trained))
            if not low or (high < _RATIO * low and abs(mean - mean_trained) < _SHIFT * high):
                alike.add(model)
                continue
            found.append(
                (
                    model,
                    self.found(
                        site,
                        model=model.name,
                        mean=mean,
                        deviation=deviation,
                        mean_trained=mean_trained,
                        deviation_trained=deviation_trained,
                        batches=scale.batches,
                        batches_trained=trained.batches,
                    ),
                )
            )
        return [finding for model, finding in found if model not in alike]


def _comparable(given: Tensor) -> bool:
    return given.is_floating_point() and given.ndim >= 2 and len(given) > 1 and given.numel() >= 64
