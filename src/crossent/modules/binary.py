"""The binary losses as modules."""

from typing import Any

from torch import Tensor, nn

from .. import functional
from ..core.spec import SigmoidSpec
from ..core.stats import LossOrStats
from ._criterion import Criterion, settings


class BCEWithLogitsLoss(Criterion, nn.BCEWithLogitsLoss, computes=functional.binary_cross_entropy_with_logits):
    """Binary cross entropy of scores, as `crossent.functional.binary_cross_entropy_with_logits`.

    Example::

        >>> import torch, crossent
        >>> criterion = crossent.BCEWithLogitsLoss(pos_weight=[1.0, 3.0, 1.0], dim=1, ignore_index=-1)
        >>> criterion(torch.zeros(1, 3, 2, 2), torch.tensor([[[[0, 1], [1, 0]]]]).expand(1, 3, 2, 2))
        tensor(0.9242)
    """

    def __init__(
        self,
        weight: Any = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        pos_weight: Any = None,
        *,
        dim: int | None = None,
        normalizer: float | Tensor | None = None,
        on_empty: str = "nan",
        ignore_index: float | None = None,
        label_smoothing: float = 0.0,
        return_stats: bool = False,
    ) -> None:
        SigmoidSpec(True, ignore_index, label_smoothing)
        Criterion.__init__(self, locals())

    def forward(self, input: Tensor, target: Tensor, *, sample_weight: Tensor | None = None) -> LossOrStats:
        """The loss of `input` against `target`."""
        return functional.binary_cross_entropy_with_logits(
            input, target, sample_weight=sample_weight, **settings(self, BCEWithLogitsLoss)
        )


class BCELoss(Criterion, nn.BCELoss, computes=functional.binary_cross_entropy):
    """Binary cross entropy of probabilities, as `crossent.functional.binary_cross_entropy`.

    Example::

        >>> import torch, crossent
        >>> crossent.BCELoss()(torch.tensor([0.5, 0.9]), torch.tensor([True, True]))
        tensor(0.3993)
    """

    def __init__(
        self,
        weight: Any = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        *,
        dim: int | None = None,
        normalizer: float | Tensor | None = None,
        on_empty: str = "nan",
        ignore_index: float | None = None,
        label_smoothing: float = 0.0,
    ) -> None:
        SigmoidSpec(False, ignore_index, label_smoothing)
        Criterion.__init__(self, locals())

    def forward(self, input: Tensor, target: Tensor, *, sample_weight: Tensor | None = None) -> Tensor:
        """The loss of `input` against `target`."""
        return functional.binary_cross_entropy(input, target, sample_weight=sample_weight, **settings(self, BCELoss))
