"""The softmax losses as modules."""

from typing import Any

import torch
from torch import Tensor, nn

from .. import functional
from ..core import checks
from ..core.spec import check_ignore_index
from ..core.stats import LossOrStats
from ._criterion import Criterion, settings


class CrossEntropyLoss(Criterion, nn.CrossEntropyLoss, computes=functional.cross_entropy):
    """Softmax cross entropy between logits and class indices or probabilities, as `crossent.functional.cross_entropy`.

    The arguments are those of that function; `weight` is a buffer that follows `.to()` and stays out of the
    checkpoint. Options are checked here, not at the first call.

    Example::

        >>> import torch, crossent
        >>> criterion = crossent.CrossEntropyLoss(weight=[1, 4], label_smoothing=0.1)
        >>> criterion
        CrossEntropyLoss(weight=[1, 4], label_smoothing=0.1)
        >>> criterion(torch.tensor([[2.0, 0.0], [0.0, 1.0]]), torch.tensor([0, 1]))
        tensor(0.3604)
    """

    def __init__(
        self,
        weight: Any = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
        *,
        dim: int = 1,
        normalizer: float | Tensor | None = None,
        on_empty: str = "nan",
        smoothing_weight: str = "class",
        z_loss: float = 0.0,
        softcap: float | None = None,
        temperature: float | Tensor = 1.0,
        return_stats: bool = False,
        inplace_backward: bool = False,
    ) -> None:
        checks.softmax_spec(softcap, temperature, ignore_index, label_smoothing, smoothing_weight, z_loss)
        Criterion.__init__(self, locals())
        # Last: data in the place of settings are said to be data.
        checks.class_weight_shape(self.weight)

    def forward(
        self, input: Tensor, target: Tensor | tuple[Tensor, ...], *, sample_weight: Tensor | None = None
    ) -> LossOrStats:
        """The loss of `input` against `target`."""
        return functional.cross_entropy(input, target, sample_weight=sample_weight, **settings(self, CrossEntropyLoss))


class NLLLoss(Criterion, nn.NLLLoss, computes=functional.nll_loss):
    """Negative log likelihood of log-probabilities, as `crossent.functional.nll_loss`.

    Example::

        >>> import torch, crossent
        >>> criterion = crossent.NLLLoss(ignore_index=255)
        >>> criterion(crossent.LogSoftmax(dim=1)(torch.zeros(2, 4)), torch.tensor([3, 255], dtype=torch.uint8))
        tensor(1.3863)
    """

    def __init__(
        self,
        weight: Any = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
        *,
        dim: int = 1,
        normalizer: float | Tensor | None = None,
        on_empty: str = "nan",
    ) -> None:
        check_ignore_index(ignore_index)
        Criterion.__init__(self, locals())
        checks.class_weight_shape(self.weight)

    def forward(self, input: Tensor, target: Tensor, *, sample_weight: Tensor | None = None) -> Tensor:
        """The loss of `input` against `target`."""
        return functional.nll_loss(input, target, sample_weight=sample_weight, **settings(self, NLLLoss))


class LogSoftmax(nn.LogSoftmax):
    """Logarithm of the softmax along `dim`, as `crossent.functional.log_softmax`.

    Example::

        >>> import torch, crossent
        >>> crossent.LogSoftmax(dim=-1)(torch.zeros(2))
        tensor([-0.6931, -0.6931])
    """

    @torch.jit.ignore  # type: ignore[untyped-decorator]
    def forward(self, input: Tensor) -> Tensor:
        """Log-probabilities of `input`."""
        return functional.log_softmax(input, self.dim, _stacklevel=6)
