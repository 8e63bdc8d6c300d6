"""The divergence of a student from its teacher, as modules."""

from typing import Any

from torch import Tensor, nn

from .. import functional
from ..core import checks
from ..core.linear_options import LinearOptions
from ._criterion import Criterion, settings
from .linear import layer_and_settings


class DistillationLoss(Criterion, nn.Module, computes=functional.distillation):
    """Divergence of a student's predictions from its teacher's, as `crossent.functional.distillation`.

    Example::

        >>> import torch, crossent
        >>> criterion = crossent.DistillationLoss(temperature=2.0)
        >>> criterion(torch.tensor([[2.0, 0.0, 0.0]]), torch.tensor([[1.0, 1.0, 0.0]]))
        tensor(0.0934)
    """

    def __init__(
        self,
        *,
        temperature: float | Tensor = 1.0,
        reduction: str = "mean",
        dim: int = 1,
        normalizer: float | Tensor | None = None,
        on_empty: str = "nan",
    ) -> None:
        checks.softmax_spec(None, temperature, -100)
        Criterion.__init__(self, locals())

    def forward(self, student: Tensor, teacher: Tensor, *, sample_weight: Tensor | None = None) -> Tensor:
        """The loss of `student` beside `teacher`."""
        return functional.distillation(
            student, teacher, sample_weight=sample_weight, **settings(self, DistillationLoss)
        )


class LinearDistillationLoss(Criterion, nn.Module, computes=functional.linear_distillation):
    """A linear layer and the divergence of its predictions from a teacher's in one, without the logits, as
    `crossent.functional.linear_distillation`.

    Its parameters are `linear.weight` and `linear.bias`, as nn.Linear has them.

    Args:
        in_features: D.
        num_classes: C.
        bias: whether the linear layer has one.

    Example::

        >>> import torch, crossent
        >>> head = crossent.LinearDistillationLoss(16, 1000, temperature=2.0)
        >>> teacher = torch.nn.Linear(64, 1000).requires_grad_(False)
        >>> head(torch.zeros(4, 16), (torch.zeros(4, 64), teacher.weight, teacher.bias)).shape
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
        temperature: float | Tensor = 1.0,
        reduction: str = "mean",
        normalizer: float | Tensor | None = None,
        on_empty: str = "nan",
        options: Any = None,
    ) -> None:
        checks.softmax_spec(None, temperature, -100)
        LinearOptions.of(options)
        Criterion.__init__(self, locals())
        self.num_classes = num_classes
        self.linear = nn.Linear(in_features, num_classes, bias, device, dtype)

    def forward(
        self, input: Tensor, teacher: Tensor | tuple[Tensor, ...], *, sample_weight: Tensor | None = None
    ) -> Tensor:
        """The loss of the linear layer's logits for `input` beside `teacher`."""
        given = {"linear_bias": self.linear.bias, **settings(self, LinearDistillationLoss)}
        head = self.linear.weight
        return functional.linear_distillation(input, head, teacher, sample_weight=sample_weight, **given)

    extra_repr = layer_and_settings
