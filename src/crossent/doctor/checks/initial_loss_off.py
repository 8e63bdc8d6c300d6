"""A first loss that is far from chance."""

from __future__ import annotations

from math import isfinite, log, sqrt

from torch import Tensor

from ...core.graph import source
from ..events import LossCall
from ..finding import Text
from ..graph import parameter_matrix
from .base import Check, Findings, on
from .softmax_on_wrong_axis import misplaced

# Times the loss of a model that knows nothing: worth a note; very likely a mistake.
_NOTE, _WARNING = 3.0, 10.0
# Inputs of this size have not been normalised.
_LARGE = 20.0
# Times the deviation that torch starts the weights of a layer with.
_WIDE = 3.0


class InitialLossOff(Check):
    """The first loss is far above that of a model that knows nothing.

    中文：第一步的损失远大于 log C：检查输入是否归一化、初始化是否过大。

    Why: a classifier that knows nothing costs log C (2.30 for 10 classes). A first loss of many times that means that
    the first logits are huge: features that were not scaled, pixels of 0 … 255, an initialisation of variance 1.

    Wrong::

        model = nn.Linear(6, 3)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        for xb, yb in loader:
            grams = 1000 * xb
            optimizer.zero_grad()
            loss = F.cross_entropy(model(grams), yb)  # doctor: warning[initial-loss-off]
            loss.backward()
            optimizer.step()

    Right::

        model = nn.Linear(6, 3)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        for xb, yb in loader:
            grams = 1000 * xb
            optimizer.zero_grad()
            loss = F.cross_entropy(model(grams / 1000), yb)
            loss.backward()
            optimizer.step()

    Known limits: values: the first loss beside log C, and the size of the scores and of the inputs. Large scores of
    unknown cause, which scaled cosines have, are a note.
    """

    id = "initial-loss-off"
    severity = "warning"
    subject = "loss"
    message = Text(
        "the very first loss is {value:.3g}; a model that knows nothing and says so has {chance:.3g}. The scores start "
        "far too large: inputs that are not normalised, or a last layer that starts too wide.",
        "第一个损失为 {value:.3g}；一个什么都不知道的模型应为 {chance:.3g}。初始得分过大：输入没有归一化，或最后一层初"
        "始化过宽。",
    )
    evidence = Text(
        "values: before the first step, {classes} classes, scores from {low:.3g} to {high:.3g}, inputs of the model up "
        "to {inputs}, the last layer starts {width} times as wide as torch starts it",
        "依据数值：第一步之前，{classes} 个类别，得分范围 {low:.3g} 到 {high:.3g}，模型输入最大 {inputs}，最后一层的初"
        "始宽度是 torch 默认值的 {width} 倍",
    )
    fix = Text(
        "normalise the inputs to about mean 0 and deviation 1, and keep torch's initialisation of the last layer",
        "把输入归一化到均值约 0、标准差约 1，并保留 torch 对最后一层的初始化",
    )

    @on(LossCall)
    def check(self, event: LossCall) -> Findings:
        if event.number or self.history.steps or not event.takes_part or event.normalizer is not None:
            return
        if event.pos_weight is not None or event.loss == "nll_loss" or not event.labels.batch or event.input.ndim < 2:
            return
        if not event.of_classes and (ends := event.labels.extremes) is not None and (ends[0] < 0 or ends[1] > 1):
            return
        if event.of_classes:
            classes = event.input.shape[event.dim]
            chance = log(classes) if classes > 1 else 0.0
            count = event.labels.count if event.labels.by_index else event.input.numel() // max(classes, 1)
        else:
            classes, chance, count = 2, log(2), event.input.numel()
        value = event.value
        if value is not None and event.reduction == "sum":
            value /= max(count, 1)
        elif event.reduction == "none" and event.result is not None:
            value = float(event.result.detach().mean())
        if value is None or not isfinite(value) or not chance or value < _NOTE * chance + 1:
            return
        if misplaced(event) is not None:
            return
        low, high = (float(end) for end in event.input.detach().aminmax())
        inputs = self._inputs()
        width = _width(event.input)
        # Large scores alone can be meant (scaled cosines); large inputs and a wide last layer hardly are.
        caused = (inputs is not None and inputs > _LARGE) or (width is not None and width > _WIDE)
        severity = "warning" if caused and (value > _WARNING * chance + 1 or width is not None) else "note"
        yield self.found(
            event.site,
            severity=severity,
            value=value,
            chance=chance,
            classes=classes,
            low=low,
            high=high,
            inputs="?" if inputs is None else f"{inputs:.3g}",
            width="?" if width is None else f"{width:.3g}",
        )

    def _inputs(self) -> float | None:
        """The largest input of the model, by magnitude."""
        call = self.history.calls.last
        given = call.input() if call is not None and call.input is not None else None
        if given is None or not given.is_floating_point() or not given.numel():
            return None
        return float(given.detach().abs().max())


def _width(scores: Tensor) -> float | None:
    """How wide the weights of the last layer are spread, in units of torch's own initialisation; None if unknown."""
    node = source(scores)
    weight = parameter_matrix(node) if node is not None else None
    if weight is None or weight.ndim < 2:
        return None
    inputs = weight[0].numel()
    return float(weight.detach().std()) * sqrt(3 * inputs)
