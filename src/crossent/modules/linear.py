"""A linear layer and its loss as one module."""

import math
from typing import Any

from torch import Tensor, nn

from .. import functional
from ..core import checks
from ..core.linear_options import LinearOptions
from ..core.spec import SigmoidSpec
from ..core.stats import LossOrStats
from ._criterion import Criterion, settings

# torch has the class since 2.13.
_TorchLinear: Any = getattr(nn, "LinearCrossEntropyLoss", nn.Module)


def layer_and_settings(criterion: Any) -> str:
    """The layer, and the settings of the loss."""
    shown = f"in_features={criterion.linear.in_features}, num_classes={criterion.num_classes}"
    rest = Criterion.extra_repr(criterion)
    shown = f"{shown}, bias=True" if criterion.linear.bias is not None else shown
    return f"{shown}, {rest}" if rest else shown


class LinearCrossEntropyLoss(Criterion, _TorchLinear, computes=functional.linear_cross_entropy):  # type: ignore[misc]
    """A linear layer and its cross entropy in one, without the logits, as `crossent.functional.linear_cross_entropy`.

    Parameters and their names (`linear.weight`, `linear.bias`) are those of torch.nn.LinearCrossEntropyLoss.

    Args:
        in_features: D.
        num_classes: C.
        out_features: ``(d1, …, dK)`` for K-dimensional targets.
        bias: whether the linear layer has one.

    Example::

        >>> import torch, crossent
        >>> head = crossent.LinearCrossEntropyLoss(16, 1000, bias=True)
        >>> head(torch.zeros(4, 16), torch.tensor([0, 1, 2, 3])).shape
        torch.Size([])
    """

    def __init__(
        self,
        in_features: int,
        num_classes: int,
        *,
        out_features: tuple[int, ...] = (),
        bias: bool = False,
        device: Any = None,
        dtype: Any = None,
        reduction: str = "mean",
        weight: Any = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        options: Any = None,
        normalizer: float | Tensor | None = None,
        on_empty: str = "nan",
        smoothing_weight: str = "class",
        z_loss: float = 0.0,
        softcap: float | None = None,
        temperature: float | Tensor = 1.0,
        return_stats: bool = False,
    ) -> None:
        checks.linear_options(num_classes, weight, label_smoothing)
        ignored = -100 if ignore_index is None else ignore_index
        checks.softmax_spec(softcap, temperature, ignored, label_smoothing, smoothing_weight, z_loss)
        LinearOptions.of(options)
        Criterion.__init__(self, locals())
        self.num_classes = num_classes
        self.out_features = tuple(out_features)
        # Two axes, as torch has it: initialised as nn.Linear, and its checkpoints fit.
        self.linear = nn.Linear(in_features, num_classes * math.prod(out_features), bias, device, dtype)

    def forward(
        self, input: Tensor, target: Tensor | tuple[Tensor, ...], *, sample_weight: Tensor | None = None
    ) -> LossOrStats:
        """The loss of the linear layer's logits for `input` against `target`."""
        rows = (self.num_classes, *self.out_features)
        bias = None if self.linear.bias is None else self.linear.bias.view(rows)
        head = self.linear.weight.view(*rows, -1)
        given = {"linear_bias": bias, "sample_weight": sample_weight, **settings(self, LinearCrossEntropyLoss)}
        return functional.linear_cross_entropy(input, head, target, **given)

    extra_repr = layer_and_settings


class LinearBinaryCrossEntropyLoss(Criterion, nn.Module, computes=functional.linear_binary_cross_entropy):
    """A linear layer and the binary cross entropy of its scores in one, without the scores, as
    `crossent.functional.linear_binary_cross_entropy`.

    Its parameters are `linear.weight` and `linear.bias`, as nn.Linear has them.

    Args:
        in_features: D.
        num_classes: C.
        bias: whether the linear layer has one.

    Example::

        >>> import torch, crossent
        >>> head = crossent.LinearBinaryCrossEntropyLoss(16, 1000, target_format="indices")
        >>> head(torch.zeros(2, 16), torch.tensor([[3, 7], [5, -1]])).shape
        torch.Size([])
    """

    def __init__(
        self,
        in_features: int,
        num_classes: int,
        *,
        bias: bool = False,
        device: Any = None,
        dtype: Any = None,
        reduction: str = "mean",
        weight: Any = None,
        pos_weight: Any = None,
        target_format: str = "dense",
        ignore_index: float | None = None,
        label_smoothing: float = 0.0,
        options: Any = None,
        normalizer: float | Tensor | None = None,
        on_empty: str = "nan",
    ) -> None:
        SigmoidSpec(True, ignore_index, label_smoothing)
        checks.target_format(target_format, ignore_index)
        LinearOptions.of(options)
        Criterion.__init__(self, locals())
        self.num_classes = num_classes
        self.linear = nn.Linear(in_features, num_classes, bias, device, dtype)

    def forward(self, input: Tensor, target: Tensor, *, sample_weight: Tensor | None = None) -> Tensor:
        """The loss of the linear layer's scores for `input` against `target`."""
        given = {"linear_bias": self.linear.bias, **settings(self, LinearBinaryCrossEntropyLoss)}
        head = self.linear.weight
        return functional.linear_binary_cross_entropy(input, head, target, sample_weight=sample_weight, **given)

    extra_repr = layer_and_settings
