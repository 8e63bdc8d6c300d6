"""Facts about the targets of a loss; computed when asked, once per call."""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor

# Above this, a sample of the positions says as much.
_MANY = 1 << 20


# Of scores, more are different; the targets of a batch have few values each.
_FEW_VALUES = 8


def look_swapped(input: Tensor, target: Tensor) -> bool:
    """Tell whether the target of a loss is what a model computed, and its input is labels.

    A gradient that goes to the target alone is not enough: the cross entropy of a student's probabilities under a fixed
    teacher has that too. There the target is a distribution, and the input is not.
    """
    if input.requires_grad or not target.requires_grad or not input.numel():
        return False
    if not input.is_floating_point() or input.unique().numel() <= _FEW_VALUES:
        return True
    values = target.detach()
    return not bool(((values >= 0) & (values <= 1)).all())


class Labels:
    """The targets of one loss call: class indices, probabilities or binary; `ignore` marks what does not count."""

    def __init__(self, target: Tensor, ignore: float | None, classes: int) -> None:
        self.target = target
        self.classes = classes
        self._ignore = ignore

    @property
    def by_index(self) -> bool:
        """Class indices, not probabilities."""
        return not self.target.is_floating_point()

    @property
    def batch(self) -> int:
        """Rows of the batch."""
        return self.target.shape[0] if self.target.ndim else 1

    @cached_property
    def counting(self) -> Tensor:
        """The targets that count, in one row."""
        flat = self.target.detach().reshape(-1)
        if self._ignore is None:
            return flat
        return flat[flat != self._ignore] if self._ignore == self._ignore else flat[~flat.isnan()]

    @cached_property
    def count(self) -> int:
        """How many positions count."""
        return self.counting.numel()

    @cached_property
    def sample(self) -> Tensor:
        """The targets that count, thinned out where they are very many."""
        values = self.counting
        return values[:: values.numel() // _MANY + 1] if values.numel() > _MANY else values

    @cached_property
    def extremes(self) -> tuple[float, float] | None:
        """Smallest and largest target that counts."""
        if not self.count:
            return None
        low, high = self.counting.aminmax()
        return float(low), float(high)

    @cached_property
    def histogram(self) -> list[int]:
        """How often each class occurs in the sample; empty where the targets are not class indices in range."""
        ends = self.extremes
        if not self.by_index or ends is None or ends[0] < 0 or ends[1] >= max(self.classes, 1):
            return []
        counts: list[int] = torch.bincount(self.sample.long(), minlength=self.classes).tolist()
        return counts

    @cached_property
    def distinct(self) -> list[float]:
        """The values that occur, at most the first 16."""
        values: list[float] = self.sample.unique()[:16].tolist()
        return values

    @cached_property
    def row_classes(self) -> Tensor | None:
        """One class per row of the batch, as numbers: for (N,) indices, (N, C) one-hot rows and (N,) or (N, 1) binary
        targets; None for anything else."""
        target = self.target.detach()
        if target.ndim == 2 and target.shape[1] == 1:
            target = target[:, 0]
        if target.ndim == 1:
            return self.counting if self.by_index else target
        if target.ndim == 2 and target.is_floating_point() and target.shape[1] == self.classes:
            return target.argmax(1)
        return None
